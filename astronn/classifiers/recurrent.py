"""Recurrent networks on light curves: ragged series in, posteriors out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options, saving
from astronn.classifiers.base import NetworkClassifier
from astronn.classifiers.shared_options import (
    EnsembleOptions,
    NetworkOptions,
    positional,
    said_of,
)
from astronn.compute import devices
from astronn.errors import AstronnError
from astronn.inputs.encoding import PiecewiseLinear
from astronn.inputs.folding import CurvePreparation, CurveStore, Part
from astronn.inputs.light_curves import Curves, check_curves
from astronn.networks import sequences as families
from astronn.options import FLAG, NOT_NEGATIVE, optional, whole
from astronn.training.checkpoints import Checkpoint
from astronn.training.light_curves import CurveSet, CurveTraining, blocks, capped, train_on_curves
from astronn.training.loop import History, Progress, TrainingConfig

SUBSAMPLE = options.Rule(lambda v: options.real(0).holds(v) and v <= 1, "a number > 0 and <= 1")
# what a network that answers after every epoch may not have, and why
CAUSAL = {
    "folded": "a fold mixes early and late epochs",
    "scalar_features": "its numbers are known only at the end",
}


@options.declared
class RecurrentClassifier(EnsembleOptions, NetworkOptions, NetworkClassifier):
    """A recurrent network on light curves: posterior = mean over networks of softmax(mean over
    views of network(view)).

    Light curves are whatever astronn.inputs.light_curves.check_curves takes: a list of (n_epochs,
    columns) arrays with the columns time in days, magnitude, error, band; or flat arrays with
    offsets, ``astronn.inputs.light_curves.Curves``, which may carry the period and further scalar
    features of each object. A curve without epochs is classified by its scalar features alone.

    With ``causal`` the network answers after every epoch (``predict_proba_over_time``) and knows
    nothing of later ones; it wants one direction with pooling "last", no fold and no scalar
    features.

    Attributes
    ----------
    classes_ : (K,) array of the class labels, sorted.
    preparation_ : astronn.inputs.folding.CurvePreparation.
    networks_ : list of ``ensemble_size`` torch modules.
    history_, n_iter_, seed_ : losses of each epoch of training, means over networks; their number;
        the seed.
    """

    input_kind = "light_curves"
    families: ClassVar[Any] = families
    network: str = positional("gru")
    folded: Annotated[
        bool, FLAG, "epochs in order of phase, not of time; needs period_days (NaN: laid out once)"
    ] = False
    cycles: Annotated[
        int, whole(1), "periods that the folded curve spans; 2 shows both minima of a binary"
    ] = 2
    harmonics: Annotated[
        int, whole(1), "multiples of the phase that come in as cosine and sine"
    ] = 2
    scalar_features: Annotated[
        bool,
        FLAG,
        "the network also gets the mean magnitude, log10 of the scatter, log10 of the period and"
        " the curves' own scalar features",
    ] = True
    bins: Annotated[
        int, whole(1), "quantile bins that each scalar feature is cut into (inputs.encoding)"
    ] = 8
    causal: Annotated[bool, FLAG, "answers after every epoch that know nothing of later ones"] = (
        False
    )
    max_points: Annotated[
        int | None,
        optional(whole(1)),
        "epochs of one curve taken at most, spread evenly over it; None: all. A causal network is"
        " trained on so many successive ones and classifies by all",
    ] = 128
    subsample: Annotated[
        float, SUBSAMPLE, "in training a curve keeps a share of its epochs from [subsample, 1]"
    ] = 1.0
    phase_shift: Annotated[bool, FLAG, "in training a folded curve begins at any phase"] = True
    noise: Annotated[float, NOT_NEGATIVE, "normal noise of so many errors added in training"] = 0.0
    test_views: Annotated[
        int,
        whole(1),
        "views averaged in classifying: other epochs of long curves, other first phases",
    ] = 1
    learning_rate: float = 0.003
    weight_decay: float = 0.01
    max_epochs: int = 20
    warm_up: float = 1.0
    clip: Annotated[
        float, NOT_NEGATIVE, "longest gradient of one step; recurrent ones may grow; 0: any"
    ] = 1.0

    def option_faults(self) -> list[str]:
        """What a network that answers after every epoch cannot have."""
        found = super().option_faults()
        if self.causal is not True:
            return found
        for name, reason in CAUSAL.items():
            value = getattr(self, name)
            if value is not False:
                found.append(f"{name} must be False with causal=True: {reason}, not {value!r}")
        if not found:
            found = said_of(self._check_causal_network)
        return found

    def _check_causal_network(self) -> None:
        own = families.own_options(self.network, self.network_options)
        forwards = hasattr(families.family(self.network).Network, "over_time")
        if own["bidirectional"] or own["pooling"] != "last" or not forwards:
            raise AstronnError(
                "causal=True needs a network that reads forwards only: network 'elman', 'lstm' or"
                ' \'gru\' and network_options={"bidirectional": False, "pooling": "last"}'
            )

    def title(self) -> str:
        """'Recurrent network (gru)', or '2 recurrent networks (conv_gru, folded light curves)'."""
        size = self.ensemble_size
        several = f"{size} recurrent networks" if size > 1 else "Recurrent network"
        return f"{several} ({self.network}{', folded light curves' if self.folded else ''})"

    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class by the whole light curve.

        Parameters
        ----------
        X : N light curves, as ``fit`` takes them.

        Returns
        -------
        (N, K) float32 in the order of ``classes_``, rows summing to 1.

        Raises
        ------
        NotFittedError : before fit. AstronnError : other bands or scalar features than in training.
        """
        store = self._store(X)
        lengths = store.n_epochs if self.causal else capped(store.n_epochs, self.max_points)
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
        """Posteriors after each epoch of each light curve, for causal=True.

        Parameters
        ----------
        X : N light curves, as ``fit`` takes them.

        Returns
        -------
        N arrays (n_epochs, K) float32; row t knows epochs 0 to t alone. Epochs are in order of
        time, all of them, those without a finite time and magnitude left out.

        Raises
        ------
        NotFittedError : before fit. AstronnError : a classifier trained with causal=False.
        """
        check_is_fitted(self)
        if not self.causal:
            raise AstronnError(
                "predict_proba_over_time needs a classifier trained with causal=True"
            )
        store, found = self._store(X), dict[int, np.ndarray]()
        with self._classifying():
            for rows in blocks(store.n_epochs):
                x, lengths, _ = self.preparation_(store, Part(rows, store.n_epochs[rows]))
                each = [network.over_time(x).softmax(-1) for network in self.networks_]
                posteriors = torch.stack(each).mean(0).cpu().numpy()
                found |= {
                    row: own[:n] for row, own, n in zip(rows.tolist(), posteriors, lengths.tolist())
                }
        return [found[row] for row in range(len(found))]

    def _store(self, X: Any) -> CurveStore:
        check_is_fitted(self)
        return self._place(self._read(X), self._home)

    @contextmanager
    def _classifying(self) -> Iterator[None]:
        """Within the block nothing is recorded for gradients, and every device gives the same
        posteriors up to rounding in float32.
        """
        with torch.no_grad(), devices.exact(self._home), devices.threads_for(self.network_):
            yield

    def _read(self, X: Any, name: str = "X", **further: Any) -> Curves:
        curves = check_curves(X, name)
        if hasattr(self, "preparation_"):
            self.preparation_.check(curves, name)
        return curves

    def _bytes_of(self, inputs: Curves) -> Iterable[bytes | np.ndarray]:
        return [inputs.digest().encode()]

    def _prepare(
        self, inputs: Curves, rows: np.ndarray, device: torch.device, **further: Any
    ) -> CurveStore:
        self.preparation_ = CurvePreparation.learn(
            inputs[rows], scalar_features=self.scalar_features, bins=self.bins, **self._fixed()
        )
        self.preparation_.check(inputs, "X")
        return self._place(inputs, device)

    def _place(self, inputs: Curves, device: torch.device) -> CurveStore:
        return self.preparation_.store(inputs, device)

    def _set(
        self, placed: CurveStore, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> CurveSet:
        return CurveSet.of(placed, rows, codes, weights)

    def _train(
        self,
        training: CurveSet,
        held: CurveSet | None,
        member: int,
        progress: Progress,
        checkpoint: Checkpoint | None,
        **further: Any,
    ) -> tuple[torch.nn.Module, History]:
        how = CurveTraining(
            prepare=self.preparation_,
            max_points=self.max_points,
            subsample=float(self.subsample),
            causal=self.causal,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            seed=self.seed_,
            config=TrainingConfig.of(self),
        )
        return train_on_curves(self._untrained, training, held, how, member, progress, checkpoint)

    def _untrained(self) -> torch.nn.Module:
        shape = self.preparation_.n_inputs, self.preparation_.n_scalar_features
        return families.make(self.network, shape, len(self.classes_), self.network_options)

    def _fixed(self) -> dict[str, Any]:
        """What the options say of a CurvePreparation."""
        return {
            "folded": self.folded,
            "cycles": self.cycles,
            "harmonics": self.harmonics,
            "causal": self.causal,
            "shift": self.phase_shift,
            "noise": float(self.noise),
        }

    def _example(self) -> tuple[Any, ...]:
        size = self.max_points or 128
        others = torch.tensor([size]), torch.zeros(1, self.preparation_.n_scalar_features)
        shape = (size, self.preparation_.n_inputs)
        return self.network_, shape, *(other.to(self._home) for other in others)

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        prepared = self.preparation_
        document = {"network": asdict(self.network_.config), "n_bands": prepared.n_bands}
        arrays = {
            f"preparation.{name}": getattr(prepared, name)
            for name in ("survey", "step", "log_error")
        }
        if prepared.encoding is not None:
            arrays |= {f"scalars.{name}": a for name, a in prepared.encoding.arrays().items()}
        return document, arrays

    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        numbers, scalars = (saving.section(arrays, name) for name in ("preparation", "scalars"))
        encoding = PiecewiseLinear.restored(scalars) if scalars else None
        given: dict[str, Any] = {**self._fixed(), **numbers}
        self.preparation_ = CurvePreparation(
            **given, n_bands=document["n_bands"], encoding=encoding
        )

    def _restored_network(self, document: dict[str, Any]) -> torch.nn.Module:
        return families.restore(self.network, document["network"])
