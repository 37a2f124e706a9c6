"""Posteriors that can be trusted, and sets of classes, of one classifier: learned from objects that
it was not trained on.

Where the split has a validation part, the classifier's own posteriors of that part teach:
split-conformal sets in the strict sense. Where it has none, nothing is taken from a small training
part: copies, each trained on the training part less one of five folds (groups stay whole), give the
out-of-fold posteriors, and the classifier itself trains on all. Its posteriors are a
little better than those of its copies, so sets come out rather too large than too small
(cross-conformal prediction: Vovk 2015, Annals of Mathematics and Artificial Intelligence 74, 9).
Tested objects are never looked at; how often their sets hold is measured and stands in the report.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from catalogs.catalogue import Catalogue

LEVEL = 0.9  # of the sets: they hold the class of nine objects in ten
FOLDS = 5
FOLDS_OF_LEARNED = 3  # of learned baselines, which stand in every table and should cost seconds
MANY = 20_000  # objects of a fold that are enough to calibrate by
OUT_OF_FOLD = "training objects, each by a copy that was not trained on it or its group"
VALIDATION = "objects of the split's validation part"
KINDS = {
    "adaptive": False,
    "by_class": True,
}  # prediction sets: whether each class has its own threshold


@dataclass(frozen=True)
class Calibrator:
    """A temperature and thresholds, and what they were learned from."""

    scaling: Any  # astronn.posteriors.calibrated.TemperatureScaling
    sets: Mapping[str, Any]  # kind to astronn.posteriors.conformal.ConformalSets
    n: int
    how: str

    def columns(self, posteriors: np.ndarray) -> dict[str, Any]:
        """Columns for posteriors (N, K): `calibrated` (N, K) and one `set_<kind>` (N,) of lists of
        class names each.

        An object without posteriors (NaN) has none of both."""
        known = np.isfinite(posteriors).all(axis=1)
        calibrated = np.full_like(posteriors, np.nan)
        calibrated[known] = self.scaling.transform(posteriors[known])
        found: dict[str, Any] = {"calibrated": calibrated}
        for kind, sets in self.sets.items():
            held = np.zeros(posteriors.shape, dtype=bool)
            held[known] = sets.predict(calibrated[known])
            found[f"set_{kind}"] = held
        return found

    def about(self) -> dict[str, Any]:
        """What a report says of it."""
        return {
            "temperature": self.scaling.temperature_,
            "n": self.n,
            "how": self.how,
            "level": LEVEL,
        }


def out_of_fold(
    estimator: Any, X: Any, part: Catalogue, seed: int, folds: int = FOLDS
) -> np.ndarray | None:
    """The posteriors of each object of a training part, (N, K) in the order of the scheme's
    classes, from a copy of ``estimator`` that saw neither it nor its group; None where no class has
    an object for each fold.

    ``X`` is what fit is given for the part. A class that a copy has not seen has posterior 0. Where
    one fold holds MANY objects it alone is left out and answered for, the other rows are NaN: a
    temperature and thresholds of so many are known better than they are wanted.
    """
    from astronn.posteriors import calibrated

    first = len(part) // folds >= MANY  # a fold holds enough of them
    classes, counts = np.unique(part.labels, return_counts=True)
    if counts.max() < folds:
        return None
    groups = part.group if len(np.unique(part.group)) < len(part) else None
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="The least populated class|Number of classes in training fold"
        )
        found = calibrated.out_of_fold(
            estimator,
            X,
            part.labels,
            folds=folds,
            groups=groups,
            seed=seed,
            sample_weight=weights_for(estimator, part),
            first_only=first,
        )
    posteriors = np.zeros((len(part), len(part.scheme.classes)), dtype=np.float32)
    posteriors[:, [part.scheme.classes.index(name) for name in classes]] = found
    posteriors[np.isnan(found).any(axis=1)] = np.nan
    return posteriors


def weights_for(estimator: Any, part: Catalogue) -> np.ndarray | None:
    """How much each object of a part counts in the training of ``estimator``, (N,); None where all
    count alike, or where it takes no weights, as some automatic schemes do not.
    """
    takes = "sample_weight" in signature(estimator.fit).parameters
    return part.sample_weight if takes else None


def learn(
    posteriors: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], how: str, seed: int
) -> Calibrator:
    """The Calibrator from posteriors (N, K), in the order of ``classes``, and labels (N,) of
    objects not trained on.
    """
    from astronn.posteriors.calibrated import TemperatureScaling
    from astronn.posteriors.conformal import ConformalSets

    scaling = TemperatureScaling(classes).fit(posteriors, labels)
    calibrated = scaling.transform(posteriors)
    kinds = KINDS.items()
    sets = {
        kind: ConformalSets(classes, alpha=1 - LEVEL, by_class=own, random_state=seed)
        for kind, own in kinds
    }
    return Calibrator(
        scaling, {kind: one.fit(calibrated, labels) for kind, one in sets.items()}, len(labels), how
    )
