"""Sets of classes that hold the true one with a stated probability, whatever the classifier:
split-conformal prediction.

Thresholds come from calibration objects that the classifier was not trained on; a set then misses
the class of a new, exchangeable object with probability at most alpha, averaged over objects (Vovk,
Gammerman & Shafer 2005, Algorithmic Learning in a Random World). A threshold is the ceil((n + 1) (1
- alpha))-th smallest score of n objects' own classes (Lei et al. 2018, JASA 113, 1094, algorithm
2). Scores, low where class k fits:
"lac"       1 - p_k, the smallest sets on average; Sadinle, Lei & Wasserman 2019, JASA 114, 223.
"adaptive"  the posteriors of all classes more probable than k, and u p_k: sets grow with the
            difficulty of the object; u is uniform in 0 to 1, or 1 if not randomised; Romano, Sesia
            & Candes 2020, NeurIPS, arXiv:2006.02544.
With by_class each class has its own threshold, and its own guarantee ("Mondrian" in Vovk et al.).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from astronn import options
from astronn.compute import randomness
from astronn.errors import AstronnError
from astronn.statistics import metrics

SCORES = ("lac", "adaptive")
RULES = {
    "score": options.one_of(SCORES),
    "alpha": options.real(0, 1),
    "randomised": options.one_of([True, False]),
    "by_class": options.one_of([True, False]),
}


class ConformalSets(BaseEstimator):
    """Sets of classes that miss the true class with probability ``alpha``.

    ``classes`` names the columns of the posteriors; None: the sorted labels, all of which must then
    occur. ``randomised`` concerns the adaptive score alone and makes its coverage exact; the draws
    come from ``random_state``. Learned: ``thresholds_`` (K,), infinite where the calibration
    objects are too few to leave any class out, ``classes_``, ``counts_``."""

    def __init__(
        self,
        classes: Sequence[Any] | None = None,
        *,
        score: str = "adaptive",
        alpha: float = 0.1,
        randomised: bool = True,
        by_class: bool = False,
        random_state: int = 0,
    ) -> None:
        self.classes = classes
        self.score = score
        self.alpha = alpha
        self.randomised = randomised
        self.by_class = by_class
        self.random_state = random_state

    def fit(self, posteriors: ArrayLike, labels: ArrayLike) -> ConformalSets:
        """Learn the thresholds from posteriors (N, K) and labels (N,) of objects that the
        classifier was not trained on.

        Raises
        ------
        AstronnError
            If there are not as many labels as posteriors.
        """
        options.check(self.get_params(deep=False), RULES)
        self.classes_ = np.unique(labels) if self.classes is None else np.asarray(self.classes)
        P, codes = _table(posteriors, len(self.classes_)), metrics.encode(labels, self.classes_)
        if len(P) != len(codes):
            raise AstronnError(
                f"there are {len(P)} posteriors and {len(codes)} labels; give one of each"
            )
        own = self._scores(P, "calibration")[np.arange(len(P)), codes]  # (N,)
        self.counts_ = np.bincount(codes, minlength=len(self.classes_))
        if self.by_class:
            self.thresholds_ = np.array(
                [conformal_quantile(own[codes == k], self.alpha) for k in range(len(self.classes_))]
            )
        else:
            self.thresholds_ = np.full(len(self.classes_), conformal_quantile(own, self.alpha))
        return self

    def predict(self, posteriors: ArrayLike, *, u: ArrayLike | None = None) -> np.ndarray:
        """member[n, k] says whether class k is in the set of object n: (N, K) bool from posteriors
        (N, K).

        ``u`` (N,) are the random draws, from ``random_state`` and the place of the object where
        None. A set can be empty: no class fits as well as the calibration objects' own classes did.
        """
        check_is_fitted(self)
        P = _table(posteriors, len(self.classes_))
        return self._scores(P, "prediction", u) <= self.thresholds_

    def _scores(self, P: np.ndarray, purpose: str, u: ArrayLike | None = None) -> np.ndarray:
        """Of every class, (N, K)."""
        if self.score == "lac":
            return 1 - P
        if not self.randomised:
            u = np.ones(len(P))
        elif u is None:
            u = randomness.stream(self.random_state, f"conformal {purpose}").random(len(P))
        return adaptive_scores(P, np.asarray(u, float))


def adaptive_scores(posteriors: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Sum of the posteriors of the classes more probable than k, and u p_k: (N, K) (Romano et al.
    2020, section 2).

    Equal posteriors rank in the order of the classes.
    """
    order = np.argsort(-posteriors, axis=1, kind="stable")
    ranked = np.take_along_axis(posteriors, order, axis=1)
    scores = np.cumsum(ranked, axis=1) - (1 - u[:, None]) * ranked
    out = np.empty_like(scores)
    np.put_along_axis(out, order, scores, axis=1)
    return out


def conformal_quantile(scores: ArrayLike, alpha: float) -> float:
    """The ceil((n + 1) (1 - alpha))-th smallest of n scores; infinite where that exceeds n, so for
    no scores too. ``scores``: (n,).
    """
    scores = np.sort(np.asarray(scores, float))
    rank = ceil((len(scores) + 1) * (1 - alpha) - 1e-9)  # 10 x 0.9 is 9, whatever its rounding
    return float(scores[rank - 1]) if rank <= len(scores) else float("inf")


def _table(posteriors: ArrayLike, n_classes: int) -> np.ndarray:
    P = np.asarray(posteriors, float)
    if P.ndim != 2 or P.shape[1] != n_classes or not np.isfinite(P).all():
        rule = f"finite numbers (objects, {n_classes} classes)"
        raise AstronnError(f"posteriors must be {rule}, got the shape {P.shape} or NaN in it")
    return P
