"""The classifier that describes: a sequence of tokens an image, and for each token a map of where
the network looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options
from astronn.classifiers import caption_start, caption_state
from astronn.classifiers.base import NetworkClassifier, integer_seed, printed
from astronn.classifiers.beam_search import Found, on_pixels, search
from astronn.classifiers.members import FLAG, NOT_NEGATIVE, class_weights
from astronn.compute import devices, randomness
from astronn.errors import AstronnError
from astronn.inputs import symmetry
from astronn.inputs.augmentation import Augmentation
from astronn.inputs.captions import object_array, sequences_of, token_codes
from astronn.inputs.grammar import Grammar
from astronn.inputs.images import SCALINGS, Preparation, check_stack
from astronn.inputs.normaliser import group_parts, stratified_parts
from astronn.networks import captions as attentions
from astronn.networks import images as families
from astronn.networks.captions import _decoder
from astronn.training.checkpoints import Checkpoint
from astronn.training.images import ImageSet, ImageTraining, train_on_images, training_identity
from astronn.training.loop import Progress, TrainingConfig

BLOCK = 64  # images described at once
TRAINING = ("learning_rate", "max_epochs", "patience", "warm_up", "weight_decay", "averaging")
DECODER = ("cell", "hidden", "embedding", "attention_units", "position", "dropout")


class Caption(NamedTuple):
    """What is said of one image."""

    tokens: tuple[str, ...]
    probability: float  # of this sequence, among all that the grammar allows
    token_probability: np.ndarray  # (T,) float32, of each token after those before it
    maps: (
        np.ndarray
    )  # (T, H, W) float32, where the network looked as it said each token; every map sums to 1


class CaptionClassifier(NetworkClassifier):
    """A convolutional network that sees, a recurrent one that says, attention between them (Xu et
    al. 2015, ICML).

    Labels are sequences of tokens: texts split at their blanks, or tuples. The maps of a
        description::

        model = CaptionClassifier(random_state=0).fit(images, ["3 1 4", "1 5 9 2", ...])
        said = model.captions(images[:1])[0]
        for token, where in zip(said.tokens, said.maps):   # where is (H, W), on the pixels of the
            image, and sums to 1 plt.imshow(images[0, 0], cmap="gray"); plt.imshow(where,
            alpha=0.6); plt.title(token)

    ``captions(images, sequences)`` gives the maps for sequences of your own. ``model.grid_`` is the
    (h, w) of the cells that are weighed against each other; the maps are these weights,
    interpolated.

    Parameters
    ----------
    attention : "soft" (the context is the expectation over places) or "hard" (one place is drawn);
        its own options in ``attention_options``: astronn.networks.captions.soft and hard.
    grammar : Grammar of the sequences that may be said; None: those of the training labels.
    network, network_options : the image network whose feature maps are the annotation vectors; see
        astronn.networks.images.
    cell, hidden, embedding, attention_units, position, dropout : of the decoder; see
        astronn.networks.captions._decoder. ``position`` tells the decoder where each annotation
        vector stands; do without it where images may be turned.
    crop, scaling, detail, rotation, mirror, zoom, shift, colour, test_views : as for
        ConvolutionalClassifier.
    mirror_pairs : pairs of tokens that a mirror turns into each other.
    class_weight : exponent e; images weigh (number with the same last token) ** -e.
    beam : sequences followed at once in decoding; 1 is greedy.
    longest : most tokens of a sequence; None: as many as the longest training label has.
    label_smoothing, learning_rate, weight_decay, batch_size, max_epochs, warm_up, averaging,
        early_stopping, validation_fraction, patience, device, random_state, verbose : as for
        ConvolutionalClassifier.

    Learned: ``classes_`` (the last tokens), ``tokens_``, ``grammar_``, ``grid_``, ``image_shape_``,
        ``preparation_``,
    ``network_``, ``history_``, ``n_iter_``, ``seed_``, ``longest_``, ``start_`` (a digest of the
    starting weights, or None)."""

    sees: ClassVar[str] = "images"
    rules = {  # noqa: RUF012
        "attention": options.one_of(attentions.names()),
        "grammar": options.Rule(lambda v: v is None or isinstance(v, Grammar), "None or a Grammar"),
        "crop": options.Rule(
            lambda v: v is None or options.whole(8).holds(v), "None or an integer >= 8"
        ),
        "scaling": options.one_of(SCALINGS),
        "detail": options.whole(0),
        "rotation": options.Rule(
            lambda v: NOT_NEGATIVE.holds(v) and v <= 180, "a number from 0 to 180"
        ),
        "mirror": FLAG,
        "zoom": options.real(0, 1, include_low=True),
        "shift": options.real(0, 1, include_low=True),
        "colour": options.real(0, 1, include_low=True),
        "mirror_pairs": options.Rule(
            lambda v: isinstance(v, list | tuple), "a list of pairs of tokens"
        ),
        "class_weight": NOT_NEGATIVE,
        "beam": options.whole(1),
        "longest": options.optional(options.whole(1)),
        "label_smoothing": options.real(0, 1, include_low=True),
        "learning_rate": options.real(0),
        "weight_decay": NOT_NEGATIVE,
        "batch_size": options.whole(1),
        "max_epochs": options.whole(1),
        "warm_up": NOT_NEGATIVE,
        "averaging": options.real(0, 1, include_low=True),
        "early_stopping": FLAG,
        "validation_fraction": options.real(0, 1),
        "patience": options.whole(1),
        "test_views": options.one_of(symmetry.VIEWS),
        **_decoder.RULES,
    }

    def __init__(
        self,
        attention: str = "soft",
        *,
        attention_options: Mapping[str, Any] | None = None,
        grammar: Grammar | None = None,
        network: str = "pooled",
        network_options: Mapping[str, Any] | None = None,
        cell: str = "lstm",
        hidden: int = 96,
        embedding: int = 48,
        attention_units: int = 32,
        position: bool = True,
        dropout: float = 0.2,
        crop: int | None = None,
        scaling: str = "image",
        detail: int = 0,
        rotation: float = 0.0,
        mirror: bool = False,
        zoom: float = 0.1,
        shift: float = 0.05,
        colour: float = 0.0,
        mirror_pairs: Sequence[Sequence[str]] = (),
        class_weight: float = 0.0,
        beam: int = 4,
        longest: int | None = None,
        label_smoothing: float = 0.0,
        learning_rate: float = 0.004,
        weight_decay: float = 0.05,
        batch_size: int = 64,
        max_epochs: int = 30,
        warm_up: float = 2.0,
        averaging: float = 0.99,
        early_stopping: bool = False,
        validation_fraction: float = 0.15,
        patience: int = 10,
        test_views: int = 1,
        device: str | torch.device = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.attention = attention
        self.attention_options = attention_options
        self.grammar = grammar
        self.network = network
        self.network_options = network_options
        self.cell = cell
        self.hidden = hidden
        self.embedding = embedding
        self.attention_units = attention_units
        self.position = position
        self.dropout = dropout
        self.crop = crop
        self.scaling = scaling
        self.detail = detail
        self.rotation = rotation
        self.mirror = mirror
        self.zoom = zoom
        self.shift = shift
        self.colour = colour
        self.mirror_pairs = mirror_pairs
        self.class_weight = class_weight
        self.beam = beam
        self.longest = longest
        self.label_smoothing = label_smoothing
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.warm_up = warm_up
        self.averaging = averaging
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.test_views = test_views
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Iterable[str | Sequence[str]],
        *,
        groups: Any = None,
        validation: tuple[Any, Any] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
        start: CaptionClassifier | None = None,
    ) -> CaptionClassifier:
        """Train on images X (N, C, H, W) and N sequences y; groups, validation, checkpoint,
        progress as for ConvolutionalClassifier.fit.

        ``start``, a fitted classifier of the same network and tokens, gives the weights to start
        from, as hard attention needs those of soft attention (see
        astronn.classifiers.caption_start); None: random ones."""
        self.check_options()
        device, stack = devices.resolve(self.device), check_stack(X)
        sequences = sequences_of(y, len(stack), "y")
        self.grammar_ = self.grammar or Grammar.of_sequences(sequences)
        self.tokens_ = np.array(self.grammar_.tokens)
        self.longest_ = self.longest or max(map(len, sequences))
        codes = token_codes(sequences, self.grammar_, self.longest_, "y")
        self.classes_, leaves = np.unique(
            [sequence[-1] for sequence in sequences], return_inverse=True
        )
        swap = symmetry.swap_of(self.mirror_pairs, self.tokens_)
        self.swap_ = np.concatenate(
            [swap, [len(swap), -1]]
        )  # (V + 2,): the end is its own, and what is behind it stays -1
        self.image_shape_, self.seed_ = tuple(stack.shape[1:]), integer_seed(self.random_state)
        self.start_ = None if start is None else caption_start.digest(start)
        keep = self._checkpoint(checkpoint, stack, codes)
        stack = stack.to(device, torch.float32 if stack.dtype == torch.float64 else stack.dtype)
        training, held = self._parts(stack, codes, leaves, groups, validation)
        self.preparation_ = Preparation.learn(
            training.stack, training.rows, self.crop, self.scaling, self.detail
        )
        if start is not None:
            self.preparation_ = caption_start.preparation(start, self.preparation_, self.tokens_)
        if self.test_views != 1 and len(set(self.preparation_.size)) > 1:
            raise AstronnError(
                f"test_views={self.test_views} needs square images, not {self.preparation_.size};"
                " use 1 or crop"
            )
        work = (
            partial(self._begin, start),
            training,
            held,
            self._how(),
            0,
            progress or printed(self.verbose),
            keep,
        )
        self.network_, self.history_ = train_on_images(*work, _decoder.Network.losses)
        self.n_iter_, self.grid_ = len(self.history_.loss), self.network_.encoder.grid
        return self

    def check_options(self) -> None:
        """Raise one AstronnError that names every option whose value breaks its rule."""
        rules = dict(self.rules)
        if self.test_views != 1:
            rules["rotation"] = options.Rule(
                lambda v: v == 180, "180 with test_views > 1: a quarter turn must be a valid view"
            )
        if self.test_views == 8:
            rules["mirror"] = options.Rule(bool, "True with test_views=8")
        options.check(self.get_params(deep=False), rules)
        if self.warm_up >= self.max_epochs:
            raise AstronnError(
                f"warm_up must be < max_epochs, not {self.warm_up} with"
                f" max_epochs={self.max_epochs}"
            )
        families.own_options(self.network, self.network_options)
        attentions.own_options(self.attention, self.attention_options)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable sequence that beam search finds for each image: (N,) of dtype object,
        tuples of tokens.
        """
        return object_array(
            self._said(found, 0) for found in self._found(X, self.grammar_, self.beam)
        )

    def predict_freely(self, X: Any) -> np.ndarray:
        """What greedy decoding says without the grammar: (N,) of tuples, which may be sequences
        that are not allowed.
        """
        return object_array(self._said(found, 0) for found in self._found(X, None, 1))

    def predict_proba(self, X: Any, beam: int = 16) -> np.ndarray:
        """Posterior probability of each last token, (N, K) float32 in the order of ``classes_``,
        rows summing to 1.

        The probabilities of the ``beam`` most probable sequences, added up by their last token and
        divided by their sum: exact where the grammar has no more sequences than that."""
        out = np.zeros((len(check_stack(X)), len(self.classes_)), dtype=np.float64)
        number = {token: n for n, token in enumerate(self.classes_.tolist())}
        for row, found in enumerate(self._found(X, self.grammar_, beam)):
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
        """The description of each image with its probability and maps; those of ``sequences`` in
        place of the best ones.
        """
        if sequences is None:
            return [self._caption(found) for found in self._found(X, self.grammar_, self.beam)]
        said = sequences_of(sequences, len(X), "sequences")
        codes = token_codes(said, self.grammar_, self.longest_, "sequences")
        return [
            self._caption(found)
            for found in self._found(X, self.grammar_, 1, torch.from_numpy(codes))
        ]

    def score(self, X: Any, y: Iterable[str | Sequence[str]], sample_weight: Any = None) -> float:
        """The share of the images whose sequence is right in every token."""
        true = sequences_of(y, len(X), "y")
        right = [tuple(a) == tuple(b) for a, b in zip(self.predict(X), true)]
        return float(np.average(right, weights=sample_weight))

    def title(self) -> str:
        """'Network with soft attention (pooled, lstm)'."""
        return f"Network with {self.attention} attention ({self.network}, {self.cell})"

    def check_images(self, X: Any) -> torch.Tensor:
        """X as a stack of images of the shape that the classifier was trained on."""
        check_is_fitted(self)
        stack = check_stack(X)
        if tuple(stack.shape[1:]) != tuple(self.image_shape_):
            got = tuple(stack.shape[1:])
            raise AstronnError(
                f"X has images of {got}, the classifier was trained on {self.image_shape_}; cut or"
                " scale them"
            )
        return stack

    def _found(
        self, X: Any, grammar: Grammar | None, beam: int, forced: torch.Tensor | None = None
    ) -> Iterable[Found]:
        """What the search finds for each image, one at a time (B = 1); ``forced`` (N, T) are the
        tokens to be said.
        """
        stack = self.check_images(X)
        network, views = self.network_, symmetry.VIEWS[self.test_views]
        device = next(network.parameters()).device
        swap = torch.from_numpy(self.swap_).to(device)
        for start in range(0, len(stack), BLOCK):
            with devices.same_bytes(device), devices.threads_for(network), torch.no_grad():
                block = stack[start : start + BLOCK].to(device)
                x = self.preparation_.central(block, torch.arange(len(block), device=device))
                rules = {"beam": beam, "longest": self.longest_, "views": views, "swap": swap}
                if forced is not None:
                    rules["forced"] = forced[start : start + BLOCK].to(device)
                found = Found(*(part.cpu() for part in search(network, x, grammar, **rules)))
            for row in range(len(block)):
                yield Found(*(part[row : row + 1] for part in found))

    def _said(self, found: Found, which: int) -> tuple[str, ...]:
        tokens = found.tokens[0, which]
        return tuple(
            self.tokens_[tokens[(tokens >= 0) & (tokens < len(self.tokens_))].numpy()].tolist()
        )

    def _caption(self, found: Found) -> Caption:
        tokens = self._said(found, 0)
        maps = on_pixels(
            found.weights[0, 0, : len(tokens)], self.preparation_.size, self.image_shape_[1:]
        )
        each = found.token_log_p[0, 0, : len(tokens)].exp().numpy()
        return Caption(tokens, float(found.log_p[0, 0].exp()), each, maps.numpy())

    def _checkpoint(
        self, folder: str | Path | None, stack: torch.Tensor, codes: np.ndarray
    ) -> Checkpoint | None:
        if folder is None:
            return None
        said = (
            caption_state.options(self)
            | {"device": None, "verbose": None}
            | ({"start": self.start_} if self.start_ else {})
        )
        return Checkpoint(
            Path(folder) / "network-0.safetensors",
            training_identity(self.random_state, said, stack, codes),
        )

    def _parts(
        self,
        stack: torch.Tensor,
        codes: np.ndarray,
        leaves: np.ndarray,
        groups: Any,
        validation: Any,
    ) -> tuple[ImageSet, ImageSet | None]:
        """The images to train on and those to validate on, if any."""
        if validation is not None and not self.early_stopping:
            raise AstronnError(
                "validation is given but early_stopping is False; set early_stopping=True to use it"
            )
        weights = class_weights(self.class_weight, self.classes_, leaves)
        if not self.early_stopping or validation is not None:
            whole = ImageSet.of(stack, np.arange(len(codes)), codes, weights)
            return whole, None if validation is None else self._held(validation, stack)
        draws = randomness.stream(self.seed_, "validation part")
        if groups is None:
            kept, aside = stratified_parts(
                leaves, draws.permutation(len(codes)), self.validation_fraction
            )
        else:
            kept, aside = group_parts(np.asarray(groups), draws, self.validation_fraction)
        return tuple(ImageSet.of(stack, rows, codes, weights) for rows in (kept, aside))

    def _held(self, validation: tuple[Any, Any], like: torch.Tensor) -> ImageSet:
        held = check_stack(validation[0], "validation X")
        if tuple(held.shape[1:]) != tuple(self.image_shape_):
            raise AstronnError(
                f"validation must hold images of the training images' shape, {self.image_shape_}"
            )
        said = sequences_of(validation[1], len(held), "validation y")
        codes = token_codes(said, self.grammar_, self.longest_, "validation y")
        return ImageSet.of(
            held.to(like.device, like.dtype),
            np.arange(len(codes)),
            codes,
            np.ones(len(codes), np.float32),
        )

    def _how(self) -> ImageTraining:
        return ImageTraining(
            prepare=self.preparation_,
            augmentation=Augmentation(
                self.rotation, self.mirror, self.zoom, self.shift, self.colour
            ),
            views=symmetry.AS_IT_IS,
            swap=self.swap_,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            seed=self.seed_,
            config=TrainingConfig(**{name: getattr(self, name) for name in TRAINING}),
        )

    def _begin(self, start: CaptionClassifier | None) -> torch.nn.Module:
        """The network that training starts from."""
        trunk = families.make(self.network, self.preparation_.shape, 1, self.network_options)
        attention = attentions.kind(self.attention)
        own = attention.Config(**attentions.own_options(self.attention, self.attention_options))
        decoder = _decoder.Config(
            len(self.tokens_), **{name: getattr(self, name) for name in DECODER}
        )
        network = _decoder.Network(decoder, self.network, trunk, own)
        return network if start is None else caption_start.copy_weights(start.network_, network)

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return caption_state.state(self)

    @classmethod
    def _from_state(
        cls, document: dict[str, Any], arrays: dict[str, np.ndarray], device: str
    ) -> CaptionClassifier:
        return caption_state.restore(cls, document, arrays, device)
