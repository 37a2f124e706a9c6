"""Five folds of whole groups: one to test, one to validate, three to train."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from catalogs.keys import Rule, key
from catalogs.splits.dealing import deal_groups
from catalogs.splits.plan import Candidates, SplitPlan
from catalogs.splits.seeds import stream
from catalogs.splits.split import TEST, TRAIN, UNUSED, VALIDATION

FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class ByGroup(SplitPlan):
    """Whole groups are dealt into five folds of like class mix; fold number `fold` is the test
    part, the next one (cyclically) the validation part, the other three train. With the same draw
    the five choices of `fold` test every labelled object once.
    """

    fold: int = key(int, 0)

    kind: ClassVar[str] = "by_group"
    summary: ClassVar[str] = "whole groups: three fifths to train, one to validate, one to test"

    def rules(self) -> Iterator[Rule]:
        if not 0 <= self.fold < FOLDS:
            yield "fold", f"{self.fold} is not from 0 to {FOLDS - 1}", "give such a number"
        yield from super().rules()

    @property
    def fold_of(self) -> tuple[int, int]:
        return self.fold, FOLDS

    def with_fold(self, fold: int) -> Self:
        return replace(self, fold=fold)

    @property
    def has_validation(self) -> bool:
        return True

    def parts(self, drawn_from: Candidates) -> np.ndarray:
        """The part of each object, (N,) str; see `SplitPlan.parts`."""
        rng = stream(drawn_from.seed)
        folds = deal_groups(drawn_from.labels, drawn_from.groups, rng, FOLDS)
        turn = (folds - self.fold) % FOLDS
        part = np.where(turn == 0, TEST, np.where(turn == 1, VALIDATION, TRAIN))
        return np.where(drawn_from.labels == "", UNUSED, part)
