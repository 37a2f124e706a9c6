"""Majority class: every object gets the most frequent class of the training objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from astronn.inputs.tables import AcceptsNaN, check_table, check_training

TITLE = "Majority class"
KIND = "automatic"
USES_INPUTS = False
NOTE = (
    "Sees no parameter: every object gets the most frequent class of the training part. The floor"
    " of any table."
)


class MajorityClass(AcceptsNaN, ClassifierMixin, BaseEstimator):
    """predict(X) is the most frequent class of y in fit (the first in sorted order of several),
    whatever X holds.
    """

    def fit(self, X: Any, y: Any) -> MajorityClass:
        """Count the classes of y (N,); X (N, F) is only checked.

        Parameters
        ----------
        X : array_like (N, F)
            Features; NaN where missing.
        y : array_like (N,)
            Class labels.

        Returns
        -------
        MajorityClass
            Itself.
        """
        _, y = check_training(self, X, y)
        self.classes_, counts = np.unique(y, return_counts=True)
        self.majority_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The majority class, N times.

        Parameters
        ----------
        X : array_like (N, F)
            Features; NaN where missing.

        Returns
        -------
        ndarray (N,)
            Labels.
        """
        return np.full(len(check_table(self, X)), self.majority_, dtype=self.classes_.dtype)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # it cannot learn
        return tags


def build(*, random_state: int | None = None) -> MajorityClass:
    """The scheme; nothing in it is random.

    Parameters
    ----------
    random_state : int, optional
        Not used.

    Returns
    -------
    MajorityClass
        Not yet fitted.
    """
    return MajorityClass()
