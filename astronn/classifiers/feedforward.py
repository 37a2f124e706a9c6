"""Classifiers with scikit-learn's contract and PyTorch inside: arrays in, posterior probabilities
out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.utils.class_weight import compute_class_weight

from astronn import options, saving
from astronn.classifiers.base import NetworkClassifier, integer_seed, printed
from astronn.compute import devices, parallel, randomness
from astronn.errors import AstronnError
from astronn.inputs.normaliser import Normaliser, stratified_parts
from astronn.inputs.tables import AcceptsNaN, check_table, check_training
from astronn.networks.mlp import ACTIVATIONS, Feedforward, FeedforwardConfig
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
# rows times networks classified at once: bounds the memory, and is large enough to hide the
# overhead
BLOCK = 65_536

RULES = {
    "hidden_layers": options.sequence_of(options.whole(1)),
    "activation": options.one_of(ACTIVATIONS),
    "loss": options.one_of(LOSSES),
    "weight_decay": options.optional(options.real(0, include_low=True)),
    "optimizer": options.one_of(OPTIMIZERS),
    "learning_rate": options.real(0),
    "batch_size": options.whole(1),
    "max_epochs": options.whole(1),
    "early_stopping": options.one_of([True, False]),
    "validation_fraction": options.real(0, 1),
    "patience": options.whole(1),
    "n_networks": options.whole(1),
}


class FeedforwardClassifier(AcceptsNaN, NetworkClassifier):
    """A feedforward network on a table of features: posterior = mean over networks of
    softmax(network(x)).

    Parameters
    ----------
    hidden_layers : units of each hidden layer, the inputs' side first; () is a linear classifier.
    activation : of the hidden units: tanh, logistic, relu, gelu, silu or identity.
    loss : "cross_entropy", or "squared_error": logistic outputs fitted to 1-of-K targets (see
        astronn.training.losses).
    weight_decay : training minimises mean loss + weight_decay / 2 * (sum of squared weights, biases
        left out). None is 17 / N for N training objects, at most 0.01: on the sum of losses a
        Gaussian prior of the same width whatever N (Bishop 2006, eq. 5.112); 17 was best in
        cross-validation inside training parts of OpenNGC.
    optimizer : "adam" on shuffled batches, or "lbfgs" on all objects at once (ten iterations are
        one epoch).
    learning_rate, batch_size : of Adam; the rate falls to zero along a half cosine over
        ``max_epochs``.
    max_epochs : epochs of training, fewer where early stopping ends it.
    early_stopping : keep part of the training objects aside and return the weights with the lowest
        loss on it.
    validation_fraction, patience : that part, and the epochs without a lower loss before training
        ends.
    class_weight : None, "balanced", or a dictionary from class to the weight of its objects.
    n_networks : networks trained on the same batches from different starting weights, and averaged.
    device : "auto" (cuda, then mps, then cpu) or a torch device.
    random_state : integer, numpy RandomState or None. An integer gives the same bytes in every
        process of one machine.
    verbose : print ten lines of progress.

    NaN means "not measured" (see astronn.inputs.normaliser); infinite values are refused. Learned:
    ``classes_``, ``n_features_in_``, ``feature_names_in_`` (with a pandas frame),
    ``feature_units_``, ``normaliser_``, ``network_``, ``history_`` (astronn.training.loop.History),
    ``n_iter_`` (epochs), ``seed_``."""

    rules = RULES

    def __init__(
        self,
        hidden_layers: tuple[int, ...] = (32, 32),
        *,
        activation: str = "relu",
        loss: str = "cross_entropy",
        weight_decay: float | None = None,
        optimizer: str = "adam",
        learning_rate: float = 0.005,
        batch_size: int = 128,
        max_epochs: int = 100,
        early_stopping: bool = False,
        validation_fraction: float = 0.15,
        patience: int = 20,
        class_weight: Mapping | str | None = None,
        n_networks: int = 1,
        device: str | torch.device = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layers = hidden_layers
        self.activation = activation
        self.loss = loss
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.class_weight = class_weight
        self.n_networks = n_networks
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        units: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> FeedforwardClassifier:
        """Train on X (N, F) and y (N,): numpy, pandas or torch; NaN in X allowed, at least two
        classes in y.

        ``units`` maps feature names to units, kept for the record and saved with the model.
        ``progress`` is called as progress(epoch, max_epochs, loss) after each epoch. All faults of
        the options are reported at once. On a processor the first fit of an installation spends
        some ten seconds compiling (astronn.training.compiled.backpropagation)."""
        self.check_options()
        device = devices.resolve(self.device)
        X, y = check_training(self, X, y)
        self.feature_units_ = _checked_units(units, list(getattr(self, "feature_names_in_", [])))
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise AstronnError(
                f"y holds one class, {self.classes_.tolist()[0]!r}; a classifier needs at least two"
                " classes"
            )
        self.seed_ = integer_seed(self.random_state)
        weights = compute_class_weight(self.class_weight, classes=self.classes_, y=y)[codes].astype(
            np.float32
        )
        training, validation = self._parts(codes)
        self.normaliser_ = Normaliser.learn(X[training])
        self.network_ = self._start_network(device)
        parts = [
            _tensors(device, self.normaliser_.transform(X[rows]), codes[rows], weights[rows])
            for rows in (training, validation)
        ]
        with devices.threads_for(self.network_) as threads:
            self.history_ = self._train(*parts, progress or printed(self.verbose), threads)
        self.n_iter_ = len(self.history_.loss)
        return self

    def title(self) -> str:
        """'Network 13:13:5' for a network of that shape, inputs first; '9 networks 13:13:5' for
        several.
        """
        shape = ":".join(map(str, (self.n_features_in_, *self.hidden_layers, len(self.classes_))))
        return f"Network {shape}" if self.n_networks == 1 else f"{self.n_networks} networks {shape}"

    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class, (N, K) float32 in the order of ``classes_``, rows
        summing to 1.
        """
        posteriors = LOSSES[self.loss].posteriors
        return self._classify(X, lambda z: posteriors(z).mean(0))

    def raw_outputs(self, X: Any) -> np.ndarray:
        """The output units before normalisation, (N, K) float32, mean over networks.

        With loss="squared_error" these are the logistic outputs, whose sum is about 1 where the fit
        behaves as a Bayesian classifier; with "cross_entropy" the logits."""
        outputs = LOSSES[self.loss].outputs
        return self._classify(X, lambda z: outputs(z).mean(0))

    def _parts(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers to train on and to validate on; the second is empty without early
        stopping.
        """
        if not self.early_stopping:
            return np.arange(len(codes)), np.arange(0)
        order = randomness.stream(self.seed_, "validation part").permutation(len(codes))
        return stratified_parts(codes, order, self.validation_fraction)

    def _start_network(self, device: torch.device) -> Feedforward:
        config = FeedforwardConfig(
            n_inputs=self.normaliser_.n_outputs,
            hidden_layers=tuple(int(units) for units in self.hidden_layers),
            n_outputs=len(self.classes_),
            activation=self.activation,
            members=int(self.n_networks),
        )
        network = Feedforward(config)
        network.start(
            [
                randomness.generator(self.seed_, f"starting weights {member}")
                for member in range(self.n_networks)
            ]
        )
        return network.to(device)

    def _train(
        self, training: Batch, validation: Batch, progress: Progress, threads: int
    ) -> History:
        """Run the training loop on tensors (inputs, classes, weights) of the two parts; the second
        may hold no rows.
        """
        loss, network, called = LOSSES[self.loss], self.network_, parallel.replicated(self.network_)
        self.weight_decay_ = (
            min(0.01, PRIOR / len(training[0])) if self.weight_decay is None else self.weight_decay
        )

        def weighted_loss(batch: Batch) -> torch.Tensor:
            x, classes, weights = batch
            return (loss.per_object(called(x), classes) * weights).mean(-1)  # (M,)

        batches, descend = self._batches(training, threads)
        return train(
            network,
            lambda batch: weighted_loss(batch) + self.weight_decay_ * network.penalty(),
            batches,
            TrainingConfig(self.optimizer, self.learning_rate, self.max_epochs, self.patience),
            validate=(
                (lambda: weighted_loss(self._for_members(validation)))
                if len(validation[0])
                else None
            ),
            progress=progress,
            descend=descend,
        )

    def _batches(self, training: Batch, threads: int) -> tuple[Iterable[Batch], Descend | None]:
        """The batches of an epoch, the same for every member, and the way down where it is written
        out and compiled.
        """
        if self.optimizer == "lbfgs":
            return [self._for_members(training)], None
        if descent.knows(self.network_, self.loss, self.batch_size) and parallel.processes() == 1:
            how = {"loss": self.loss, "weight_decay": self.weight_decay_, "threads": threads}
            return descent.Batches(*training, self.batch_size, self._batch_order()), partial(
                descent.descend, **how
            )
        return (
            TableBatches(
                training, self.batch_size, [self._batch_order() for _ in range(self.n_networks)]
            ),
            None,
        )

    def _batch_order(self) -> torch.Generator:
        return randomness.generator(self.seed_, "batches 0")

    def _for_members(self, batch: Batch) -> Batch:
        """All rows for every member: (n, ...) -> (M, n, ...), without a copy."""
        return tuple(tensor.expand(self.n_networks, *tensor.shape) for tensor in batch)

    @torch.no_grad()
    def _classify(self, X: Any, reduce: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        """``reduce`` of the members' last layers, (M, n, K) -> (n, ...), on X in blocks of n rows:
        (N, ...) float32.
        """
        X = check_table(self, X)
        device, rows = next(self.network_.parameters()).device, max(1, BLOCK // self.n_networks)
        parts = []
        with devices.threads_for(self.network_):
            for start in range(0, len(X), rows):
                block = torch.from_numpy(self.normaliser_.transform(X[start : start + rows])).to(
                    device
                )
                parts.append(reduce(self.network_(block)).cpu().numpy())
        return np.concatenate(parts)

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Options and all that was learned: a JSON document and named arrays, for
        astronn.saving.
        """
        document = {
            "options": saving.plain_options(self.get_params(deep=False)),
            "classes": saving.plain_labels(self.classes_),
            "n_features": int(self.n_features_in_),
            "features": list(getattr(self, "feature_names_in_", [])),
            "units": self.feature_units_,
            "network": asdict(self.network_.config),
            "history": asdict(self.history_),
            "seed": self.seed_,
        }
        arrays = {f"normaliser.{name}": array for name, array in self.normaliser_.arrays().items()}
        weights = {
            f"network.{name}": tensor.cpu().numpy()
            for name, tensor in self.network_.state_dict().items()
        }
        return document, arrays | weights

    @classmethod
    def _from_state(
        cls, document: dict[str, Any], arrays: dict[str, np.ndarray], device: str
    ) -> FeedforwardClassifier:
        """The estimator that ``_state`` described, its network on ``device``."""
        self = cls(**saving.restored_options(document["options"]) | {"device": device})
        self.classes_ = saving.restored_labels(document["classes"])
        self.n_features_in_ = document["n_features"]
        if document["features"]:
            self.feature_names_in_ = np.array(document["features"], dtype=object)
        self.feature_units_, self.seed_ = document["units"], document["seed"]
        self.history_ = History(**document["history"])
        self.n_iter_ = len(self.history_.loss)
        self.normaliser_ = Normaliser(**saving.section(arrays, "normaliser"))
        shape = document["network"] | {"hidden_layers": tuple(document["network"]["hidden_layers"])}
        self.network_ = Feedforward(FeedforwardConfig(**shape))
        _check_shapes(self)
        weights = {
            name: torch.from_numpy(array)
            for name, array in saving.section(arrays, "network").items()
        }
        self.network_.load_state_dict(weights)
        self.network_.to(devices.resolve(device))
        return self


def _tensors(device: torch.device, *arrays: np.ndarray) -> Batch:
    return tuple(torch.from_numpy(array).to(device) for array in arrays)


def _check_shapes(model: FeedforwardClassifier) -> None:
    """Refuse a restored model whose classes and features do not fit its network and normaliser."""
    config = model.network_.config
    n_features = config.n_inputs - len(model.normaliser_.flagged)
    names = len(getattr(model, "feature_names_in_", range(model.n_features_in_)))
    if (len(model.classes_), names, model.n_features_in_) != (
        config.n_outputs,
        n_features,
        model.normaliser_.n_features,
    ):
        raise AstronnError(
            f"{saving.DOCUMENT} names {len(model.classes_)} classes and {names} features, but the"
            f" network is for {config.n_outputs} and {n_features}; save the model again"
        )


def _checked_units(units: Mapping[str, str] | None, features: list[str]) -> dict[str, str]:
    strangers = [name for name in units or {} if name not in features]
    if strangers:
        raise AstronnError(
            f"units are given for {strangers}, but the features are {features}; give X as a frame"
            " with names"
        )
    return dict(units or {})
