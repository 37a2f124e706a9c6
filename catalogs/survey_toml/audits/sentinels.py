"""Numbers that stand for nothing: one value, far outside the others, in many cells (-99, -9999,
99.99); and columns whose mean and scatter a few cells decide.
"""

from __future__ import annotations

import numpy as np

SHARE, FEWEST = 0.002, 3  # of the known cells, and how many at least, repeat a sentinel
APART = 1.0  # ranges of the other values that a sentinel is away from them
ROBUST = 0.3  # of the standard deviation: a smaller robust sigma means outliers
NINES = (-99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99.9, 99.99, 99.999, -99.9, -99.99,
         -999.9, -9.0, 90.0, 999.9, 999.99, 9999.9, -32768.0, -2147483648.0)  # fmt: skip


def sentinels(values: np.ndarray) -> list[float]:
    """The repeated extreme values of a column, (n,) with NaN; at most one on each side and the
    usual nines.
    """
    known = values[np.isfinite(values)].astype(np.float64)
    if len(known) < 10:
        return []
    distinct, counts = np.unique(known, return_counts=True)
    enough = max(FEWEST, SHARE * len(known))
    found: list[float] = []
    low, high = 0, len(distinct) - 1
    while (
        low < high - 1
        and counts[low] >= enough
        and _apart(distinct[low + 1 : high + 1], distinct[low])
    ):
        found.append(float(distinct[low]))
        low += 1
    while high > low + 1 and counts[high] >= enough and _apart(distinct[low:high], distinct[high]):
        found.append(float(distinct[high]))
        high -= 1
    return found


def _apart(others: np.ndarray, value: float) -> bool:
    """Whether a value lies outside others, (k,) sorted, by more than their middle range; the usual
    nines by a tenth of it.
    """
    if len(others) < 5:
        return False
    low, high = np.quantile(others, [0.01, 0.99])
    usual = any(np.isclose(value, nine, rtol=1e-6) for nine in NINES)
    reach = (0.1 if usual else APART) * max(high - low, 1e-9)
    return bool(value < low - reach or value > high + reach)


def has_outliers(values: np.ndarray) -> bool:
    """Whether the robust sigma (of the quartiles) of values (n,) is below ROBUST of the standard
    deviation; NaN count for nothing.
    """
    known = values[np.isfinite(values)].astype(np.float64)
    if len(known) < 10:
        return False
    first, third = np.quantile(known, [0.25, 0.75])
    scatter = float(known.std())
    return scatter > 0.0 and 0.0 < (third - first) / 1.349 < ROBUST * scatter
