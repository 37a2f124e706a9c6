"""Whether posteriors mean what they say: of the objects given a class at 80 per cent, are 80 per
cent of that class?

References: Guo et al. 2017, ICML, arXiv:1706.04599 (eq. 3, expected calibration error of the top
class, equal-width bins); Kull et al. 2019, NeurIPS, arXiv:1910.12656 (the same of every class)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from astronn.statistics import metrics
from reports.errors import ReportError

BINS = 10
STEPS = 81  # of the distance of bins from the diagonal that is tried for an interval


@dataclass(frozen=True)
class ReliabilityBin:
    """Objects whose posterior lies in (low, high]: how many, their mean posterior, the fraction
    right.
    """

    low: float
    high: float
    n: int
    confidence: float
    fraction_right: float


def reliability(
    reference: ArrayLike, posteriors: ArrayLike, classes: Sequence, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """The reliability table: the non-empty ones of `bins` equal bins of the largest posterior, from
    low to high.

    `posteriors` is (N, K); no objects give no bins.
    """
    P = np.asarray(posteriors, float)
    return _binned(P.max(1, initial=0.0), metrics.top_k_right(reference, P, classes, k=1), bins)


def classwise_reliability(
    reference: ArrayLike, posteriors: ArrayLike, classes: Sequence, bins: int = BINS
) -> tuple[tuple[ReliabilityBin, ...], ...]:
    """One reliability table per class, of every object's posterior p_k of that class: is it of
    class k in p_k of the cases?

    `posteriors` is (N, K), and need not sum to 1, so that the outputs of a network can be judged as
    they are.

    Raises
    ------
    ReportError
        For posteriors of another shape, or not finite.
    """
    codes, P = metrics.encode(reference, classes), np.asarray(posteriors, float)
    if P.shape != (len(codes), len(classes)) or not np.isfinite(P).all():
        raise ReportError(
            f"posteriors must be finite, of the shape {(len(codes), len(classes))}, got the shape"
            f" {P.shape}"
        )
    return tuple(_binned(P[:, k], codes == k, bins) for k in range(len(classes)))


def calibration_error(table: Sequence[ReliabilityBin]) -> float:
    """The expected calibration error: mean over objects of |mean posterior - fraction right| of
    their bin; NaN if empty.
    """
    n = sum(row.n for row in table)
    return (
        sum(row.n * abs(row.confidence - row.fraction_right) for row in table) / n
        if n
        else float("nan")
    )


def classwise_calibration_error(tables: Sequence[Sequence[ReliabilityBin]]) -> float:
    """The classwise ECE: mean over classes of the `calibration_error` of each (Kull
    et al. 2019).
    """
    return (
        float(np.mean([calibration_error(table) for table in tables])) if tables else float("nan")
    )


def _binned(confidence: np.ndarray, right: np.ndarray, bins: int) -> tuple[ReliabilityBin, ...]:
    """The non-empty ones of `bins` equal bins of `confidence` (N,) from 0 to 1; `right` (N,)
    bool.
    """
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return tuple(
        ReliabilityBin(
            k / bins,
            (k + 1) / bins,
            int(own.sum()),
            float(confidence[own].mean()),
            float(right[own].mean()),
        )
        for k, own in ((k, place == k) for k in range(bins))
        if own.any()
    )


def noise_alone(table: Sequence[ReliabilityBin]) -> float:
    """The calibration error that a perfectly calibrated classifier would have on average, of as
    many objects with these posteriors: the mean |deviation| of a binomial count in each bin, sqrt(2
    n p (1 - p) / pi). The error cannot fall below 0, so counting noise adds to it (Roelofs et al.
    2022, AISTATS, arXiv:2012.08668); NaN if empty.
    """
    n = sum(row.n for row in table)
    if not n:
        return float("nan")
    spread = [2 * row.n * row.confidence * (1 - row.confidence) / np.pi for row in table]
    return float(np.sqrt(np.maximum(spread, 0.0)).sum() / n)


def calibration_error_interval(
    table: Sequence[ReliabilityBin], seed: Sequence[int] = (0,), draws: int = 500
) -> tuple[float, float]:
    """The 95 per cent interval of the calibration error, by turning a test round.

    Were the distance of every bin from the diagonal s times what it is in the table, the error of
    as many objects would be distributed so: drawn for s from 0 to 2, and those errors are kept for
    which the one observed is neither among the highest nor the lowest 2.5 per cent. So the noise
    that adds to it is taken away, and 0 is inside where noise alone explains it. NaN if empty.
    """
    error = calibration_error(table)
    if not table:
        return float("nan"), float("nan")
    n = np.array([row.n for row in table])
    confidence = np.array([row.confidence for row in table])
    gap = np.array([row.fraction_right for row in table]) - confidence
    rng, kept = np.random.default_rng([*seed, *b"ece"]), []
    steps = np.linspace(0, 2, STEPS)
    for s in steps:
        chance = np.clip(confidence + s * gap, 0, 1)
        drawn = rng.binomial(n, chance, (draws, len(n))) / n
        errors = (np.abs(drawn - confidence) * n).sum(1) / n.sum()
        if np.quantile(errors, 0.025) <= error + 1e-12 and error <= np.quantile(errors, 0.975):
            kept.append(float(s))
    if not kept:
        return error, error
    step = float(steps[1])  # the ends lie between steps: the next one is inside, to be sure
    ends = (max(0.0, min(kept) - step) if min(kept) else 0.0, max(kept) + step)
    low, high = (
        np.abs(np.clip(confidence + s * gap, 0, 1) - confidence) @ n / n.sum() for s in ends
    )
    return float(low), float(high)
