"""Linear index: one number w.x for each object, cut into classes at thresholds along an ordered
sequence.

w is the least-squares fit of the class's position in the sequence (0, 1, ... K - 1) on the
standardised parameters. The K - 1 ascending thresholds stand half-way between neighbouring
positions, as a regression on the Hubble stage is read off, or ("tuned") where they put the most
training objects right, found exactly by dynamic programming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from astronn.errors import AstronnError, unknown
from astronn.inputs.normaliser import Normaliser
from astronn.inputs.tables import AcceptsNaN, check_table, check_training

TITLE = "Linear index"
KIND = "automatic"
NOTE = """One linear index of the standardised parameters (least squares on the position along the class sequence), cut
half-way between neighbouring classes, as a survey reads a type off a regression. Missing values are taken as the training
median."""
THRESHOLDS = ("half_way", "tuned")


class LinearIndex(AcceptsNaN, ClassifierMixin, BaseEstimator):
    """Thresholds on one linear index.

    ``class_order`` is the sequence of classes, None for ascending numbers; ``thresholds`` is
    "half_way" or "tuned". Learned: ``weights_`` (F,), ``offset_``, ``thresholds_`` (K - 1,)
    ascending, +-inf for a class that is never given."""

    def __init__(
        self, class_order: Sequence[Any] | None = None, thresholds: str = "half_way"
    ) -> None:
        self.class_order = class_order
        self.thresholds = thresholds

    def fit(self, X: Any, y: Any) -> LinearIndex:
        """Learn the index and its thresholds from X (N, F), y (N,).

        Parameters
        ----------
        X : array_like (N, F)
            Features; NaN where missing.
        y : array_like (N,)
            Class labels.

        Returns
        -------
        LinearIndex
            Itself.

        Raises
        ------
        AstronnError
            For unknown thresholds, or a class order that lacks or repeats a class.
        """
        if self.thresholds not in THRESHOLDS:
            raise unknown("thresholds", self.thresholds, THRESHOLDS)
        X, y = check_training(self, X, y)
        self.classes_ = np.unique(y)
        self.sequence_ = _sequence(self.class_order, self.classes_)
        position = {label: place for place, label in enumerate(self.sequence_.tolist())}
        place = np.array([position[label] for label in y.tolist()])
        self.normaliser_ = Normaliser.learn(X, "standard")
        design = np.column_stack([self._standardised(X), np.ones(len(X))])
        *self.weights_, self.offset_ = np.linalg.lstsq(design, place.astype(float), rcond=None)[0]
        self.weights_ = np.array(self.weights_)
        half_way = np.arange(len(self.sequence_) - 1) + 0.5
        tuned = self.thresholds == "tuned"
        self.thresholds_ = (
            best_thresholds(self._index(X), place, len(self.sequence_)) if tuned else half_way
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The class between whose thresholds the index falls, (N,); on a threshold, the later
        class.

        Parameters
        ----------
        X : array_like (N, F)
            Features; NaN where missing.

        Returns
        -------
        ndarray (N,)
            Labels.
        """
        index = self._index(check_table(self, X))
        return self.sequence_[np.searchsorted(self.thresholds_, index, side="right")]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # one index cannot part classes that have no order
        return tags

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        return self.normaliser_.transform(X)[:, : X.shape[1]].astype(
            np.float64
        )  # without the flags of missing values

    def _index(self, X: np.ndarray) -> np.ndarray:
        return self._standardised(X) @ self.weights_ + self.offset_


def best_thresholds(index: np.ndarray, place: np.ndarray, n_classes: int) -> np.ndarray:
    """The (K - 1,) ascending cuts of ``index`` (N,) that put the most objects into their ``place``
    (N,), 0 to K - 1.

    An object at or above cut k and below cut k + 1 is put into class k + 1. Cuts lie half-way
    between neighbouring values.

    Parameters
    ----------
    index : ndarray (N,)
        Of the training objects.
    place : ndarray (N,) of int
        Of each object's class in the sequence.
    n_classes : int
        K.

    Returns
    -------
    ndarray (K - 1,)
        The cuts; -inf or inf for a class that is never given.
    """
    order = np.argsort(index, kind="stable")
    index, place = index[order], place[order]
    n = len(index)
    below = np.zeros(
        (n_classes, n + 1), dtype=np.int64
    )  # below[k, i]: objects of class k among the i lowest
    below[:, 1:] = np.cumsum(place == np.arange(n_classes)[:, None], axis=1)
    allowed = np.r_[True, index[1:] > index[:-1], True]  # a cut never parts equal values
    right = below[0]  # right[i]: most objects right among the i lowest, classes up to k used
    best_cuts = []
    for k in range(1, n_classes):
        gain = np.where(allowed, right - below[k], -1 - n)
        best_cuts.append(_argmax_so_far(gain))
        right = gain[best_cuts[-1]] + below[k]
    cuts, end = [], n
    for best in reversed(best_cuts):
        end = best[end]
        cuts.append(end)
    edges = np.r_[-np.inf, (index[1:] + index[:-1]) / 2, np.inf]
    return edges[cuts[::-1]]


def _argmax_so_far(values: np.ndarray) -> np.ndarray:
    """For each i, the first j <= i at which values[j] is largest."""
    rises = np.r_[True, values[1:] > np.maximum.accumulate(values)[:-1]]
    return np.maximum.accumulate(np.where(rises, np.arange(len(values)), 0))


def _sequence(class_order: Sequence[Any] | None, classes: np.ndarray) -> np.ndarray:
    """The classes of the training objects in their order along the sequence."""
    if class_order is None:
        if not np.issubdtype(classes.dtype, np.number):
            raise AstronnError(
                "class_order is needed for classes with names; give the order of"
                f" {classes.tolist()}"
            )
        return classes
    missing = set(classes.tolist()) - set(class_order)
    if missing or len(set(class_order)) < len(class_order):
        raise AstronnError(
            f"class_order must name each class once; {list(class_order)} lacks or repeats some of"
            f" {classes.tolist()}"
        )
    return np.array(
        [label for label in class_order if label in set(classes.tolist())], dtype=classes.dtype
    )


def build(class_order: Sequence[Any], *, random_state: int | None = None) -> LinearIndex:
    """The scheme for classes in ``class_order``; nothing in it is random.

    Parameters
    ----------
    class_order : sequence
        The classes along the sequence.
    random_state : int, optional
        Not used.

    Returns
    -------
    LinearIndex
        Not yet fitted.
    """
    return LinearIndex(class_order)
