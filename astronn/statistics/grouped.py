"""Intervals and tests where rows come in groups (fields, runs, plates, stars): the group is what
was drawn, not the row.

A statistic of the sums over groups has the standard error of the delete-one-group jackknife, and
its interval is of Student's t with one degree of freedom fewer than there are groups: with few
groups of one size it holds where a percentile bootstrap is too short (5 groups: .93 to .96 against
.78 to .84; tests/astronn/test_error_rates.py). Effects of groups make rows alike, and a test that
counts rows as independent calls equal classifiers different in a third of all draws.

References: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 11 (jackknife); Ibragimov
& Mueller 2010, J. Bus. Econ. Stat. 28, 453 (t of few groups whose variances differ); MacKinnon,
Nielsen & Webb 2023, J. Appl. Econometrics 38, 671, eq. 14 (jackknife over clusters); Korn &
Graubard 1998, Survey Methodology 24, 193 (a proportion's effective number of objects); Wilson 1927.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError

FEW = 20  # effective groups under which an interval may be too short if the groups differ in size


@dataclass(frozen=True)
class Jackknifed:
    """A statistic of sums over groups, its standard error, and the number of groups; NaN where it
    or its error is undefined."""

    value: float
    error: float
    n_groups: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """value -+ t error with n_groups - 1 degrees of freedom; NaN with fewer than two groups."""
        half = t_quantile(level, self.n_groups) * self.error
        return self.value - half, self.value + half

    def p_value(self, n_differing: int) -> float:
        """That the statistic, a difference, is 0 in all that could be drawn: two-sided t.

        Never below 2^-m, m = `n_differing` the groups of which the difference is not 0: m signs
        cannot say more, whatever the spread of a few numbers happens to be. 1 without any."""
        from scipy.special import stdtr  # scipy is slow to import, and only groups need it

        if not n_differing or math.isnan(self.value):
            return 1.0
        least = 2.0**-n_differing
        if not self.error > 0 or self.n_groups < 2:
            return least if self.n_groups > 1 else 1.0
        t = abs(self.value) / self.error
        return max(least, min(1.0, 2 * float(stdtr(self.n_groups - 1, -t))))


def t_quantile(level: float, n_groups: int) -> float:
    """The two-sided quantile of Student's t with n_groups - 1 degrees of freedom; NaN under two
    groups."""
    from scipy.special import stdtrit

    return float(stdtrit(n_groups - 1, 0.5 + level / 2)) if n_groups > 1 else math.nan


def sums(rows: ArrayLike, groups: ArrayLike) -> np.ndarray:
    """sums[g] adds up the rows of group g: (G, D) from rows (N, D), groups in sorted order.
    AstronnError if groups are not (N,).
    """
    rows = np.asarray(rows)
    if np.shape(groups) != (len(rows),):
        raise AstronnError(
            f"groups must have one entry per object, {len(rows)} in all, got the shape"
            f" {np.shape(groups)}"
        )
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    found = np.zeros((member.max(initial=-1) + 1, rows.shape[1]), rows.dtype)
    np.add.at(found, member.reshape(-1), rows)
    return found


def jackknife(
    function: Callable[[np.ndarray], np.ndarray],
    units: ArrayLike,
    multiplicity: ArrayLike | None = None,
) -> list[Jackknifed]:
    """Statistics of the sum of units (G, D) with their jackknife errors.

    Parameters
    ----------
    function : callable
        Of sums (n, D), gives the statistics of each, (n,) or (n, M).
    units : array_like, shape (G, D)
        What each group adds to the sums.
    multiplicity : array_like, shape (G,), optional
        How often each unit occurs; once without it.

    Returns
    -------
    list of Jackknifed
        One a statistic, M in all. A statistic that is undefined without some group has no error.
    """
    units = np.asarray(units, float)
    often = np.ones(len(units)) if multiplicity is None else np.asarray(multiplicity, float)
    total, n = often @ units, int(often.sum())
    whole = _columns(function(total[None]))[0]  # (M,)
    without = _columns(function(total - units))  # (G, M)
    centre = often @ without / max(n, 1)
    spread = often @ (without - centre) ** 2
    error = np.sqrt(spread * (n - 1) / n) if n > 1 else np.full(len(whole), np.nan)
    return [Jackknifed(float(v), float(e), n) for v, e in zip(whole, error)]


def proportion(right: ArrayLike, groups: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """The interval of the share of rows that are right, (N,) bool, where whole groups were drawn.

    Wilson's interval for as many independent objects as would have the jackknife's error (never
    more than rows, nor fewer than groups where all rows agree), with the quantile of t for the
    number of groups. NaN without rows or with a single group."""
    hits = np.asarray(right, float)
    if not len(hits):
        return math.nan, math.nan
    units = sums(np.column_stack([hits, np.ones_like(hits)]), groups)
    (found,) = jackknife(_share, units)
    p, n = found.value, float(len(hits))
    if 0 < p < 1 and found.error > 0:
        n = min(n, p * (1 - p) / found.error**2)
    elif not 0 < p < 1:
        n = float(len(units))
    return _wilson(p, n, t_quantile(level, len(units)))


def effective(groups: ArrayLike) -> float:
    """As how many groups of one size these count: (sum of sizes)^2 / (sum of their squares)
    (Kish 1965); groups (N,), 0 without rows."""
    _, sizes = np.unique(np.asarray(groups), return_counts=True)
    return float(sizes.sum() ** 2 / (sizes.astype(float) ** 2).sum()) if len(sizes) else 0.0


def _wilson(p: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's score interval of a share p of n objects, n not necessarily whole, at quantile z."""
    centre, scale = p + z * z / (2 * n), 1 + z * z / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if p == 0 else (centre - half) / scale
    return low, 1.0 if p == 1 else (centre + half) / scale


def _share(totals: np.ndarray) -> np.ndarray:
    return totals[:, 0] / np.where(totals[:, 1] > 0, totals[:, 1], np.nan)


def _columns(values: np.ndarray) -> np.ndarray:
    """(n, M) from (n,) or (n, M)."""
    return np.asarray(values, float).reshape(len(values), -1)
