"""What happens to a table of features before a network sees it; learned on the training part only.

Missing values (NaN) become the training median of their column, and each column that had any in
training gets a flag column that is 1 where the value was missing. Then every column is shifted and
scaled to zero mean and unit variance."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from astronn.errors import AstronnError


@dataclass(frozen=True)
class Normaliser:
    """x -> (x - mean) / scale with NaN -> median first, and one 0/1 flag for each column in
    ``flagged``.
    """

    median: (
        np.ndarray
    )  # (F,) float64, units of the features; 0 where a column was missing throughout
    mean: np.ndarray  # (F,) float64, after imputation
    scale: (
        np.ndarray
    )  # (F,) float64, standard deviation after imputation; 1 where a column is constant
    flagged: np.ndarray  # (G,) int64, the columns with missing values in training

    @classmethod
    def learn(cls, table: np.ndarray) -> Normaliser:
        """The normaliser of ``table`` (N, F), N >= 1; NaN means missing, infinite values are the
        caller's to refuse.
        """
        table = np.asarray(table, dtype=np.float64)
        missing = np.isnan(table)
        empty = missing.all(axis=0)
        median = np.zeros(table.shape[1])
        median[~empty] = np.nanmedian(table[:, ~empty], axis=0)
        filled = np.where(missing, median, table)
        mean, scale = filled.mean(axis=0), filled.std(axis=0)
        # A column of one repeated value has a rounding-error spread, not a zero one: compare with
        # its size.
        constant = scale <= 10 * np.finfo(np.float64).eps * np.maximum(
            np.abs(mean), np.finfo(np.float64).tiny
        )
        return cls(
            median,
            mean,
            np.where(constant, 1.0, scale),
            np.flatnonzero(missing.any(axis=0) & ~empty),
        )

    @property
    def n_features(self) -> int:
        """The number of columns it was learned on, F."""
        return len(self.median)

    @property
    def n_outputs(self) -> int:
        """The number of columns that it gives, F + G."""
        return self.n_features + len(self.flagged)

    def transform(self, table: np.ndarray) -> np.ndarray:
        """The (N, F + G) float32 table that a network sees; no NaN is left in it."""
        table = np.asarray(table, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != self.n_features:
            raise AstronnError(
                f"table has shape {table.shape}, but the normaliser was learned on"
                f" {self.n_features} columns"
            )
        missing = np.isnan(table)
        out = np.empty((len(table), self.n_outputs), dtype=np.float32)
        out[:, : self.n_features] = (np.where(missing, self.median, table) - self.mean) / self.scale
        out[:, self.n_features :] = missing[:, self.flagged]
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        """Its arrays by name, for saving."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


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
    and one is kept."""
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
