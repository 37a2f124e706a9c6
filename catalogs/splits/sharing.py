"""Whole numbers in given proportions."""

from __future__ import annotations

import numpy as np


def largest_remainder(counts: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers proportional to `counts`, (K,), with the sum `total`: quotas rounded down, the
    rest given to the largest remainders (the first of equal ones).
    """
    counts = np.asarray(counts, dtype=np.int64)
    scaled, whole = counts * total, max(int(counts.sum()), 1)
    shares = scaled // whole
    order = np.argsort(-(scaled % whole), kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return shares
