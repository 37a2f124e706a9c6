"""The test part that the survey names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.keys import Rule, key
from catalogs.splits.plan import Candidates, SplitPlan
from catalogs.splits.split import TEST, TRAIN, UNUSED, VALIDATION


@dataclass(frozen=True, kw_only=True)
class Holdout(SplitPlan):
    """The objects whose `flag` is true are the test part, those whose `validation_flag` is the
    validation part, the others the training part, whatever the seed. In a survey.toml `column` and
    its values `test` and `validation` make the flags; where `train` is given, an object with any
    other value takes no part.
    """

    flag: str = ""
    column: str = key(str, "")
    test: tuple[str, ...] = key(str, (), many=True)
    validation: tuple[str, ...] = key(str, (), many=True)
    train: tuple[str, ...] = key(str, (), many=True)
    validation_flag: str = ""
    left_out_flag: str = ""

    kind: ClassVar[str] = "holdout"
    summary: ClassVar[str] = "the test part that the survey names"
    example: ClassVar[Mapping[str, object]] = {"column": "plate", "test": ["p1", "p2"]}
    same_mix: ClassVar[bool] = False

    def rules(self) -> Iterator[Rule]:
        if not self.flag and not self.column:
            yield "column", "missing", "give a text"
        if not self.flag and not self.test:
            yield "test", "missing", "list the values of the column that make the test part"
        given = [*self.test, *self.validation, *self.train]
        twice = sorted({value for value in given if given.count(value) > 1})
        if twice:
            yield "test", f"{twice[0]!r} is given to two parts", "name each value once"
        yield from super().rules()

    @property
    def has_validation(self) -> bool:
        return bool(self.validation_flag or self.validation)

    def named(self, name: str) -> Self:
        return replace(
            self,
            flag=f"test_of_{name}",
            validation_flag=f"validation_of_{name}" if self.validation else "",
            left_out_flag=f"left_out_of_{name}" if self.train else "",
        )

    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else ()

    def flags(self, text: Callable[[str], np.ndarray]) -> dict[str, np.ndarray]:
        """What the column says, (N,) bool each; see `SplitPlan.flags`."""
        if not self.column:
            return {}
        values = text(self.column)
        found = {self.flag: np.isin(values, self.test)}
        if self.validation_flag:
            found[self.validation_flag] = np.isin(values, self.validation)
        if self.left_out_flag:
            known = [*self.test, *self.validation, *self.train]
            found[self.left_out_flag] = ~np.isin(values, known)
        return found

    def parts(self, drawn_from: Candidates) -> np.ndarray:
        """The part of each object, (N,) str; CatalogueError where there is no such flag."""
        labels = drawn_from.labels
        if self.left_out_flag:
            labels = np.where(_flag(drawn_from, self.left_out_flag), "", labels)
        part = held_out(labels, _flag(drawn_from, self.flag), drawn_from.groups)
        if not self.validation_flag:
            return part
        aside = _flag(drawn_from, self.validation_flag) & (part == TRAIN)
        aside = np.isin(drawn_from.groups, drawn_from.groups[aside]) & (part == TRAIN)
        part = np.where(aside, VALIDATION, part)
        for name in (TRAIN, VALIDATION):
            if not (part == name).any():
                raise CatalogueError(
                    f"the held-out split has no labelled object for {name}; remedy: name other"
                    " values of the column"
                )
        return part


def _flag(drawn_from: Candidates, name: str) -> np.ndarray:
    """A flag of the candidates, (N,) bool; CatalogueError if there is no such."""
    catalogue = drawn_from.catalogue
    if name not in catalogue.flags:
        choices = ", ".join(catalogue.flags.columns) or "none"
        raise CatalogueError(
            f"catalogue {catalogue.survey!r} has no flag {name!r} to hold out; it has: {choices}"
        )
    return catalogue.flags[name].to_numpy(dtype=bool)[drawn_from.rows]


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
