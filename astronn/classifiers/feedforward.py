"""Feedforward networks on a table of features: scikit-learn's contract, PyTorch inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, field
from functools import partial
from itertools import pairwise
from typing import Annotated, Any, cast

import numpy as np
import torch
from torch import nn

from astronn import options, saving
from astronn.classifiers.shared_options import EnsembleOptions
from astronn.classifiers.table_inputs import TableClassifier
from astronn.compute import devices, parallel, randomness
from astronn.errors import AstronnError
from astronn.networks.mlp import ACTIVATIONS, Feedforward, FeedforwardConfig
from astronn.training.checkpoints import Checkpoint
from astronn.training.compiled import descent
from astronn.training.loop import (
    OPTIMIZERS,
    Batch,
    Descend,
    History,
    Progress,
    TableBatches,
    TrainingConfig,
    train,
)
from astronn.training.losses import LOSSES

PRIOR = 17.0  # weight_decay=None divides it by the number of training objects
EPOCHS, LOOKS, FEWEST_EPOCHS = 100, 3_000_000, 6  # max_epochs=None: see usual_epochs
# rows times networks classified at once: bounds the memory, and is large enough to hide the
# overhead
BLOCK = 65_536


@options.declared
class FeedforwardClassifier(EnsembleOptions, TableClassifier):
    """A feedforward network on a table of features: posterior = mean over networks of
    softmax(network(x)).

    NaN means "not measured" (see astronn.inputs.normaliser); infinite values are refused. An
    ensemble is one batched computation on the same batches; ``networks_`` then holds one module
    with all its members. On a processor the first fit of an installation spends some ten seconds
    compiling (astronn.training.compiled.backpropagation).

    Attributes
    ----------
    classes_ : (K,) array of the class labels, sorted.
    n_features_in_ : int, F. feature_names_in_ : (F,) where X was a pandas frame.
    feature_units_ : dictionary from feature to unit.
    preparation_ : astronn.inputs.normaliser.Normaliser, also as ``normaliser_``.
    networks_ : list of one torch module, also as ``network_``.
    history_, n_iter_, seed_ : losses of each epoch, number of epochs, the seed.
    """

    hidden_layers: Annotated[
        tuple[int, ...],
        options.sequence_of(options.whole(1)),
        "units of each hidden layer, the inputs' side first; () is a linear classifier",
    ] = field(default=(32, 32), kw_only=False)
    activation: Annotated[
        str, options.one_of(ACTIVATIONS), "transfer function of the hidden units"
    ] = "relu"
    loss: Annotated[
        str,
        options.one_of(LOSSES),
        "'cross_entropy'; 'squared_error': logistic outputs fitted to 1-of-K targets; or"
        " 'dirichlet_multinomial' for votes (see astronn.training.losses)",
    ] = "cross_entropy"
    # On the sum of losses 17 / N is a Gaussian prior of the same width whatever N (Bishop 2006, eq.
    # 5.112); 17 was best in cross-validation inside training parts of OpenNGC.
    weight_decay: Annotated[
        float | None,
        options.optional(options.NOT_NEGATIVE),
        "training minimises mean loss + weight_decay / 2 * (sum of squared weights, no biases);"
        " None: 17 / N for N training objects, at most 0.01",
    ] = None
    optimizer: Annotated[
        str,
        options.one_of(OPTIMIZERS),
        "'adam' on shuffled batches, or 'lbfgs' on all objects at once, ten iterations an epoch",
    ] = "adam"
    # 4 to 16 do alike on inner validation parts (docs/decisions/0012)
    ensemble_size: int = 8
    learning_rate: float = 0.005
    batch_size: int = 128
    # as many epochs on a million objects cost minutes and gain nothing (docs/decisions/0013)
    max_epochs: Annotated[
        int | None,
        options.optional(options.whole(1)),
        "epochs of training; early stopping may end it before; None: 100, and of more than 30,000"
        " training objects as many as make 3,000,000 looks at an object, at least 6",
    ] = None  # type: ignore[assignment]  # of others a number
    patience: int = 20

    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class.

        Parameters
        ----------
        X : (N, F), the features of training in their order; NaN where nothing was measured.

        Returns
        -------
        (N, K) float32 in the order of ``classes_``, rows summing to 1.

        Raises
        ------
        NotFittedError : before fit. ValueError : other features, or infinite values.
        """
        posteriors = LOSSES[self.loss].posteriors
        return self._classify(X, lambda z: posteriors(z).mean(0))

    def raw_outputs(self, X: Any) -> np.ndarray:
        """The output units before normalisation, mean over networks.

        With loss="squared_error" these are the logistic outputs, whose sum is about 1 where the fit
        behaves as a Bayesian classifier; with "cross_entropy" the logits.

        Parameters
        ----------
        X : (N, F), as for ``predict_proba``.

        Returns
        -------
        (N, K) float32.
        """
        outputs = LOSSES[self.loss].outputs
        return self._classify(X, lambda z: outputs(z).mean(0))

    def vote_concentrations(self, X: Any) -> np.ndarray:
        """The Dirichlet distribution that each network gives for the shares of the votes.

        Parameters
        ----------
        X : (N, F), as for ``predict_proba``.

        Returns
        -------
        (N, M, K) float32 > 0 of M networks, in the order of ``classes_``; see
        astronn.posteriors.votes.

        Raises
        ------
        AstronnError : a classifier with another loss. NotFittedError : before fit.
        """
        if self.loss != "dirichlet_multinomial":
            raise AstronnError(
                f"loss={self.loss!r} gives no concentrations; train with"
                " loss='dirichlet_multinomial'"
            )
        return self._classify(X, lambda z: z.exp().transpose(0, 1))

    def title(self) -> str:
        """'Network 13:13:5' for a network of that shape, inputs first; '9 networks 13:13:5' for
        several.
        """
        shape = ":".join(map(str, (self.n_features_in_, *self.hidden_layers, len(self.classes_))))
        size = self.ensemble_size
        return f"Network {shape}" if size == 1 else f"{size} networks {shape}"

    @property
    def _n_trainings(self) -> int:
        return 1  # all networks at once

    def _train(
        self,
        training: Batch,
        held: Batch | None,
        member: int,
        progress: Progress,
        checkpoint: Checkpoint | None,
        **further: Any,
    ) -> tuple[Feedforward, History]:
        loss, network = LOSSES[self.loss], self._untrained(training[0].device)
        given, n = self.weight_decay, len(training[0])
        self.weight_decay_ = min(0.01, PRIOR / n) if given is None else given
        called = parallel.replicated(network)

        def weighted_loss(batch: Batch) -> torch.Tensor:
            x, classes, weights = batch
            return (loss.per_object(called(x), classes) * weights).mean(-1)  # (M,)

        with devices.threads_for(network) as threads:
            batches, descend = self._batches(network, training, threads)
            history = train(
                network,
                lambda batch: weighted_loss(batch) + self.weight_decay_ * network.penalty(),
                batches,
                TrainingConfig(self.optimizer, self.learning_rate, self._epochs(n), self.patience),
                validate=None if held is None else lambda: weighted_loss(self._for_all(held)),
                progress=progress,
                begin=getattr(batches, "begin", None),
                checkpoint=checkpoint,
                descend=descend,
            )
        return network, history

    def _epochs(self, n: int) -> int:
        """How often each of n training objects is seen; L-BFGS sees all of them in every step."""
        if self.max_epochs is not None:
            return self.max_epochs
        return EPOCHS if self.optimizer == "lbfgs" else usual_epochs(n)

    def _settled(self, device: torch.device, inputs: Any) -> torch.device:
        """device="auto" stays on the processor where the compiled pass takes the network: a card
        would spend 10 to 20 times as long on launches.
        """
        missing = int(np.isnan(inputs).any(axis=0).sum())  # each has a flag beside it
        shape, alone = self._shape(inputs.shape[1] + missing), parallel.processes() == 1
        compiled = alone and descent.supports_shape(shape, self.loss, self.batch_size)
        if device.type == "cpu" or self.device != "auto" or self.optimizer != "adam":
            return device
        if not compiled:
            return device
        if self.verbose:
            print(
                f"device 'auto': the processor and not {str(device)!r}, for a network this small"
                " trains faster there",
                flush=True,
            )
        return torch.device("cpu")

    def _untrained(self, device: torch.device) -> Feedforward:
        config = self._shape(self.preparation_.n_outputs)
        network, names = (
            Feedforward(config),
            map("starting weights {}".format, range(config.members)),
        )
        network.start([randomness.generator(self.seed_, name) for name in names])
        return network.to(device)

    def _shape(self, n_inputs: int) -> FeedforwardConfig:
        return FeedforwardConfig(
            n_inputs=n_inputs,
            hidden_layers=tuple(int(units) for units in self.hidden_layers),
            n_outputs=len(self.classes_),
            activation=self.activation,
            members=int(self.ensemble_size),
        )

    def _batches(
        self, network: Feedforward, training: Batch, threads: int
    ) -> tuple[Iterable[Batch], Descend | None]:
        """The batches of an epoch, the same for every network, and the way down where it is written
        out and compiled.
        """
        if self.optimizer == "lbfgs":
            return [self._for_all(training)], None
        small = descent.supports(network, self.loss, self.batch_size) and training[1].ndim == 1
        if small and parallel.processes() == 1:
            way = partial(
                descent.descend,
                loss=self.loss,
                weight_decay=self.weight_decay_,
                threads=threads,
            )
            x, classes, weights = training
            ours = descent.Batches(x, classes, weights, self.batch_size, self._batch_order())
            return cast("Iterable[Batch]", ours), cast("Descend", way)
        orders = [self._batch_order() for _ in range(self.ensemble_size)]
        return TableBatches(training, self.batch_size, orders), None

    def _batch_order(self) -> torch.Generator:
        return randomness.generator(self.seed_, "batches 0")

    def _for_all(self, batch: Batch) -> Batch:
        """All rows for every network: (n, ...) -> (M, n, ...), without a copy."""
        return tuple(tensor.expand(self.ensemble_size, *tensor.shape) for tensor in batch)

    @torch.no_grad()
    def _classify(self, X: Any, reduce: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        """``reduce`` of the networks' last layers, (M, n, K) -> (n, ...), on X in blocks of n rows:
        (N, ...) float32.
        """
        X, parts = self._read(X), []
        rows = max(1, BLOCK // self.ensemble_size)
        with devices.exact(self._home), devices.threads_for(self.network_):
            for start in range(0, len(X), rows):
                block = self._place(X[start : start + rows], self._home)
                parts.append(reduce(self.network_(block)).cpu().numpy())
        return np.concatenate(parts)

    def _example(self) -> tuple[Any, ...]:
        sizes = self.network_.config.sizes
        linear = [nn.Linear(n_inputs, units) for n_inputs, units in pairwise(sizes)]
        return nn.Sequential(*linear), (sizes[0],)

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        document, arrays = super()._learned()
        own = {"network": asdict(self.network_.config), "weight_decay": self.weight_decay_}
        return document | own, arrays

    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        super()._restore(document, arrays)
        if "weight_decay" in document:  # version 0.1.0 did not write it
            self.weight_decay_ = document["weight_decay"]

    def _restored_network(self, document: dict[str, Any]) -> Feedforward:
        shape = document["network"] | {"hidden_layers": tuple(document["network"]["hidden_layers"])}
        config = FeedforwardConfig(**shape)
        _check_shapes(self, config)
        return Feedforward(config)


def usual_epochs(n: int) -> int:
    """The epochs of n training objects where none are asked for: the rate falls to zero within
    them, and what is learned depends on the number of steps, not of epochs.

    Parameters
    ----------
    n : number of training objects.

    Returns
    -------
    int, 100 up to 30,000 objects, 6 from 500,000 on.
    """
    return max(FEWEST_EPOCHS, min(EPOCHS, round(LOOKS / max(n, 1))))


def _check_shapes(model: FeedforwardClassifier, config: FeedforwardConfig) -> None:
    """Refuse a restored model whose classes and features do not fit its network and normaliser."""
    n_features = config.n_inputs - len(model.preparation_.flagged)
    names = len(getattr(model, "feature_names_in_", range(model.n_features_in_)))
    if (len(model.classes_), names, model.n_features_in_) != (
        config.n_outputs,
        n_features,
        model.preparation_.n_features,
    ):
        raise AstronnError(
            f"{saving.DOCUMENT} names {len(model.classes_)} classes and {names} features, but the"
            f" network is for {config.n_outputs} and {n_features}; save the model again"
        )
