"""One input of a classifier from the columns of a table: blanks, an expression, a unit. The same
code makes it for a report and for `astronn classify`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catalogs.astronomy import units
from catalogs.errors import CatalogueError
from catalogs.recipes.view import Columns, View
from catalogs.survey_toml import expressions

NOWHERE = float("inf")


@dataclass(frozen=True)
class Blanks:
    """Which cells count as blank, in the file's own unit: numbers, words, what is below or
    above.
    """

    numbers: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    below: float = -NOWHERE
    above: float = NOWHERE

    def apply(self, values: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
        """The values (n,) as float64, NaN where a rule blanks them, and how many each rule did.
        A number is compared in the column's own precision: 99.99 is 99.99 in a column of float32,
        too.
        """
        counts: dict[str, int] = {}
        blank = np.zeros(len(values), dtype=bool)
        for number in self.numbers:
            equal = values == values.dtype.type(number)
            counts[f"missing = {number:g}"] = int(equal.sum())
            blank |= equal
        with np.errstate(invalid="ignore"):
            rules = ((f"below {self.below:g}", values < self.below),
                     (f"above {self.above:g}", values > self.above))  # fmt: skip
        for rule, found in rules:
            counts[rule] = int((found & ~blank).sum())
            blank |= found
        infinite = np.isinf(values) & ~blank
        counts["infinite"] = int(infinite.sum())
        blank |= infinite
        known = np.where(blank, np.nan, values.astype(np.float64))
        return known, {rule: count for rule, count in counts.items() if count}

    def about(self) -> dict[str, Any]:
        """As JSON, without what is not used."""
        found: dict[str, Any] = {}
        if self.numbers or self.words:
            found["missing"] = [*self.numbers, *self.words]
        if self.below != -NOWHERE:
            found["blank_below"] = self.below
        if self.above != NOWHERE:
            found["blank_above"] = self.above
        return found


@dataclass(frozen=True)
class Input:
    """An input: its name, a column or an expression over columns, the rules for blanks, and the
    unit it is wanted in, None for the file's own; `stated` is the unit that the file it was
    described for states.
    """

    name: str
    source: str | expressions.Expression
    blanks: Blanks = field(default_factory=Blanks)
    unit: str | None = None
    stated: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it takes."""
        return (self.source,) if isinstance(self.source, str) else self.source.columns

    def factor(self, columns: Columns) -> float:
        """What its numbers are multiplied by to be in the wanted unit; 1 where one of the two units
        is not stated, or unknown to astropy. CatalogueError where they do not convert.
        """
        if not isinstance(self.source, str) or not self.unit:
            return 1.0
        own = columns.unit(self.source) or self.stated
        if own and units.known(own) is not None and units.known(self.unit) is not None:
            found = units.factor(own, self.unit)
            if found is None:
                raise CatalogueError(
                    f"features.{self.name}: column {self.source!r} is in {own!r}, which cannot be"
                    f" turned into {self.unit!r}; remedy: write its own unit, or leave unit out"
                )
            return found
        return 1.0

    def values(self, view: View, factor: float = 1.0) -> np.ndarray:
        """The input of each row, (n,) float64, NaN where it is unknown; what the rules blank is
        tallied.
        """
        known: dict[str, np.ndarray] = {}
        for ref in self.columns:
            found = view.numbers(ref, self.blanks.words)
            known[ref], counts = self.blanks.apply(found)
            for rule, count in counts.items():
                view.tally.counts[f"features.{self.name}: {ref} {rule}, blanked"] += count
        if isinstance(self.source, str):
            return known[self.source] * factor if factor != 1.0 else known[self.source]
        return self.source.evaluate(known)

    def about(self) -> dict[str, Any]:
        """As JSON."""
        how = (
            {"column": self.source}
            if isinstance(self.source, str)
            else {"expression": self.source.text}
        )
        own = {"unit": self.unit} if self.unit is not None else {}
        stated = {"file_unit": self.stated} if self.stated else {}
        return {"name": self.name, **how, **self.blanks.about(), **own, **stated}

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Input:
        """What `about` gave."""
        missing = about.get("missing", [])
        blanks = Blanks(
            tuple(float(value) for value in missing if not isinstance(value, str)),
            tuple(value for value in missing if isinstance(value, str)),
            float(about.get("blank_below", -NOWHERE)),
            float(about.get("blank_above", NOWHERE)),
        )
        source = (
            str(about["column"])
            if "column" in about
            else expressions.parse(str(about["expression"]))
        )
        unit = about.get("unit")
        return cls(
            str(about["name"]),
            source,
            blanks,
            None if unit is None else str(unit),
            str(about.get("file_unit", "")),
        )
