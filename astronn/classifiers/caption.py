"""The classifier that describes: a sequence of tokens per image, and for each token a map of where
the network looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import torch
from torch import nn

from astronn import options
from astronn.classifiers import caption_start
from astronn.classifiers.base import Given
from astronn.classifiers.beam_search import Found, on_pixels, search
from astronn.classifiers.image_inputs import ImageClassifier
from astronn.classifiers.shared_options import positional, said_of
from astronn.compute import devices, parallel
from astronn.errors import AstronnError
from astronn.inputs import symmetry
from astronn.inputs.captions import object_array, sequences_of, token_codes
from astronn.inputs.grammar import Grammar
from astronn.inputs.images import check_stack
from astronn.inputs.labels import Targets
from astronn.networks import captions as attentions
from astronn.networks import images as families
from astronn.networks.captions import _decoder
from astronn.training.checkpoints import Checkpoint
from astronn.training.images import ImageSet, train_on_images
from astronn.training.loop import History, Progress

BLOCK = 64  # images described at once
DECODER = ("cell", "hidden", "embedding", "attention_units", "position", "dropout")
GRAMMAR = options.Rule(lambda v: v is None or isinstance(v, Grammar), "None or a Grammar")


class Caption(NamedTuple):
    """What is said of one image."""

    tokens: tuple[str, ...]
    probability: float  # of this sequence, among all that the grammar allows
    token_probability: np.ndarray  # (T,) float32, of each token after those before it
    maps: (
        np.ndarray
    )  # (T, H, W) float32, where the network looked as it said each token; every map sums to 1


@options.declared
class CaptionClassifier(ImageClassifier):
    """A convolutional network that sees, a recurrent one that says, attention between them (Xu et
    al. 2015, ICML).

    Labels are sequences of tokens: texts split at their blanks, or tuples. The maps of a
    description::

        model = CaptionClassifier(random_state=0).fit(images, ["3 1 4", "1 5 9 2", ...])
        said = model.captions(images[:1])[0]
        for token, where in zip(said.tokens, said.maps):  # where is (H, W), on the pixels
            plt.imshow(images[0, 0], cmap="gray")
            plt.imshow(where, alpha=0.6)  # it sums to 1
            plt.title(token)

    ``captions(images, sequences)`` gives the maps for sequences of your own. ``model.grid_`` is the
    (h, w) of the cells that are weighed against each other; the maps are these weights,
    interpolated. As classes count the last tokens: for class_weight, for the validation part, and
    in ``predict_proba``.

    Attributes
    ----------
    classes_ : (K,) array of the last tokens. tokens_ : (V,) array of all tokens.
    grammar_ : Grammar of what may be said. longest_ : int, most tokens of a sequence.
    grid_ : (h, w), cells of the feature maps.
    image_shape_ : (channels, height, width) of the training images.
    preparation_ : astronn.inputs.images.Preparation.
    networks_ : list of one torch module, also as ``network_``.
    start_ : digest of the starting weights, or None.
    history_, n_iter_, seed_ : losses of each epoch, number of epochs, the seed.
    """

    attention: Annotated[
        str,
        options.one_of(attentions.names()),
        "'soft' (the context is the expectation over places) or 'hard' (one place is drawn)",
    ] = positional("soft")
    attention_options: Annotated[
        Mapping[str, Any] | None,
        options.MAPPING,
        "its own options: astronn.networks.captions.soft and hard",
    ] = None
    grammar: Annotated[
        Grammar | None, GRAMMAR, "what may be said; None: the sequences of the training labels"
    ] = None
    network: str = "pooled"
    cell: Annotated[str, _decoder.RULES["cell"], "recurrent cell of the decoder"] = "lstm"
    hidden: Annotated[int, _decoder.RULES["hidden"], "units of the decoder"] = 96
    embedding: Annotated[int, _decoder.RULES["embedding"], "numbers that stand for a token"] = 48
    attention_units: Annotated[
        int, _decoder.RULES["attention_units"], "hidden units that weigh the places"
    ] = 32
    position: Annotated[
        bool,
        _decoder.RULES["position"],
        "the decoder knows where each place stands; do without where images may be turned",
    ] = True
    dropout: Annotated[
        float, _decoder.RULES["dropout"], "share of the output layer's inputs left out in training"
    ] = 0.2
    class_weight: Annotated[
        float,
        options.NOT_NEGATIVE,
        "exponent e: images weigh (number with the same last token) ** -e",
    ] = 0.0
    beam: Annotated[
        int, options.whole(1), "sequences followed at once in decoding; 1 is greedy"
    ] = 4
    longest: Annotated[
        int | None,
        options.optional(options.whole(1)),
        "most tokens of a sequence; None: as many as the longest training label has",
    ] = None

    def option_faults(self) -> list[str]:
        """An option that its attention has not, beside those of all images."""
        found = super().option_faults()
        if options.MAPPING.holds(self.attention_options) and self.attention in attentions.names():
            found += said_of(lambda: attentions.own_options(self.attention, self.attention_options))
        return found

    def fit(
        self,
        X: Any,
        y: Iterable[str | Sequence[str]],
        *,
        groups: Any = None,
        validation: tuple[Any, ...] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
        sample_weight: Any = None,
        start: CaptionClassifier | None = None,
    ) -> Self:
        """Train on images and what is to be said of them.

        Parameters
        ----------
        X : (N, C, H, W), uint8 or float, NaN where a pixel was not measured.
        y : N sequences of tokens, texts split at their blanks, or tuples.
        groups, validation, checkpoint, progress, sample_weight : as for NetworkClassifier.fit.
        start : fitted classifier of the same network and tokens that gives the weights to start
            from, as hard attention needs those of soft attention (see
            astronn.classifiers.caption_start); None: random ones.

        Returns
        -------
        The classifier itself, fitted.

        Raises
        ------
        AstronnError : options, images, sequences, groups or a start with a fault, or a training
        that diverges.
        """
        found = None if start is None else caption_start.digest(start)
        given = Given(groups, validation, checkpoint, progress, sample_weight)
        return self._fit(X, y, given, start=start, digest=found)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable sequence that beam search finds for each image.

        Parameters
        ----------
        X : (N, C, H, W), images of the shape of training.

        Returns
        -------
        (N,) of dtype object, tuples of tokens.

        Raises
        ------
        NotFittedError : before fit. AstronnError : images of another shape, infinite pixels.
        """
        return object_array(
            self._said(found, 0) for found in self._found(X, self.grammar_, self.beam)
        )

    def predict_freely(self, X: Any) -> np.ndarray:
        """What greedy decoding says without the grammar.

        Parameters
        ----------
        X : (N, C, H, W), images of the shape of training.

        Returns
        -------
        (N,) of tuples, which may be sequences that are not allowed.
        """
        return object_array(self._said(found, 0) for found in self._found(X, None, 1))

    def predict_proba(self, X: Any, beam: int = 16) -> np.ndarray:
        """Posterior probability of each last token.

        The probabilities of the ``beam`` most probable sequences, added up by their last token and
        divided by their sum: exact where the grammar has no more sequences than that.

        Parameters
        ----------
        X : (N, C, H, W), images of the shape of training.
        beam : sequences that are followed.

        Returns
        -------
        (N, K) float32 in the order of ``classes_``, rows summing to 1.

        Raises
        ------
        NotFittedError : before fit. AstronnError : images of another shape, infinite pixels.
        """
        stack = self.check_images(X)
        out = np.zeros((len(stack), len(self.classes_)), dtype=np.float64)
        number = {token: n for n, token in enumerate(self.classes_.tolist())}
        for row, found in enumerate(self._found(stack, self.grammar_, beam)):
            for which, log_p in enumerate(found.log_p[0].tolist()):
                said = self._said(found, which) if np.isfinite(log_p) else ()
                if said and said[-1] in number:
                    out[row, number[said[-1]]] += np.exp(log_p)
        total = out.sum(1, keepdims=True)
        return np.where(total > 0, out / np.maximum(total, 1e-300), 1 / out.shape[1]).astype(
            np.float32
        )

    def captions(
        self, X: Any, sequences: Iterable[str | Sequence[str]] | None = None
    ) -> list[Caption]:
        """The description of each image with its probability and maps.

        Parameters
        ----------
        X : (N, C, H, W), images of the shape of training.
        sequences : N sequences to be said in place of the best ones.

        Returns
        -------
        N of Caption.

        Raises
        ------
        AstronnError : images of another shape, sequences that the grammar does not allow.
        """
        stack = self.check_images(X)
        if sequences is None:
            return [self._caption(found) for found in self._found(stack, self.grammar_, self.beam)]
        said = sequences_of(sequences, len(stack), "sequences")
        codes = torch.from_numpy(token_codes(said, self.grammar_, self.longest_, "sequences"))
        return [self._caption(found) for found in self._found(stack, self.grammar_, 1, codes)]

    def score(self, X: Any, y: Iterable[str | Sequence[str]], sample_weight: Any = None) -> float:
        """The share of the images whose sequence is right in every token.

        Parameters
        ----------
        X : (N, C, H, W). y : N sequences. sample_weight : (N,) or None.

        Returns
        -------
        A number from 0 to 1.
        """
        true = sequences_of(y, len(check_stack(X)), "y")
        right = [tuple(a) == tuple(b) for a, b in zip(self.predict(X), true)]
        return float(np.average(right, weights=sample_weight))

    def title(self) -> str:
        """'Network with soft attention (pooled, lstm)'."""
        return f"Network with {self.attention} attention ({self.network}, {self.cell})"

    def views(self) -> tuple[symmetry.View, ...]:
        """The views of an image whose answers are averaged in describing it."""
        return symmetry.VIEWS[self.test_views]

    def _found(
        self, X: Any, grammar: Grammar | None, beam: int, forced: torch.Tensor | None = None
    ) -> Iterable[Found]:
        """What the search finds for each image, one at a time (B = 1); ``forced`` (N, T) are the
        tokens to be said.
        """
        network, swap = self.network_, torch.from_numpy(self.swap_).to(self._home)
        for rows, x in self._inputs_of(self.check_images(X), BLOCK):
            with devices.exact(self._home), devices.threads_for(network), torch.no_grad():
                whole = search(
                    network,
                    x,
                    grammar,
                    beam=beam,
                    longest=self.longest_,
                    views=self.views(),
                    swap=swap,
                    forced=None if forced is None else forced[rows].to(self._home),
                )
            found = Found(*(part.cpu() for part in whole))
            for row in range(len(x)):
                yield Found(*(part[row : row + 1] for part in found))

    def _said(self, found: Found, which: int) -> tuple[str, ...]:
        tokens = found.tokens[0, which]
        return tuple(
            self.tokens_[tokens[(tokens >= 0) & (tokens < len(self.tokens_))].numpy()].tolist()
        )

    def _caption(self, found: Found) -> Caption:
        tokens, (_, height, width) = self._said(found, 0), self.image_shape_
        weights = found.weights[0, 0, : len(tokens)]
        maps = on_pixels(weights, self.preparation_.size, (height, width))
        each = found.token_log_p[0, 0, : len(tokens)].exp().numpy()
        return Caption(tokens, float(found.log_p[0, 0].exp()), each, maps.numpy())

    def _read_training(
        self, X: Any, y: Any, *, digest: str | None = None, **further: Any
    ) -> tuple[torch.Tensor, Targets]:
        self._forget()
        self.start_ = digest
        stack = self._read(X)
        sequences = sequences_of(y, len(stack), "y")
        self.grammar_ = self.grammar or Grammar.of_sequences(sequences)
        self.tokens_ = np.array(self.grammar_.tokens)
        self.longest_ = self.longest or max(map(len, sequences))
        codes = token_codes(sequences, self.grammar_, self.longest_, "y")
        swap = symmetry.swap_of(self.mirror_pairs, self.tokens_)
        # (V + 2,): the end is its own, and what is behind it stays -1
        self.swap_ = np.concatenate([swap, [len(swap), -1]])
        self.classes_, leaves = np.unique([said[-1] for said in sequences], return_inverse=True)
        return stack, Targets(codes, leaves)

    def _known_targets(self, y: Any, n: int) -> Targets:
        sequences = sequences_of(y, n, "validation y")
        codes = token_codes(sequences, self.grammar_, self.longest_, "validation y")
        number = {token: code for code, token in enumerate(self.classes_.tolist())}
        return Targets(codes, np.array([number.get(said[-1], -1) for said in sequences]))

    def _bytes_of(self, inputs: torch.Tensor) -> Iterable[bytes | np.ndarray]:
        yield str(self.start_).encode()
        yield from super()._bytes_of(inputs)

    def _prepare(
        self,
        inputs: torch.Tensor,
        rows: np.ndarray,
        device: torch.device,
        *,
        start: CaptionClassifier | None = None,
        **further: Any,
    ) -> torch.Tensor:
        stack = super()._prepare(inputs, rows, device)
        if start is not None:
            self.preparation_ = caption_start.preparation(start, self.preparation_, self.tokens_)
        return stack

    def _train(
        self,
        training: ImageSet,
        held: ImageSet | None,
        member: int,
        progress: Progress,
        checkpoint: Checkpoint | None,
        *,
        start: CaptionClassifier | None = None,
        **further: Any,
    ) -> tuple[nn.Module, History]:
        if parallel.processes() > 1:
            raise AstronnError(
                "CaptionClassifier cannot be trained by several processes; use one, without"
                " torchrun"
            )
        make, how = partial(self._untrained, start), self._how(symmetry.AS_IT_IS)
        work = make, training, held, how, member, progress, checkpoint
        network, history = train_on_images(*work, _losses)
        self.grid_ = _grid(network)
        return network, history

    def _untrained(self, start: CaptionClassifier | None) -> nn.Module:
        """The network that training starts from."""
        trunk = families.make(self.network, self.preparation_.shape, 1, self.network_options)
        attention = attentions.kind(self.attention)
        own = attention.Config(**attentions.own_options(self.attention, self.attention_options))
        decoder = _decoder.Config(
            len(self.tokens_), **{name: getattr(self, name) for name in DECODER}
        )
        network = _decoder.Network(decoder, self.network, trunk, own)
        return network if start is None else caption_start.copy_weights(start.network_, network)

    def _example(self) -> tuple[Any, ...]:
        return _FirstToken(self.network_), self.preparation_.shape

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        document, arrays = super()._learned()
        own = {
            "grammar": self.grammar_.plain(),
            "longest": self.longest_,
            "network": attentions.plain(self.network_),
            "start": self.start_,
        }
        return document | own, arrays

    @classmethod
    def _restored_options(cls, plain: dict[str, Any]) -> dict[str, Any]:
        given = super()._restored_options(plain)
        grammar = given["grammar"]
        return given | {"grammar": None if grammar is None else Grammar(**grammar)}

    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        super()._restore(document, arrays)
        self.grammar_ = Grammar(**document["grammar"])
        self.tokens_, self.longest_ = np.array(self.grammar_.tokens), document["longest"]
        self.start_ = document.get("start")  # there were no starting weights at first

    def _restored_network(self, document: dict[str, Any]) -> nn.Module:
        network = attentions.restore(document["network"])
        self.grid_ = _grid(network)
        return network


class _FirstToken(nn.Module):
    """The network up to the first token, for the table of layers."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        start = torch.zeros(len(x), 1, dtype=torch.int64, device=x.device)
        return self.network.speak(self.network.annotate(x), start).logits


def _losses(network: Any, x: torch.Tensor, tokens: torch.Tensor, smoothing: float) -> torch.Tensor:
    return _decoder.Network.losses(network, x, tokens, smoothing)


def _grid(network: Any) -> tuple[int, int]:
    return network.encoder.grid
