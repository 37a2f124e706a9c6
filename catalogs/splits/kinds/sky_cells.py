"""Folds of whole cells of the sky, the rest trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from catalogs.keys import Rule, key
from catalogs.splits import cells
from catalogs.splits.folds import Folded

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue


@dataclass(frozen=True, kw_only=True)
class SkyCells(Folded):
    """Whole cells of the sky, about `cell_deg` on a side, and whole groups are dealt into n_folds
    folds of like class mix; fold number `fold` is the test part, all others train.
    """

    cell_deg: float = key(float, 0.0)

    kind: ClassVar[str] = "sky_cells"
    summary: ClassVar[str] = "folds of whole cells of the sky"
    example: ClassVar[Mapping[str, object]] = {"cell_deg": 15.0}
    needs_positions: ClassVar[bool] = True

    def rules(self) -> Iterator[Rule]:
        if not 0.0 < self.cell_deg <= 90.0:
            problem = f"{self.cell_deg:g} is outside (0, 90] degrees"
            yield "cell_deg", problem, "give a size such as 5"
        yield from super().rules()

    def links(self, catalogue: Catalogue) -> list[np.ndarray]:
        """The cell of each object, (N,), each for itself where there is no position; then those of
        `SplitPlan.links`.
        """
        number = cells.sky_cells(catalogue.ra_deg, catalogue.dec_deg, self.cell_deg)
        each_for_itself = -1 - np.arange(len(number))  # where there is no position
        return [np.where(number < 0, each_for_itself, number), *super().links(catalogue)]
