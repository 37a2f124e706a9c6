"""What kinds of split with folds share: whole groups dealt into folds of like class mix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from catalogs.keys import Rule, key
from catalogs.splits.dealing import deal_groups
from catalogs.splits.plan import Candidates, SplitPlan
from catalogs.splits.seeds import stream
from catalogs.splits.split import TEST, TRAIN, UNUSED


@dataclass(frozen=True, kw_only=True)
class Folded(SplitPlan):
    """Whole groups are dealt into `n_folds` folds; fold number `fold` is the test part, all others
    train. With the same draw the choices of `fold` test every labelled object once.
    """

    n_folds: int = key(int, 5)
    fold: int = key(int, 0)

    def rules(self) -> Iterator[Rule]:
        if not (self.n_folds >= 2 and 0 <= self.fold < self.n_folds):
            yield (
                "n_folds",
                f"{self.n_folds} with fold {self.fold}: n_folds >= 2 and 0 <= fold < n_folds",
                "give such numbers",
            )
        yield from super().rules()

    @property
    def fold_of(self) -> tuple[int, int]:
        return self.fold, self.n_folds

    def with_fold(self, fold: int) -> Self:
        return replace(self, fold=fold)

    def parts(self, drawn_from: Candidates) -> np.ndarray:
        """The part of each object, (N,) str; see `SplitPlan.parts`."""
        rng = stream(drawn_from.seed)
        folds = deal_groups(drawn_from.labels, drawn_from.groups, rng, self.n_folds)
        return np.where(folds < 0, UNUSED, np.where(folds == self.fold, TEST, TRAIN))
