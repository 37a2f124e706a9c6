"""What happens to a table of features before a network sees it; learned on the training part only.

``robust``: each column is centred on the median of its measured values and divided by their
interquartile range / 1.349, a standard deviation where they are normal; half their range where that
is 0. Then z becomes z / sqrt(1 + (z / 4)^2): nearly itself within two deviations, never beyond 4.
Neither the centre nor the scale moves with a wild value, such as -999 for "not measured", and no
such value outweighs the others. A missing value (NaN) is 0, the median.

``standard``, that of version 0.1.0: missing values become the median, and each column is shifted
and scaled to zero mean and unit variance; one wild value flattens a column.

In both, each column that had missing values in training gets a flag column that is 1 where the
value was missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np

from astronn.errors import AstronnError

CLIP = 4.0  # deviations that no value is beyond
NORMAL_IQR = 1.349  # interquartile range of a normal distribution, in standard deviations
EPS = np.finfo(np.float64).eps


def _no_clip() -> np.ndarray:
    return np.array(np.inf)


@dataclass(frozen=True)
class Normaliser:
    """z = (x - mean) / scale with NaN -> median first, then z / sqrt(1 + (z / clip)^2), and one 0/1
    flag for each column in ``flagged``.
    """

    median: (
        np.ndarray
    )  # (F,) float64, units of the features; 0 where a column was missing throughout
    # (F,) float64, the median, or the mean after imputation
    mean: np.ndarray
    # (F,) float64, interquartile range / 1.349, or standard deviation after imputation; 1 where a
    # column is constant
    scale: np.ndarray
    flagged: np.ndarray  # (G,) int64, the columns with missing values in training
    # () float64, inf where nothing is clipped: version 0.1.0 did not, and wrote none
    clip: np.ndarray = field(default_factory=_no_clip)

    @classmethod
    def learn(cls, table: np.ndarray, kind: str = "robust") -> Normaliser:
        """The normaliser of ``table`` (N, F), N >= 1; NaN means missing, infinite values are the
        caller's to refuse. ``kind`` is one of KINDS.
        """
        table = np.asarray(table, dtype=np.float64)
        missing = np.isnan(table)
        empty = missing.all(axis=0)
        median = np.zeros(table.shape[1])
        median[~empty] = np.nanmedian(table[:, ~empty], axis=0)
        mean, scale, clip = KINDS[kind](table, median)
        flagged = np.flatnonzero(missing.any(axis=0) & ~empty)
        return cls(median, mean, scale, flagged, np.array(clip))

    @property
    def n_features(self) -> int:
        """The number of columns it was learned on, F."""
        return len(self.median)

    @property
    def n_outputs(self) -> int:
        """The number of columns that it gives, F + G."""
        return self.n_features + len(self.flagged)

    def transform(self, table: np.ndarray) -> np.ndarray:
        """The (N, F + G) float32 table that a network sees; no NaN is left in it.

        Raises
        ------
        AstronnError
            If ``table`` is not (N, F) with the F columns that it was learned on.
        """
        table = np.asarray(table, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != self.n_features:
            raise AstronnError(
                f"table has shape {table.shape}, but the normaliser was learned on"
                f" {self.n_features} columns"
            )
        missing = np.isnan(table)
        z = (np.where(missing, self.median, table) - self.mean) / self.scale
        if np.isfinite(self.clip):
            z /= np.hypot(1.0, z / self.clip)
        out = np.empty((len(table), self.n_outputs), dtype=np.float32)
        out[:, : self.n_features] = z
        out[:, self.n_features :] = missing[:, self.flagged]
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        """Its arrays by name, for saving: mean and scale (F,), flagged (G,), clip."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _robust(table: np.ndarray, median: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Centre and scale of each column from quantiles of its measured values, and the clip."""
    scale = np.ones(table.shape[1])
    for k, column in enumerate(table.T):
        measured = column[~np.isnan(column)]
        if len(measured):
            low, first, third, high = np.quantile(measured, (0, 0.25, 0.75, 1))
            iqr = (third - first) / NORMAL_IQR
            of_range = high / 2 - low / 2
            scale[k] = next((s for s in (iqr, of_range) if not _is_rounding(s, median[k])), 1.0)
    return median, scale, CLIP


def _standard(table: np.ndarray, median: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean and standard deviation of each column after imputation, and no clip."""
    filled = np.where(np.isnan(table), median, table)
    mean, scale = filled.mean(axis=0), filled.std(axis=0)
    return mean, np.where(_is_rounding(scale, mean), 1.0, scale), np.inf


def _is_rounding(scale: np.ndarray | float, centre: np.ndarray | float) -> np.ndarray:
    """Whether a column is constant: one repeated value has a rounding-error spread, not a zero one,
    so it is compared with the value's size.
    """
    return np.asarray(scale <= 10 * EPS * np.maximum(np.abs(centre), np.finfo(np.float64).tiny))


# how centre, scale and clip are learned from a table and its medians
Learn = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, float]]
KINDS: dict[str, Learn] = {"robust": _robust, "standard": _standard}


def stratified_parts(
    codes: np.ndarray, order: np.ndarray, fraction: float
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (kept, set aside): of each class the last ``fraction`` of its rows in ``order``,
    rounded, at most n - 1.

    ``codes`` (N,) are class numbers, ``order`` is a permutation of the rows. Raises AstronnError
    where no row at all would be set aside. Both parts come back sorted."""
    aside = np.zeros(len(codes), dtype=bool)
    for code in np.unique(codes):
        rows = order[codes[order] == code]
        n_aside = min(round(fraction * len(rows)), len(rows) - 1)
        aside[rows[len(rows) - n_aside :]] = True
    if not aside.any():
        raise AstronnError(
            f"validation_fraction {fraction} of {len(codes)} objects sets none aside; raise it or"
            " use early_stopping=False"
        )
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def group_parts(
    groups: np.ndarray, draws: np.random.Generator, fraction: float
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (kept, set aside) with whole groups set aside, in random order, until they hold
    ``fraction`` of the rows.

    The last group is taken where that comes nearer to the fraction; at least one group is set aside
    and one is kept.

    Raises
    ------
    AstronnError
        If ``groups`` (N,) holds one group only.
    """
    names, of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise AstronnError(
            f"groups holds one group, {names[0]!r}; a validation part needs at least two groups"
        )
    order = draws.permutation(len(names))
    held = np.cumsum(sizes[order]) - sizes[order] / 2 <= fraction * len(of)
    held[0], held[-1] = True, False
    aside = np.isin(of, order[held])
    return np.flatnonzero(~aside), np.flatnonzero(aside)
