"""Statistics of epochs in groups: of one object and band, or of one file of them."""

from __future__ import annotations

import numpy as np


def group_medians(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The median of each value's group, (M,) float64: values (M,), groups (M,) whole numbers from
    0. NaN does not count; a group of nothing else has NaN.
    """
    if not len(values):
        return np.empty(0)
    return medians(values, group, int(group.max()) + 1)[group]


def medians(values: np.ndarray, group: np.ndarray, n: int) -> np.ndarray:
    """The median of each of n groups, (n,) float64; NaN for one without a value."""
    finite = ~np.isnan(values)
    inside, kept = group[finite], np.asarray(values[finite], dtype=np.float64)
    kept = kept[np.lexsort((kept, inside))]
    counts = np.bincount(inside, minlength=n)
    first = np.cumsum(counts) - counts
    found = np.full(n, np.nan)
    some = counts > 0
    low, high = (first + (counts - 1) // 2)[some], (first + counts // 2)[some]
    found[some] = 0.5 * (kept[low] + kept[high])
    return found


def numbered(*keys: np.ndarray) -> np.ndarray:
    """One whole number from 0 for each different combination of the keys (M,), (M,) int64."""
    group = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        _, place = np.unique(key, return_inverse=True)
        group = group * (int(place.max(initial=0)) + 1) + place
        _, group = np.unique(group, return_inverse=True)
    return group
