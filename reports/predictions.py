"""Predictions: what one classifier said of every test object. The same for networks, baselines and
anybody's scheme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from reports.confusion import FORMER_KINDS, KINDS
from reports.errors import refuse

# float32 posteriors of a softmax add up to 1 within 1e-6; more is a fault of the classifier
SUM_TOLERANCE = 1e-3
ARRAYS = (
    "object_id",
    "reference",
    "predicted",
    "posteriors",
    "calibrated",
    "outputs",
    "mutual_information",
    "stage",
)


@dataclass(frozen=True, eq=False)
class Predictions:
    """One classifier's answers, one row per object.

    `object_id`, `reference` and `predicted` are (N,) text, `posteriors` (N, K) in the order of
    `classes`, or None for a scheme that gives bare labels. `inputs` names the features that the
    classifier saw; `note` says in words what it is. Everything wrong with a set of predictions is
    reported at once, by ReportError.

    What a classifier may add: `calibrated` posteriors (N, K); prediction `sets`, name to (N, K)
    bool; raw `outputs` (N, K) of a network whose outputs need not sum to 1;
    `mutual_information` (N,) of an ensemble, in nats. `calibration` describes temperature, number
    of objects `n`, `how`, and the `level` of the sets. `stage` (N,) is de Vaucouleurs' T of the
    reference, `class_stage` (K,) the mean T of each class in training, `class_n_train` (K,) the
    objects trained on, where the test part may have another mix of classes."""

    name: str
    title: str
    kind: str
    inputs: tuple[str, ...]
    object_id: np.ndarray
    reference: np.ndarray
    predicted: np.ndarray
    posteriors: np.ndarray | None
    classes: tuple[str, ...]
    note: str = ""
    calibrated: np.ndarray | None = None
    sets: Mapping[str, np.ndarray] = field(default_factory=dict)
    outputs: np.ndarray | None = None
    mutual_information: np.ndarray | None = None
    stage: np.ndarray | None = None
    calibration: Mapping[str, Any] | None = None
    class_stage: tuple[float, ...] = ()
    class_n_train: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FORMER_KINDS.get(self.kind, self.kind))
        for name in ("object_id", "reference", "predicted"):
            object.__setattr__(self, name, np.asarray(getattr(self, name)).astype(str))
        for name in ("inputs", "classes"):
            object.__setattr__(self, name, tuple(map(str, getattr(self, name))))
        refuse(f"predictions of {self.name!r}", self._faults())

    def __len__(self) -> int:
        return len(self.object_id)

    def in_order(self, object_id: np.ndarray) -> Predictions:
        """The same predictions with their rows in the order of `object_id`, which must be the same
        objects.

        Parameters
        ----------
        object_id : ndarray (N,)
            The same objects in the order wanted.

        Returns
        -------
        Predictions
            The reordered.
        """
        if np.array_equal(self.object_id, object_id):
            return self
        own = np.argsort(self.object_id)
        return self.at(own[np.searchsorted(self.object_id, object_id, sorter=own)])

    def at(self, rows: np.ndarray) -> Predictions:
        """The predictions of some rows.

        Parameters
        ----------
        rows : ndarray (M,)
            Their numbers, each once.

        Returns
        -------
        Predictions
            Of M objects, in that order.
        """
        found = {
            name: np.asarray(getattr(self, name))
            for name in ARRAYS
            if getattr(self, name) is not None
        }
        sets = {name: np.asarray(held)[rows] for name, held in self.sets.items()}
        changes: dict[str, Any] = {name: array[rows] for name, array in found.items()}
        return replace(self, **changes, sets=sets)

    def _faults(self) -> list[str]:
        lengths = {
            name: np.shape(getattr(self, name)) for name in ("object_id", "reference", "predicted")
        }
        if len(set(lengths.values())) > 1 or len(next(iter(lengths.values()))) != 1:
            return [
                f"object_id, reference and predicted must be lists of one length, got {lengths}"
            ]
        faults = (
            [f"kind {self.kind!r} is not one of {', '.join(KINDS)}"]
            if self.kind not in KINDS
            else []
        )
        if repeated := len(self) - len(set(self.object_id.tolist())):
            faults.append(f"object_id must be unique, {repeated} are repeated")
        for name in ("reference", "predicted"):
            faults += self._label_faults(name)
        for name in ("posteriors", "calibrated"):
            faults += [] if getattr(self, name) is None else self._posterior_faults(name)
        return faults + self._shape_faults()

    def _shape_faults(self) -> list[str]:
        """What is not one row per object: sets and outputs (N, K), mutual information and stage
        (N,).
        """
        wide, n, faults = {"outputs": self.outputs, **self.sets}, len(self), []
        own = {"mutual_information": self.mutual_information, "stage": self.stage}
        for name, array in {**wide, **own}.items():
            shape = (n, len(self.classes)) if name in wide else (n,)
            if array is not None and np.shape(array) != shape:
                faults.append(f"{name} must have the shape {shape}, got {np.shape(array)}")
        return faults

    def _label_faults(self, name: str) -> list[str]:
        labels = getattr(self, name)
        known = np.zeros(len(labels), dtype=bool)
        for name_ in self.classes:  # a few: quicker than to sort the labels
            known |= labels == name_
        wrong = np.flatnonzero(~known)
        if not len(wrong):
            return []
        return [
            f"{name} label {str(labels[wrong[0]])!r} of object {self.object_id[wrong[0]]}"
            f" ({len(wrong)} such rows) is not one of: {', '.join(self.classes)}"
        ]

    def _posterior_faults(self, name: str) -> list[str]:
        P = np.asarray(getattr(self, name))
        if P.shape != (len(self), len(self.classes)):
            return [f"{name} must have the shape {(len(self), len(self.classes))}, got {P.shape}"]
        bad = np.flatnonzero(
            ~((P >= 0).all(1) & (np.abs(P.sum(1, dtype=float) - 1) < SUM_TOLERANCE))
        )
        if not len(bad):
            return []
        return [
            f"{name} must be 0 or more and add up to 1, those of object {self.object_id[bad[0]]} "
            f"({len(bad)} such rows) are {_show(P[bad[0]])}"
        ]


def pool(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of one classifier, trained anew for each of several test sets, as one;
    temperatures, numbers of calibration objects and stages of classes are means over them. What one
    of them lacks, the whole lacks.

    Parameters
    ----------
    parts : sequence of Predictions
        Of test sets that share no object.

    Returns
    -------
    Predictions
        Of all their objects.

    Raises
    ------
    ReportError
        If an object is in two of them.
    """
    first = parts[0]
    kept = [name for name in ARRAYS if all(getattr(p, name) is not None for p in parts)]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(p, name) for p in parts]) if name in kept else None
        for name in ARRAYS
    }
    sets = {
        kind: np.concatenate([p.sets[kind] for p in parts])
        for kind in first.sets
        if all(kind in p.sets for p in parts)
    }
    calibration: Mapping[str, Any] | None = None
    learned = [p.calibration for p in parts if p.calibration is not None]
    if len(learned) == len(parts):
        temperature, n = (
            float(np.mean([each[name] for each in learned])) for name in ("temperature", "n")
        )
        calibration = {**learned[0], "temperature": temperature, "n": round(n)}
    staged = all(p.class_stage for p in parts)
    return replace(
        first,
        **arrays,
        sets=sets,
        calibration=calibration,
        class_stage=(
            tuple(np.mean([p.class_stage for p in parts], axis=0).tolist()) if staged else ()
        ),
        class_n_train=(),
    )


def same_objects(predictions: Sequence[Predictions]) -> list[str]:
    """What keeps these predictions from being compared object by object; nothing when they can
    be.

    Parameters
    ----------
    predictions : sequence of Predictions
        At least one.

    Returns
    -------
    list of str
        A sentence for each fault.
    """
    first, faults = predictions[0], []
    order = np.argsort(first.object_id)
    names = [p.name for p in predictions]
    if len(set(names)) != len(names):
        faults.append(f"classifier names must differ, got {', '.join(names)}")
    for other in predictions[1:]:
        faults += _differences(first, order, other)
    return faults


def _differences(first: Predictions, order: np.ndarray, other: Predictions) -> list[str]:
    if other.classes != first.classes:
        return [
            f"{other.name} has the classes {', '.join(other.classes)}, {first.name} has"
            f" {', '.join(first.classes)}"
        ]
    if np.array_equal(other.object_id, first.object_id):  # as the pipeline has them
        differ = np.flatnonzero(other.reference != first.reference)
        return [] if not len(differ) else [_differing(other, first, first.object_id[differ[0]])]
    if set(other.object_id) != set(first.object_id):
        strange = sorted(set(other.object_id) ^ set(first.object_id))
        return [
            f"{other.name} and {first.name} differ in {len(strange)} objects, {strange[0]} is the"
            " first; use one split"
        ]
    wrong = np.flatnonzero(other.reference[np.argsort(other.object_id)] != first.reference[order])
    if len(wrong):
        return [_differing(other, first, first.object_id[order][wrong[0]])]
    return []


def _differing(other: Predictions, first: Predictions, object_id: str) -> str:
    return f"{other.name} and {first.name} differ in the reference class of {object_id}"


def _show(row: np.ndarray) -> str:
    return "[" + ", ".join(f"{p:.3g}" for p in row) + "]"
