"""Bootstrap tables: what a confusion table could have been, had other objects been drawn (Efron &
Tibshirani 1993, ch. 13).

Objects are drawn with replacement. All that matters of an object is its cell, so a resampled table
is one multinomial draw over the cells; when several rows belong to one object, whole objects
(groups) are drawn with all their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from astronn.statistics import metrics, significance
from reports.errors import ReportError

LEVEL = 0.95
RESAMPLES = (
    2000  # percentile ends of a 95 per cent interval then vary by about 3 per cent of its width
)
BLOCK = 2_000_000  # cells of resampled tables held at a time: 16 MB


@dataclass(frozen=True)
class Resampled:
    """Statistics of the resampled tables: values[key] (B,), completeness and purity (B, K)."""

    values: dict[str, np.ndarray]
    completeness: np.ndarray
    purity: np.ndarray

    def interval(self, key: str) -> tuple[float, float]:
        """The 95 per cent percentile interval of one statistic; NaN where it is undefined."""
        low, high = percentiles(self.values[key])
        return float(low), float(high)


def resample(
    counts: np.ndarray,
    functions: Mapping[str, Callable],
    codes: tuple[np.ndarray, np.ndarray] | None,
    groups: np.ndarray | None,
    seed: Sequence[int],
) -> Resampled:
    """The `functions` of 2000 resampled tables of `counts` (K, K); an empty table gives NaN.

    Raises
    ------
    ReportError
        If `groups` (N,) come without `codes`, the reference and predicted codes (N,) of their rows.
    """
    K = len(counts)
    if not counts.sum():
        return Resampled(
            {key: np.full(1, np.nan) for key in functions},
            np.full((1, K), np.nan),
            np.full((1, K), np.nan),
        )
    if groups is not None and codes is None:
        raise ReportError("groups need the codes of their rows to be resampled; give both")
    units = None if groups is None or codes is None else _group_tables(codes, groups, K)
    step, parts = max(1, BLOCK // (K * K)), []
    for block, start in enumerate(range(0, RESAMPLES, step)):
        n, stream = min(step, RESAMPLES - start), [*seed, block]
        tables = (
            _draw_cells(counts, n, stream)
            if units is None
            else significance.resample_sums(units, n, stream)
        )
        tables = tables.reshape(-1, K, K)  # (n, K, K)
        parts.append(
            (
                {key: f(tables) for key, f in functions.items()},
                metrics.completeness(tables),
                metrics.purity(tables),
            )
        )
    values = {key: np.concatenate([part[0][key] for part in parts]) for key in functions}
    return Resampled(
        values,
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
    )


def percentiles(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the 95 per cent interval along the first axis; NaN where every draw is
    undefined.

    Parameters
    ----------
    draws : ndarray (B, ...)
        Statistics of B resampled tables.

    Returns
    -------
    low, high : ndarray (...,)
        The ends.
    """
    undefined = np.isnan(draws).all(0)
    ends = np.nanquantile(
        np.where(undefined, 0.0, draws), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0
    )
    low, high = np.where(undefined, np.nan, ends)
    return low, high


def _draw_cells(counts: np.ndarray, n: int, seed: Sequence[int]) -> np.ndarray:
    """n tables of as many objects, drawn from the cells: (n, K K)."""
    total = int(counts.sum())
    return np.random.default_rng(seed).multinomial(total, counts.reshape(-1) / total, size=n)


def _group_tables(
    codes: tuple[np.ndarray, np.ndarray], groups: np.ndarray, size: int
) -> np.ndarray:
    """The flat confusion table of every group: (G, K K) int64."""
    names, member = np.unique(groups, return_inverse=True)
    width = size * size
    joint = member.reshape(-1) * width + codes[0] * size + codes[1]
    return np.bincount(joint, minlength=len(names) * width).reshape(len(names), width)
