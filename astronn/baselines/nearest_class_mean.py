"""Nearest class mean: class(x) = argmin_k |s(x) - mean of s over training objects of class k|, s
standardised.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from astronn.inputs.normaliser import Normaliser
from astronn.inputs.tables import AcceptsNaN, check_table, check_training

TITLE = "Nearest class mean"
KIND = "automatic"
NOTE = """The class whose mean in standardised parameters is nearest (Euclidean): a scheme in the style of the automatic
classification of the ESO-LV catalogue (Lauberts & Valentijn 1989). Missing values are taken as the training median."""


class NearestClassMean(AcceptsNaN, ClassifierMixin, BaseEstimator):
    """The class of the nearest mean; ``means_`` (K, F) are in standard deviations of the training
    objects.
    """

    def fit(self, X: Any, y: Any) -> NearestClassMean:
        """Learn scale and class means from X (N, F), y (N,).

        Parameters
        ----------
        X : array_like (N, F)
            Features; NaN where missing.
        y : array_like (N,)
            Class labels.

        Returns
        -------
        NearestClassMean
            Itself.
        """
        X, y = check_training(self, X, y)
        self.classes_ = np.unique(y)
        self.normaliser_ = Normaliser.learn(X, "standard")
        table = self._standardised(X)
        self.means_ = np.stack([table[y == label].mean(axis=0) for label in self.classes_])
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The class of the nearest mean, (N,); the first of ``classes_`` where two are as near.

        Parameters
        ----------
        X : array_like (N, F)
            Features; NaN where missing.

        Returns
        -------
        ndarray (N,)
            Labels.
        """
        table = self._standardised(check_table(self, X))
        # |x - m|^2 = |x|^2 - 2 x.m + |m|^2, and |x|^2 is the same for every class.
        distance = (self.means_**2).sum(axis=1) - 2 * table @ self.means_.T
        return self.classes_[distance.argmin(axis=1)]

    def _standardised(self, X: np.ndarray) -> np.ndarray:
        return self.normaliser_.transform(X)[:, : X.shape[1]].astype(
            np.float64
        )  # without the flags of missing values


def build(*, random_state: int | None = None) -> NearestClassMean:
    """The scheme; nothing in it is random.

    Parameters
    ----------
    random_state : int, optional
        Not used.

    Returns
    -------
    NearestClassMean
        Not yet fitted.
    """
    return NearestClassMean()
