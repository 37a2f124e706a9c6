"""Whether posteriors mean what they say: of the objects given a class at 80 per cent, are 80 per cent of that class?

Reference: Guo et al. 2017, ICML, arXiv:1706.04599 (eq. 3, expected calibration error of the top class,
equal-width bins).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from astronn import metrics

BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """Objects whose largest posterior lies in (low, high]: how many, their mean posterior, the fraction right."""

    low: float
    high: float
    n: int
    confidence: float
    fraction_right: float


def reliability(
    reference: ArrayLike, posteriors: ArrayLike, classes: Sequence, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """The reliability table: the non-empty ones of `bins` equal bins of the largest posterior, from low to high.

    `posteriors` is (N, K); no objects give no bins.
    """
    P = np.asarray(posteriors, float)
    right = metrics.top_k_right(reference, P, classes, k=1)
    top = P.max(1, initial=0.0)
    place = np.clip(np.ceil(top * bins).astype(int) - 1, 0, bins - 1)
    return tuple(
        ReliabilityBin(
            k / bins, (k + 1) / bins, int(own.sum()), float(top[own].mean()), float(right[own].mean())
        )
        for k, own in ((k, place == k) for k in range(bins))
        if own.any()
    )


def calibration_error(table: Sequence[ReliabilityBin]) -> float:
    """The expected calibration error: mean over objects of |mean posterior - fraction right| of their bin; NaN if empty."""
    n = sum(row.n for row in table)
    return sum(row.n * abs(row.confidence - row.fraction_right) for row in table) / n if n else float("nan")
