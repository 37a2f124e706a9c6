"""Every number that follows from a confusion table (..., K, K); `astronn.statistics.metrics` gives
them.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError


def accuracy(C: ArrayLike) -> float | np.ndarray:
    """Accuracy is the number right over the number of objects; NaN for an empty table.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    return _ratio(np.trace(C, axis1=-2, axis2=-1), C.sum((-2, -1)))


def completeness(C: ArrayLike) -> np.ndarray:
    """completeness[i] is the fraction of the objects of class i that were given class i: (..., K);
    NaN for an empty class.

    Also called recall, sensitivity or producer's accuracy.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    ndarray (..., K)
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    return np.atleast_1d(_ratio(_diagonal(C), C.sum(-1)))


def purity(C: ArrayLike) -> np.ndarray:
    """purity[j] is the fraction of the objects given class j that are of class j: (..., K); NaN for
    a class never given.

    Also called precision, reliability or user's accuracy.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    ndarray (..., K)
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    return np.atleast_1d(_ratio(_diagonal(C), C.sum(-2)))


def balanced_accuracy(C: ArrayLike) -> float | np.ndarray:
    """Balanced accuracy is the mean completeness of the classes that have objects; NaN for an empty
    table.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    present = C.sum(-1) > 0
    recall = np.where(present, completeness(C), 0.0)
    return _ratio(recall.sum(-1), present.sum(-1))


def macro_f1(C: ArrayLike) -> float | np.ndarray:
    """Macro-F1 is the mean over classes of F1 = 2 C[i, i] / (row sum + column sum); NaN for an
    empty table.

    A class that is never given to its objects counts 0; a class absent from both reference and
    prediction is left out.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    seen = C.sum(-1) + C.sum(-2)
    f1 = np.where(seen > 0, _ratio(2 * _diagonal(C), seen), 0.0)
    return _ratio(f1.sum(-1), (seen > 0).sum(-1))


def cohen_kappa(C: ArrayLike, weights: str | None = None) -> float | np.ndarray:
    """Cohen's kappa is 1 - (observed disagreement) / (disagreement expected from the margins)
    (Cohen 1960, eq. 1).

    weights="quadratic" counts a disagreement of classes i and j as (i - j)^2 (Cohen 1968), for
    classes in their order. NaN where no disagreement is expected (empty, or every object in one
    cell).

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.
    weights : None or "quadratic"
        What a disagreement costs: 1, or the squared distance of the classes.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        Up to 1; 0 is chance.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    AstronnError
        For other weights.
    """
    C = _tables(C)
    cost = _disagreement(C.shape[-1], weights)
    total = C.sum((-2, -1))[..., None, None]
    expected = _ratio(C.sum(-1)[..., :, None] * C.sum(-2)[..., None, :], total)
    ratio = _ratio(
        np.asarray((cost * C).sum((-2, -1))), np.asarray((cost * expected).sum((-2, -1)))
    )
    return 1.0 - ratio


def matthews(C: ArrayLike) -> float | np.ndarray:
    """The Matthews coefficient is the correlation of reference and prediction as 1-of-K vectors
    (Gorodkin 2004, eq. 8).

    0 by convention where reference or prediction is constant (no correlation can be seen); NaN for
    an empty table.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From -1 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    row, column, total = C.sum(-1), C.sum(-2), C.sum((-2, -1))
    covariance = np.trace(C, axis1=-2, axis2=-1) * total - (row * column).sum(-1)
    spread = np.sqrt((total**2 - (row**2).sum(-1)) * (total**2 - (column**2).sum(-1)))
    value = np.where(spread > 0, _ratio(covariance, spread), 0.0)
    return _number(np.where(total > 0, value, np.nan))


def within_one(C: ArrayLike) -> float | np.ndarray:
    """Within one is the fraction of objects given their class or a neighbour of it, for classes in
    order; NaN if empty.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    near = _disagreement(C.shape[-1], "quadratic") <= 1
    return _ratio((C * near).sum((-2, -1)), C.sum((-2, -1)))


def no_information_rate(C: ArrayLike) -> float | np.ndarray:
    """The no-information rate is the fraction of objects in the largest reference class: what one
    constant answer scores.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1; NaN for an empty table.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    rows = _tables(C).sum(-1)
    return _ratio(rows.max(-1), rows.sum(-1))


def wilson_interval(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple:
    """The Wilson score interval is the set of proportions that k of n does not reject (Wilson
    1927): (low, high).

    k and n are numbers or arrays. NaN where n = 0. `level` is the two-sided confidence, between 0
    and 1.

    Parameters
    ----------
    k : array_like (...)
        How many.
    n : array_like (...)
        Of how many.
    level : float
        The confidence.

    Returns
    -------
    low, high : floats, or ndarrays (...)
        The ends, from 0 to 1.

    Raises
    ------
    AstronnError
        For a level outside 0 to 1, or k outside 0 to n.
    """
    k, n = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    if not 0 < level < 1:
        raise AstronnError(f"level must lie between 0 and 1, got {level}; use 0.95 for 95 per cent")
    if ((k < 0) | (k > n)).any():
        raise AstronnError(
            f"k of n needs 0 <= k <= n, got k = {k.tolist()}, n = {n.tolist()}; check the counts"
        )
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p, shrink = _ratio(k, n), 1 + np.asarray(_ratio(z * z, n))
    centre = (p + _ratio(z * z, 2 * n)) / shrink
    half = z / shrink * np.sqrt(_ratio(p * (1 - p), n) + _ratio(z * z, 4 * n * n))
    return _number(np.where(k == 0, 0 * centre, centre - half)), _number(
        np.where(k == n, 1 + 0 * centre, centre + half)
    )


def _tables(C: ArrayLike) -> np.ndarray:
    """The tables as float64 (..., K, K), refused when not square or negative."""
    C = np.asarray(C, float)
    if C.ndim < 2 or C.shape[-1] != C.shape[-2] or not C.shape[-1]:
        raise AstronnError(f"a confusion table must be square (..., K, K), got the shape {C.shape}")
    if not (C >= 0).all():
        raise AstronnError(
            "a confusion table holds counts, got a negative or missing cell; supply the full table"
        )
    return C


def _diagonal(C: np.ndarray) -> np.ndarray:
    return np.diagonal(C, axis1=-2, axis2=-1)


def _disagreement(size: int, weights: str | None) -> np.ndarray:
    """cost[i, j] of giving class j to an object of class i: (K, K)."""
    if weights not in (None, "quadratic"):
        raise AstronnError(f"unknown weights {weights!r}; choose None or 'quadratic'")
    i = np.arange(size)
    return 1.0 - np.eye(size) if weights is None else (i[:, None] - i[None, :]) ** 2.0


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> float | np.ndarray:
    """numerator / denominator, NaN where the denominator is 0."""
    a, b = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    return _number(np.divide(a, b, out=np.full(a.shape, np.nan), where=b != 0))


def _number(value: np.ndarray) -> float | np.ndarray:
    """A Python float for a 0-d array, the array itself otherwise."""
    return value if np.ndim(value) else float(value)
