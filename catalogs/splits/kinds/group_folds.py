"""Folds of whole groups, the rest trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from catalogs.splits.folds import Folded


@dataclass(frozen=True, kw_only=True)
class GroupFolds(Folded):
    """Whole groups of the catalogue are dealt into n_folds folds of like class mix; fold number
    `fold` is the test part, all others train.
    """

    kind: ClassVar[str] = "group_folds"
    summary: ClassVar[str] = "folds of whole groups"
