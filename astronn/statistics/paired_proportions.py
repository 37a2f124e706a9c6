"""The difference of two proportions of the same objects, with an interval that holds for few
objects and for none that differ, and that leaves out 0 exactly when McNemar's test rejects.

Reference: Tango 1998, Statistics in Medicine 17, 891 (score interval, eqs 9 to 12); compared with
others by Newcombe 1998, Statistics in Medicine 17, 2635."""

from __future__ import annotations

import math
from statistics import NormalDist

from astronn.errors import AstronnError
from astronn.statistics.significance import Interval

STEPS = 60  # of bisection: the ends are then exact to 1e-18


def paired_difference(only_a: int, only_b: int, n: int, level: float = 0.95) -> Interval:
    """p(A) - p(B) = (only_a - only_b) / n, with the differences that a score test does not reject.

    Parameters
    ----------
    only_a, only_b : int
        Objects that A alone, B alone had right.
    n : int
        All objects, which count as independent.
    level : float
        Of the interval.

    Returns
    -------
    Interval
        The difference and its ends, from -1 to 1. No objects give NaN.

    Raises
    ------
    AstronnError
        For counts that are negative, not whole, or more than n.
    """
    counts = (only_a, only_b, n)
    if any(count < 0 or count != int(count) for count in counts) or only_a + only_b > n:
        raise AstronnError(
            "only_a, only_b and n must be whole, 0 or more, and only_a + only_b at most n, got"
            f" {counts}; check the table"
        )
    if not n:
        return Interval(math.nan, math.nan, math.nan)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    value = (only_a - only_b) / n
    high = _end(only_a, only_b, n, z)
    low = -_end(only_b, only_a, n, z)
    return Interval(value, min(low, value), max(high, value))


def score(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Tango's statistic, a standard normal where p(A) - p(B) is `difference`; at 0 its square is
    McNemar's chi-square."""
    a, b = 2 * n, (2 * n - only_a + only_b) * difference - only_a - only_b
    c = -only_b * difference * (1 - difference)
    p21 = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)  # only B right, most likely
    variance = n * (2 * p21 + difference * (1 - difference))
    excess = only_a - only_b - n * difference
    if variance <= 0:
        return 0.0 if abs(excess) < 1e-12 else math.copysign(math.inf, excess)
    return excess / math.sqrt(variance)


def _end(only_a: int, only_b: int, n: int, z: float) -> float:
    """The largest difference whose score is not below -z."""
    inside, outside = (only_a - only_b) / n, 1.0
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        if score(only_a, only_b, n, middle) >= -z:
            inside = middle
        else:
            outside = middle
    return inside
