"""What posteriors (N, K) are worth beside the reference classes of their objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError
from astronn.statistics.labels import Classes, encode


def top_k_right(
    reference: ArrayLike, posteriors: ArrayLike, classes: Classes, k: int = 2
) -> np.ndarray:
    """right[n] says whether the reference class of object n is among its k most probable classes:
    (N,) bool.

    `posteriors` is (N, K) in the order of `classes`; equal posteriors rank in that order, as argmax
    does, so that k = 1 is the hard answer. A posterior that is not a number raises AstronnError.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.
    k : int
        From 1 to K.

    Returns
    -------
    ndarray (N,) bool
        Object by object.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    AstronnError
        For k outside 1 to K.
    """
    codes, P = _posteriors(reference, posteriors, classes)
    if not 1 <= k <= P.shape[1]:
        raise AstronnError(f"k must lie between 1 and the {P.shape[1]} classes, got {k}")
    own = np.take_along_axis(P, codes[:, None], axis=1)  # (N, 1)
    first = np.arange(P.shape[1]) < codes[:, None]
    ahead = (own < P) | ((own == P) & first)
    return ahead.sum(1) < k


def top_k_accuracy(
    reference: ArrayLike, posteriors: ArrayLike, classes: Classes, k: int = 2
) -> float:
    """Top-k accuracy is the fraction of objects whose class is among the k most probable
    (`top_k_right`); NaN if empty.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.
    k : int
        From 1 to K.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    AstronnError
        For k outside 1 to K.
    """
    right = top_k_right(reference, posteriors, classes, k)
    return float(right.mean()) if len(right) else float("nan")


def brier_score(reference: ArrayLike, posteriors: ArrayLike, classes: Classes) -> float:
    """The Brier score is the mean over objects of sum_k (p_k - y_k)^2, from 0 to 2 (Brier 1950);
    NaN if empty.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    float
        From 0, the best, to 2.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    """
    codes, P = _posteriors(reference, posteriors, classes)
    own = np.take_along_axis(P, codes[:, None], axis=1)[:, 0]
    return float(np.mean((P**2).sum(1) - 2 * own + 1)) if len(P) else float("nan")


def log_loss(reference: ArrayLike, posteriors: ArrayLike, classes: Classes) -> float:
    """Log loss is the mean over objects of -ln(posterior of the reference class), in nats; NaN if
    empty.

    A posterior of exactly 0 counts as the smallest step of its float type (1.2e-7 for float32), or
    one object would make the mean infinite.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    float
        Nats, from 0, the best.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    """
    step = np.finfo(
        np.asarray(posteriors).dtype if np.asarray(posteriors).dtype.kind == "f" else float
    ).eps
    codes, P = _posteriors(reference, posteriors, classes)
    own = np.take_along_axis(P, codes[:, None], axis=1)[:, 0]
    return float(-np.log(np.maximum(own, step)).mean()) if len(P) else float("nan")


def _posteriors(
    reference: ArrayLike, posteriors: ArrayLike, classes: Classes
) -> tuple[np.ndarray, np.ndarray]:
    """Reference codes (N,) and posteriors (N, K) float64, checked against each other."""
    codes, P = encode(reference, classes), np.asarray(posteriors, float)
    if P.shape != (len(codes), len(classes)):
        raise AstronnError(
            f"posteriors must have the shape {(len(codes), len(classes))} (objects, classes), got"
            f" {P.shape}"
        )
    bad = np.flatnonzero(~np.isfinite(P).all(1))
    if len(bad):
        raise AstronnError(
            f"posteriors of {len(bad)} objects are not finite, the first is object {bad[0]}; mend"
            " the classifier"
        )
    return codes, P
