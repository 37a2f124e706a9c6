"""The classifier of light curves: recurrent networks with scikit-learn's contract, ragged series
in, posteriors out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options, saving
from astronn.classifiers.base import NetworkClassifier, integer_seed, printed
from astronn.classifiers.members import (
    CLASS_WEIGHT,
    FLAG,
    NOT_NEGATIVE,
    class_weights,
    labels_of,
    mean_history,
    member_progress,
)
from astronn.compute import devices, randomness
from astronn.errors import AstronnError
from astronn.inputs.encoding import PiecewiseLinear
from astronn.inputs.folding import CurvePreparation, CurveStore, Part
from astronn.inputs.light_curves import Curves, check_curves
from astronn.inputs.normaliser import group_parts, stratified_parts
from astronn.networks import layers
from astronn.networks import sequences as families
from astronn.training.checkpoints import Checkpoint
from astronn.training.light_curves import CurveSet, CurveTraining, blocks, capped, train_on_curves
from astronn.training.loop import History, Progress, TrainingConfig


class RecurrentClassifier(NetworkClassifier):
    """A recurrent network on light curves: posterior = mean over networks of softmax(mean over
    views of network(view)).

    Light curves are whatever astronn.inputs.light_curves.check_curves takes: a list of (n_epochs,
    columns) arrays with the columns time in days, magnitude, error, band; or flat arrays with
    offsets, ``astronn.inputs.light_curves.Curves``, which may carry the period of each object and a
    table of further numbers.

    Parameters
    ----------
    network : family, "gru", "lstm", "elman", "conv_gru"; see astronn.networks.sequences.
    network_options : the family's own options, for example {"hidden": 64, "pooling": "mean"}.
    folded : epochs in order of phase, not of time; needs ``period_days``. A curve whose period is
        NaN is laid out once.
    cycles, harmonics : periods that the folded curve spans (2 shows both minima of an eclipsing
        binary whose period was taken for half of it), and how many multiples of the phase come in
        as cosine and sine.
    auxiliary, pieces : the network also gets the mean magnitude, log10 of the scatter, log10 of the
        period and the table's numbers, each cut into ``pieces`` (astronn.inputs.encoding).
    causal : answers after every epoch that know nothing of later ones
        (``predict_proba_over_time``); wants a network in one direction with pooling "last", no fold
        and no auxiliary numbers, which are known only at the end.
    max_points : epochs of one curve that the network takes at most, spread evenly over it; None:
        all. A causal network is trained on so many successive ones and classifies by all.
    subsample : in training each curve keeps a share of its epochs drawn from [subsample, 1].
    phase_shift, noise : in training a folded curve begins at any phase; normal noise of so many
        errors is added.
    test_views : views averaged in classifying: other epochs of curves longer than ``max_points``,
        other first phases.
    class_weight, label_smoothing, learning_rate, weight_decay, batch_size, max_epochs, warm_up,
    averaging, early_stopping,
    validation_fraction, patience, n_networks, device, random_state, verbose : as for
        ConvolutionalClassifier; epochs here are of training.
    clip : longest gradient of one step; longer ones are shortened to it, which recurrent networks
        need.

    Learned: ``classes_``, ``preparation_``, ``networks_``, ``history_`` (means over networks),
        ``n_iter_`` (epochs of
    training), ``seed_``. A curve without epochs is classified by its auxiliary numbers alone.
    """

    sees: ClassVar[str] = "light_curves"
    rules = {  # noqa: RUF012
        "folded": FLAG,
        "cycles": options.whole(1),
        "harmonics": options.whole(1),
        "auxiliary": FLAG,
        "pieces": options.whole(1),
        "causal": FLAG,
        "max_points": options.optional(options.whole(1)),
        "subsample": options.Rule(
            lambda v: options.real(0).holds(v) and v <= 1, "a number > 0 and <= 1"
        ),
        "phase_shift": FLAG,
        "noise": NOT_NEGATIVE,
        "test_views": options.whole(1),
        "class_weight": CLASS_WEIGHT,
        "label_smoothing": options.real(0, 1, include_low=True),
        "learning_rate": options.real(0),
        "weight_decay": NOT_NEGATIVE,
        "batch_size": options.whole(1),
        "max_epochs": options.whole(1),
        "warm_up": NOT_NEGATIVE,
        "clip": NOT_NEGATIVE,
        "averaging": options.real(0, 1, include_low=True),
        "early_stopping": FLAG,
        "validation_fraction": options.real(0, 1),
        "patience": options.whole(1),
        "n_networks": options.whole(1),
    }

    def __init__(
        self,
        network: str = "gru",
        *,
        network_options: Mapping[str, Any] | None = None,
        folded: bool = False,
        cycles: int = 2,
        harmonics: int = 2,
        auxiliary: bool = True,
        pieces: int = 8,
        causal: bool = False,
        max_points: int | None = 128,
        subsample: float = 1.0,
        phase_shift: bool = True,
        noise: float = 0.0,
        test_views: int = 1,
        class_weight: Mapping | str | float | None = None,
        label_smoothing: float = 0.0,
        learning_rate: float = 0.003,
        weight_decay: float = 0.01,
        batch_size: int = 64,
        max_epochs: int = 20,
        warm_up: float = 1.0,
        clip: float = 1.0,
        averaging: float = 0.99,
        early_stopping: bool = False,
        validation_fraction: float = 0.15,
        patience: int = 10,
        n_networks: int = 1,
        device: str | torch.device = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.network = network
        self.network_options = network_options
        self.folded = folded
        self.cycles = cycles
        self.harmonics = harmonics
        self.auxiliary = auxiliary
        self.pieces = pieces
        self.causal = causal
        self.max_points = max_points
        self.subsample = subsample
        self.phase_shift = phase_shift
        self.noise = noise
        self.test_views = test_views
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.warm_up = warm_up
        self.clip = clip
        self.averaging = averaging
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.n_networks = n_networks
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        groups: Any = None,
        validation: tuple[Any, Any] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
    ) -> RecurrentClassifier:
        """Train on light curves X and labels y (N,), one for each whole curve.

        ``groups``, ``validation`` (light curves, labels), ``checkpoint`` and ``progress`` are those
        of ConvolutionalClassifier.fit."""
        self.check_options()
        device = devices.resolve(self.device)
        curves = check_curves(X)
        labels = labels_of(y, len(curves), "y", "light curve")
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise AstronnError(
                f"y holds one class, {self.classes_[0]!r}; a classifier needs at least two classes"
            )
        self.seed_ = integer_seed(self.random_state)
        identity = self._identity(curves, codes) if checkpoint is not None else ""
        kept, aside = self._parts(codes, groups, validation)
        self.preparation_ = CurvePreparation.learn(
            curves[kept], auxiliary=self.auxiliary, pieces=self.pieces, **self._fixed()
        )
        self.preparation_.check(curves, "X")
        training, held = self._sets(curves, codes, kept, aside, validation, device)
        report, trained = progress or printed(self.verbose), []
        for member in range(self.n_networks):
            keep = (
                Checkpoint(Path(checkpoint) / f"network-{member}.safetensors", identity)
                if checkpoint is not None
                else None
            )
            shown = partial(member_progress, report, member, self.n_networks)
            trained.append(
                train_on_curves(self._start, training, held, self._how(), member, shown, keep)
            )
        self.networks_ = [network for network, _ in trained]
        self.history_ = mean_history([history for _, history in trained])
        self.n_iter_ = len(self.history_.loss)
        return self

    def check_options(self) -> None:
        """Raise one AstronnError that names every option whose value breaks its rule."""
        rules = dict(self.rules)
        if self.causal:
            reasons = {
                "folded": "a fold mixes early and late epochs",
                "auxiliary": "its numbers are known only at the end",
            }
            for name, text in reasons.items():
                rules[name] = options.Rule(lambda v: v is False, f"False with causal=True: {text}")
        options.check(self.get_params(deep=False), rules)
        if self.warm_up >= self.max_epochs:
            raise AstronnError(
                f"warm_up must be < max_epochs, not {self.warm_up} with"
                f" max_epochs={self.max_epochs}"
            )
        own = families.own_options(self.network, self.network_options)
        if self.causal and (
            own["bidirectional"] or own["pooling"] != "last" or not self._has_over_time()
        ):
            raise AstronnError(
                "causal=True needs a network that reads forwards only: network 'elman', 'lstm' or"
                ' \'gru\' and network_options={"bidirectional": False, "pooling": "last"}'
            )

    def title(self) -> str:
        """'Recurrent network (gru)', or '2 recurrent networks (conv_gru, folded light curves)'."""
        several = (
            f"{self.n_networks} recurrent networks" if self.n_networks > 1 else "Recurrent network"
        )
        return f"{several} ({self.network}{', folded light curves' if self.folded else ''})"

    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class, (N, K) float32 in the order of ``classes_``, rows
        summing to 1.
        """
        store = self._store(X)
        lengths = store.count if self.causal else capped(store.count, self.max_points)
        out = np.empty((len(lengths), len(self.classes_)), dtype=np.float32)
        views = [(view + 0.5) / self.test_views for view in range(self.test_views)]
        with self._classifying():
            for rows in blocks(lengths):
                inputs = [
                    self.preparation_(store, Part(rows, lengths[rows], view=view)) for view in views
                ]
                logits = [
                    torch.stack([network(*x) for x in inputs]).mean(0) for network in self.networks_
                ]
                out[rows.cpu().numpy()] = torch.stack(logits).softmax(-1).mean(0).cpu().numpy()
        return out

    def predict_proba_over_time(self, X: Any) -> list[np.ndarray]:
        """Posteriors after each epoch of each light curve: row t of (n_epochs, K) float32 knows
        epochs 0 to t alone.

        For causal=True. Epochs are in order of time, all of them, those without a finite time and
        magnitude left out."""
        check_is_fitted(self)
        if not self.causal:
            raise AstronnError(
                "predict_proba_over_time needs a classifier trained with causal=True"
            )
        store, found = self._store(X), {}
        with self._classifying():
            for rows in blocks(store.count):
                x, lengths, _ = self.preparation_(store, Part(rows, store.count[rows]))
                posteriors = (
                    torch.stack([network.over_time(x).softmax(-1) for network in self.networks_])
                    .mean(0)
                    .cpu()
                    .numpy()
                )
                found |= {
                    row: own[:n] for row, own, n in zip(rows.tolist(), posteriors, lengths.tolist())
                }
        return [found[row] for row in range(len(found))]

    def describe(self) -> str:
        """The table of layers with the shape of what each gives for a curve of ``max_points``
        epochs and its parameters.
        """
        check_is_fitted(self)
        size = self.max_points or 128
        others = torch.tensor([size]), torch.zeros(1, self.preparation_.n_auxiliary)
        device = next(self.networks_[0].parameters()).device
        shape = (size, self.preparation_.n_inputs)
        return layers.text(self.networks_[0], shape, *(other.to(device) for other in others))

    def _has_over_time(self) -> bool:
        return hasattr(families.family(self.network).Network, "over_time")

    def _store(self, X: Any) -> CurveStore:
        check_is_fitted(self)
        curves = check_curves(X)
        self.preparation_.check(curves, "X")
        return self.preparation_.store(curves, next(self.networks_[0].parameters()).device)

    @contextmanager
    def _classifying(self) -> Iterator[None]:
        """Within the block nothing is recorded for gradients, and a card gives the same bytes each
        time.
        """
        network = self.networks_[0]
        with (
            torch.no_grad(),
            devices.same_bytes(next(network.parameters()).device),
            devices.threads_for(network),
        ):
            yield

    def _fixed(self) -> dict[str, Any]:
        """What the options say of a CurvePreparation."""
        return {
            "folded": self.folded,
            "cycles": self.cycles,
            "harmonics": self.harmonics,
            "running": self.causal,
            "shift": self.phase_shift,
            "noise": float(self.noise),
        }

    def _parts(
        self, codes: np.ndarray, groups: Any, validation: Any
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The rows to train on and those of the training curves to validate on, if any."""
        everything = np.arange(len(codes))
        if validation is not None and not self.early_stopping:
            raise AstronnError(
                "validation is given but early_stopping is False; set early_stopping=True to use it"
            )
        if not self.early_stopping or validation is not None:
            return everything, None
        draws = randomness.stream(self.seed_, "validation part")
        if groups is None:
            return stratified_parts(codes, draws.permutation(len(codes)), self.validation_fraction)
        return group_parts(
            labels_of(groups, len(codes), "groups", "light curve"), draws, self.validation_fraction
        )

    def _sets(
        self,
        curves: Curves,
        codes: np.ndarray,
        kept: np.ndarray,
        aside: np.ndarray | None,
        validation: tuple[Any, Any] | None,
        device: torch.device,
    ) -> tuple[CurveSet, CurveSet | None]:
        """What to train on and what to validate on, on the device."""
        store = self.preparation_.store(curves, device)
        weights = class_weights(self.class_weight, self.classes_, codes)
        training = CurveSet.of(store, kept, codes, weights)
        if aside is not None:
            return training, CurveSet.of(store, aside, codes, weights)
        if validation is None:
            return training, None
        held = check_curves(validation[0], "validation X")
        self.preparation_.check(held, "validation X")
        labels = labels_of(validation[1], len(held), "validation y", "light curve")
        if not np.isin(labels, self.classes_).all():
            raise AstronnError("validation must hold labels of the training light curves' classes")
        held_codes = np.searchsorted(self.classes_, labels)
        of_class = np.ones(len(self.classes_), dtype=np.float32)
        of_class[codes] = weights
        store = self.preparation_.store(held, device)
        return training, CurveSet.of(store, np.arange(len(held)), held_codes, of_class[held_codes])

    def _how(self) -> CurveTraining:
        return CurveTraining(
            prepare=self.preparation_,
            max_points=self.max_points,
            subsample=float(self.subsample),
            over_time=self.causal,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            seed=self.seed_,
            config=TrainingConfig(
                learning_rate=self.learning_rate,
                max_epochs=self.max_epochs,
                patience=self.patience,
                warm_up=self.warm_up,
                weight_decay=self.weight_decay,
                clip=self.clip,
                averaging=self.averaging,
            ),
        )

    def _start(self) -> torch.nn.Module:
        shape = self.preparation_.n_inputs, self.preparation_.n_auxiliary
        return families.make(self.network, shape, len(self.classes_), self.network_options)

    def _identity(self, curves: Curves, codes: np.ndarray) -> str:
        """A digest of light curves, labels, options and seed: all that fixes a training but the
        machine.
        """
        if not isinstance(self.random_state, int | np.integer):
            raise AstronnError(
                f"checkpoint needs an integer random_state, not {self.random_state!r}: other seeds"
                " never match"
            )
        said = self._plain_options() | {"device": None, "verbose": None, "curves": curves.digest()}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode())
        digest.update(np.ascontiguousarray(codes))
        return digest.hexdigest()

    def _plain_options(self) -> dict[str, Any]:
        own = dict(self.network_options) if self.network_options is not None else None
        return saving.plain_options(self.get_params(deep=False) | {"network_options": own})

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Options and all that was learned: a JSON document and named arrays, for
        astronn.saving.
        """
        prepared = self.preparation_
        document = {
            "options": self._plain_options(),
            "classes": saving.plain_labels(self.classes_),
            "network": asdict(self.networks_[0].config),
            "n_bands": prepared.n_bands,
            "history": asdict(self.history_),
            "seed": self.seed_,
        }
        arrays = {
            f"preparation.{name}": getattr(prepared, name)
            for name in ("survey", "step", "log_error")
        }
        if prepared.scalars is not None:
            arrays |= {
                f"scalars.{name}": array for name, array in prepared.scalars.arrays().items()
            }
        for member, network in enumerate(self.networks_):
            arrays |= {
                f"network.{member}.{name}": tensor.cpu().numpy()
                for name, tensor in network.state_dict().items()
            }
        return document, arrays

    @classmethod
    def _from_state(
        cls, document: dict[str, Any], arrays: dict[str, np.ndarray], device: str
    ) -> RecurrentClassifier:
        """The estimator that ``_state`` described, its networks on ``device``."""
        self = cls(**saving.restored_options(document["options"]) | {"device": device})
        self.classes_, self.seed_ = saving.restored_labels(document["classes"]), document["seed"]
        numbers, scalars = (saving.section(arrays, name) for name in ("preparation", "scalars"))
        encoding = PiecewiseLinear.restored(scalars) if scalars else None
        self.preparation_ = CurvePreparation(
            **self._fixed(), n_bands=document["n_bands"], scalars=encoding, **numbers
        )
        self.history_ = History(**document["history"])
        self.n_iter_ = len(self.history_.loss)
        self.networks_ = []
        for member in range(self.n_networks):
            network = families.restore(self.network, document["network"])
            weights = saving.section(arrays, f"network.{member}")
            network.load_state_dict(
                {name: torch.from_numpy(array) for name, array in weights.items()}
            )
            self.networks_.append(network.eval().to(devices.resolve(device)))
        return self
