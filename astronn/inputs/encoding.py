"""Numbers of any distribution as inputs that a network reads as easily as a tree does:
piecewise-linear encoding.

Gorishniy, Rubachev & Babenko (2022, NeurIPS, eq. 1): a number is cut into bins at quantiles of
the training values, and becomes for each bin the share of it that lies below, from 0 to 1. A
network then finds thresholds in skewed and heavy-tailed columns that standardising would leave in a
corner. Here the shares are centred, the first and last bin go on beyond the training values by
their own width, and a missing number (NaN) is 0 in all bins, which no number is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np

from astronn.errors import AstronnError


@dataclass(frozen=True)
class PiecewiseLinear:
    """x -> clip((x[column] - low) / width, floor, ceiling) - 1/2, one output per bin."""

    n_features: int  # columns of the table it was learned on
    column: np.ndarray  # (P,) int64, the column of each bin
    low: np.ndarray  # (P,) float64, where it begins
    width: np.ndarray  # (P,) float64, > 0
    floor: np.ndarray  # (P,) float64, 0, or -1 for the first bin of a column
    ceiling: np.ndarray  # (P,) float64, 1, or 2 for the last

    @classmethod
    def learn(cls, table: np.ndarray, bins: int) -> PiecewiseLinear:
        """At most ``bins`` bins of each column of ``table`` (N, F), as many as it has different
        quantiles; a column that is constant or missing throughout has none.
        """
        found: list[tuple[float, ...]] = []
        for column, values in enumerate(np.asarray(table, dtype=np.float64).T):
            known = values[~np.isnan(values)]
            edges = (
                np.unique(np.quantile(known, np.linspace(0, 1, bins + 1))) if len(known) else known
            )
            # Neighbouring edges that differ by rounding alone would make a bin without width.
            edges = (
                edges[np.concatenate([[True], np.diff(edges) > 1e-9 * np.abs(edges).max()])]
                if len(edges)
                else edges
            )
            last = len(edges) - 2
            for i, (low, high) in enumerate(pairwise(edges)):
                found.append(
                    (column, low, high - low, -1.0 if i == 0 else 0.0, 2.0 if i == last else 1.0)
                )
        columns, *others = np.array(found, dtype=np.float64).reshape(-1, 5).T
        return cls(np.shape(table)[1], columns.astype(np.int64), *others)

    @property
    def n_outputs(self) -> int:
        """The number of columns that it gives, P."""
        return len(self.column)

    def transform(self, table: np.ndarray) -> np.ndarray:
        """The encoded table (N, P), float32, without NaN.

        Raises
        ------
        AstronnError
            If ``table`` is not (N, F) with the F columns that it was learned on.
        """
        table = np.asarray(table, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != self.n_features:
            raise AstronnError(
                f"table has shape {table.shape}, but the encoding was learned on {self.n_features}"
                " columns"
            )
        shares = (
            np.clip((table[:, self.column] - self.low) / self.width, self.floor, self.ceiling) - 0.5
        )
        return np.nan_to_num(shares, nan=0.0).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Its arrays by name, for saving, (P,) each but for ``n_features``, (1,)."""
        return {field.name: np.atleast_1d(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def restored(cls, arrays: dict[str, np.ndarray]) -> PiecewiseLinear:
        """The inverse of ``arrays``: from the same arrays, (P,) each."""
        own: dict[str, Any] = {**arrays, "n_features": int(arrays["n_features"].item())}
        return cls(**own)
