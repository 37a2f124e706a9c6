"""Whether two classifiers differ on one test set: McNemar, Holm, and what margins alone allow.

References: McNemar 1947, Psychometrika 12, 153; Efron & Tibshirani 1993, An Introduction to the
Bootstrap, section 13.3; Holm 1979, Scand. J. Stat. 6, 65."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError

EXACT_BELOW = 25  # discordant objects under which the chi-square approximation is not used
CHI2_5_PERCENT = 3.841  # 95 per cent point of chi-square with one degree of freedom


@dataclass(frozen=True)
class McNemar:
    """McNemar's test of b objects that only A got right against c that only B got right."""

    only_a: int
    only_b: int
    chi2: float  # (b - c)^2 / (b + c), no continuity correction; 0 when b = c = 0
    p_value: float  # two-sided
    method: str  # "exact" or "chi2"


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; all three NaN without objects."""

    value: float
    low: float
    high: float


def mcnemar(b: int, c: int) -> McNemar:
    """McNemar's test asks whether b and c, the objects that only A and only B got right, come from
    one even coin.

    Exact two-sided binomial when b + c < 25, else chi-square = (b - c)^2 / (b + c) with one degree
    of freedom and no continuity correction (McNemar 1947). b = c = 0 gives p = 1.

    Parameters
    ----------
    b : int
        Objects that only A got right.
    c : int
        Objects that only B got right.

    Returns
    -------
    McNemar
        The counts, chi-square, p value and which test it was.

    Raises
    ------
    AstronnError
        For counts that are negative or not whole.
    """
    if b != int(b) or c != int(c) or min(b, c) < 0:
        raise AstronnError(
            f"discordant counts must be whole numbers from 0 up, got b = {b}, c = {c}"
        )
    b, c = int(b), int(c)
    chi2 = (b - c) ** 2 / (b + c) if b + c else 0.0
    if b + c < EXACT_BELOW:
        tail = sum(math.comb(b + c, i) for i in range(min(b, c) + 1)) / 2 ** (b + c)
        return McNemar(b, c, chi2, min(1.0, 2 * tail), "exact")
    return McNemar(b, c, chi2, chi2_p_value(chi2), "chi2")


def chi2_p_value(chi2: float) -> float:
    """The chance that a chi-square variable with one degree of freedom exceeds `chi2`:
    erfc(sqrt(chi2 / 2)).

    Parameters
    ----------
    chi2 : float
        From 0.

    Returns
    -------
    float
        From 0 to 1.
    """
    return math.erfc(math.sqrt(chi2 / 2))


def holm(p_values: ArrayLike) -> np.ndarray:
    """adjusted[i] is the smallest family-wise level at which Holm's step-down rejects hypothesis i
    (Holm 1979): (m,).

    Never below the p value, never above 1, in the order given. No p values give none; one outside 0
    to 1 raises.

    Parameters
    ----------
    p_values : array_like (m,)
        From 0 to 1.

    Returns
    -------
    ndarray (m,)
        The adjusted p values, in the same order.

    Raises
    ------
    AstronnError
        For a p value outside 0 to 1, or NaN.
    """
    p = np.asarray(p_values, float)
    if not ((p >= 0) & (p <= 1)).all():
        raise AstronnError(f"p values must lie between 0 and 1, got {p.tolist()}")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def mcnemar_bounds(
    right_a: ArrayLike, right_b: ArrayLike, totals: ArrayLike
) -> tuple[float, float]:
    """The least and the greatest McNemar chi-square that margins allow: (low, high), when objects
    were not published.

    `right_a`, `right_b`, `totals` (K,) are numbers right and numbers of objects per class; one
    entry each when only the sums are known. In a class of n objects with a and b right, the number
    both got right lies in [max(0, a + b - n), min(a, b)]; the difference sum(a) - sum(b) is fixed,
    so chi-square falls as the discordant count sum(a) + sum(b) - 2 sum(both) grows. Equal numbers
    right give (0, 0).

    Parameters
    ----------
    right_a : array_like (K,)
        Numbers right of A per class.
    right_b : array_like (K,)
        Numbers right of B per class.
    totals : array_like (K,)
        Objects per class.

    Returns
    -------
    low, high : float
        The ends.

    Raises
    ------
    AstronnError
        For numbers right below 0 or above the totals, or lists of unequal length.
    """
    a, b, n = (np.atleast_1d(np.asarray(x)) for x in (right_a, right_b, totals))
    if (
        a.shape != b.shape
        or a.shape != n.shape
        or a.ndim != 1
        or not ((a >= 0) & (b >= 0) & (a <= n) & (b <= n)).all()
    ):
        raise AstronnError(
            "numbers right must lie between 0 and the class totals, one per class, got"
            f" {a.tolist()} and {b.tolist()} of {n.tolist()}"
        )
    difference = int(a.sum() - b.sum())
    if difference == 0:
        return 0.0, 0.0
    apart = a.sum() + b.sum()
    most, least = apart - 2 * np.maximum(0, a + b - n).sum(), apart - 2 * np.minimum(a, b).sum()
    return float(difference**2 / most), float(difference**2 / least)


def verdict(low: float, high: float, critical: float = CHI2_5_PERCENT) -> str:
    """What bounds on a chi-square decide at 5 per cent: "significant", "not significant", or
    "undecidable" between.

    Parameters
    ----------
    low, high : float
        Bounds of the chi-square.
    critical : float
        The chi-square that is exceeded by chance in 5 of 100 cases.

    Returns
    -------
    str
        The verdict.
    """
    if low > critical:
        return "significant"
    return "not significant" if high <= critical else "undecidable"
