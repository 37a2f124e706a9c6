"""Whether two classifiers differ on one test set: McNemar, paired bootstrap, Holm, and what margins
alone allow.

References: McNemar 1947, Psychometrika 12, 153; Efron & Tibshirani 1993, An Introduction to the
Bootstrap, section 13.3; Holm 1979, Scand. J. Stat. 6, 65."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError

EXACT_BELOW = 25  # discordant objects under which the chi-square approximation is not used
CHI2_5_PERCENT = 3.841  # 95 per cent point of chi-square with one degree of freedom
BLOCK = 1_000_000  # random counts drawn at a time by a bootstrap: about 8 MB


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
    """An estimate with its percentile interval; all three NaN without objects."""

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


def paired_bootstrap(
    right_a: ArrayLike,
    right_b: ArrayLike,
    groups: ArrayLike | None = None,
    n: int = 10_000,
    seed: int | Sequence[int] = 0,
    level: float = 0.95,
) -> Interval:
    """The paired bootstrap resamples objects (or groups) and gives accuracy(A) - accuracy(B) with
    its percentile interval.

    `right_a`, `right_b` (N,) say which objects each got right, in one order. With `groups` (N,)
    whole groups are drawn, so that several rows of one object count once. Equal rows are pooled, so
    that a resample is one multinomial draw and the cost does not grow with N. No objects give NaN.

    Parameters
    ----------
    right_a : array_like (N,) of bool
        Which objects A got right.
    right_b : array_like (N,) of bool
        Which objects B got right, in the same order.
    groups : array_like (N,), optional
        The object or group that each row belongs to.
    n : int
        How many resamples.
    seed : int or sequence of int
        Where the draws start.
    level : float
        The share of the draws between the ends.

    Returns
    -------
    Interval
        The difference in accuracy and its ends.

    Raises
    ------
    AstronnError
        For lists of unequal length.
    """
    gain = np.asarray(right_a, bool).astype(np.int64) - np.asarray(right_b, bool).astype(np.int64)
    if np.shape(right_a) != np.shape(right_b) or gain.ndim != 1:
        raise AstronnError(
            f"right_a and right_b must be lists of one length, got {np.shape(right_a)} and"
            f" {np.shape(right_b)}"
        )
    if not len(gain):
        return Interval(math.nan, math.nan, math.nan)
    units = group_sums(
        np.column_stack([gain, np.ones_like(gain)]), groups
    )  # (G, 2): sum of gains, number of objects
    draws = resample_sums(units, n, seed)
    low, high = np.quantile(draws[:, 0] / draws[:, 1], [0.5 - level / 2, 0.5 + level / 2])
    return Interval(float(gain.mean()), float(low), float(high))


def group_sums(rows: ArrayLike, groups: ArrayLike | None) -> np.ndarray:
    """sums[g] adds up the rows of group g: (G, D) from rows (N, D); the rows themselves when groups
    is None.

    Parameters
    ----------
    rows : array_like (N, D)
        What is added up.
    groups : array_like (N,), optional
        The object or group that each row belongs to.

    Returns
    -------
    ndarray (G, D)
        In the sorted order of the groups' names.

    Raises
    ------
    AstronnError
        For groups of another length.
    """
    rows = np.asarray(rows)
    if groups is None:
        return rows
    if np.shape(groups) != (len(rows),):
        raise AstronnError(
            f"groups must have one entry per object, {len(rows)} in all, got the shape"
            f" {np.shape(groups)}"
        )
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((member.max(initial=-1) + 1, rows.shape[1]), rows.dtype)
    np.add.at(sums, member.reshape(-1), rows)
    return sums


def resample_sums(
    units: ArrayLike, n: int, seed: int | Sequence[int], multiplicity: ArrayLike | None = None
) -> np.ndarray:
    """draws[r] is the sum of as many units, drawn with replacement, as there are: (n, D) float64
    from units (G, D).

    Equal units are pooled and drawn together by a multinomial. `multiplicity` (G,) says how often
    each unit occurs; once when None. No units raise AstronnError.

    Parameters
    ----------
    units : array_like (G, D)
        What is drawn.
    n : int
        How many resamples.
    seed : int or sequence of int
        Where the draws start.
    multiplicity : array_like (G,), optional
        How often each unit occurs.

    Returns
    -------
    ndarray (n, D) float64
        The sums.

    Raises
    ------
    AstronnError
        If there is no unit to draw.
    """
    units = np.asarray(units)
    if multiplicity is None:
        units, multiplicity = np.unique(units, axis=0, return_counts=True)
    multiplicity = np.asarray(multiplicity)
    total = int(multiplicity.sum())
    if not total:
        raise AstronnError("a bootstrap needs at least one unit to draw, got none")
    rng, values = np.random.default_rng(seed), units.astype(float)
    step = max(1, BLOCK // len(units))
    blocks = [
        rng.multinomial(total, multiplicity / total, min(step, n - i)) @ values
        for i in range(0, n, step)
    ]
    return np.concatenate(blocks)


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
