"""The difference of two proportions of the same objects, with an interval that holds for few
objects and for none that differ.

Reference: Newcombe 1998, Statistics in Medicine 17, 2635: method 10, square-and-add of Wilson
intervals."""

from __future__ import annotations

import math

from astronn.errors import AstronnError
from astronn.statistics.metrics import wilson_interval
from astronn.statistics.significance import Interval


def paired_difference(
    both: int, only_a: int, only_b: int, neither: int, level: float = 0.95
) -> Interval:
    """p(A) - p(B) = (only_a - only_b) / n for n objects, of which A and B got ``both``, one of the
    two, or ``neither`` right.

    The ends are those of Wilson's intervals of p(A) and p(B), put together with the correlation of
    the two. Objects count as independent. No objects give NaN.

    Parameters
    ----------
    both, only_a, only_b, neither : int
        The four cells of the 2 x 2 table.
    level : float
        The confidence.

    Returns
    -------
    Interval
        The difference and its ends, from -1 to 1.

    Raises
    ------
    AstronnError
        For counts that are negative or not whole.
    """
    counts = (both, only_a, only_b, neither)
    if any(count < 0 or count != int(count) for count in counts):
        raise AstronnError(
            f"counts of objects must be whole and not negative, got {counts}; check the table"
        )
    n = sum(counts)
    if not n:
        return Interval(math.nan, math.nan, math.nan)
    right = (both + only_a, both + only_b)
    (low_a, high_a), (low_b, high_b) = (wilson_interval(k, n, level) for k in right)
    a, b = (k / n for k in right)
    phi = correlation(*counts)
    below = _combined(a - low_a, high_b - b, phi)
    above = _combined(high_a - a, b - low_b, phi)
    return Interval(a - b, a - b - below, a - b + above)


def correlation(both: int, only_a: int, only_b: int, neither: int) -> float:
    """phi of the 2 x 2 table, a positive one with Newcombe's continuity correction; 0 where a
    margin is empty.

    Parameters
    ----------
    both, only_a, only_b, neither : int
        The four cells of the 2 x 2 table.

    Returns
    -------
    float
        From -1 to 1.
    """
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if not margins:
        return 0.0
    excess: float = both * neither - only_a * only_b
    if excess > 0:
        excess = max(excess - (both + only_a + only_b + neither) / 2, 0)
    return excess / math.sqrt(margins)


def _combined(one: float, other: float, phi: float) -> float:
    """The length of the difference of two errors with a correlation; never the root of a negative
    rounding error.
    """
    return math.sqrt(max(one * one - 2 * phi * one * other + other * other, 0.0))
