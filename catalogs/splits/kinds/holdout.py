"""The test part that the survey names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.keys import Rule, key
from catalogs.splits.plan import Candidates, SplitPlan
from catalogs.splits.split import TEST, TRAIN, UNUSED


@dataclass(frozen=True, kw_only=True)
class Holdout(SplitPlan):
    """The objects whose `flag` is true are the test part, the others the training part, whatever
    the seed. In a survey.toml `column` and the values `test` of it make the flag.
    """

    flag: str = ""
    column: str = key(str, "")
    test: tuple[str, ...] = key(str, (), many=True)

    kind: ClassVar[str] = "holdout"
    summary: ClassVar[str] = "the test part that the survey names"
    example: ClassVar[Mapping[str, object]] = {"column": "plate", "test": ["p1", "p2"]}
    same_mix: ClassVar[bool] = False

    def rules(self) -> Iterator[Rule]:
        if not self.flag and not self.column:
            yield "column", "missing", "give a text"
        if not self.flag and not self.test:
            yield "test", "missing", "list the values of the column that make the test part"
        yield from super().rules()

    def named(self, name: str) -> Self:
        return replace(self, flag=f"test_of_{name}")

    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else ()

    def flags(self, text: Callable[[str], np.ndarray]) -> dict[str, np.ndarray]:
        """The column that is held out, (N,) bool; see `SplitPlan.flags`."""
        return {self.flag: np.isin(text(self.column), self.test)} if self.column else {}

    def parts(self, drawn_from: Candidates) -> np.ndarray:
        """The part of each object, (N,) str; CatalogueError where there is no such flag."""
        catalogue = drawn_from.catalogue
        if self.flag not in catalogue.flags:
            choices = ", ".join(catalogue.flags.columns) or "none"
            raise CatalogueError(
                f"catalogue {catalogue.survey!r} has no flag {self.flag!r} to hold out; it has:"
                f" {choices}"
            )
        flagged = catalogue.flags[self.flag].to_numpy(dtype=bool)[drawn_from.rows]
        return held_out(drawn_from.labels, flagged, drawn_from.groups)


def held_out(
    labels: np.ndarray, is_test: np.ndarray, groups: np.ndarray | None = None
) -> np.ndarray:
    """The part of each object, (N,): 'test' where `is_test`, 'train' elsewhere, '' without a label.

    A group with an object in the test part is there as a whole.

    Raises
    ------
    CatalogueError
        If one of the parts is empty.
    """
    labels = np.asarray(labels, dtype=str)
    is_test = np.asarray(is_test, dtype=bool)
    if groups is not None:
        groups = np.asarray(groups, dtype=str)
        is_test = np.isin(groups, groups[is_test])
    part = np.where(is_test, TEST, TRAIN)
    part = np.where(labels == "", UNUSED, part)
    for name in (TRAIN, TEST):
        if not (part == name).any():
            raise CatalogueError(
                f"the held-out split has no labelled object to {name}; remedy: hold out another"
                " part"
            )
    return part
