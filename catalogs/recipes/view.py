"""Some rows of a user's table as identifiers, inputs and classes ask for them: by the name of a
column, an element of an array (`PSFMAG[2]`, counted from 0), or a column of a joined table
(`photo.MAG`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.formats.reading import cells
from catalogs.formats.reading.convert import simple
from catalogs.formats.reading.wanted import choose
from catalogs.formats.source import Source
from catalogs.texts import to_numpy

if TYPE_CHECKING:
    import pyarrow as pa

    from catalogs.recipes.joins import Joined

ELEMENT = re.compile(r"(.+?)((?:\[\d+\])+)")
FOUND = "found"  # NAME.found: whether the row has a partner in the joined table
LONGEST = 1000  # characters of a name or a class


@dataclass(frozen=True)
class Place:
    """Where a reference points: a column, of a joined table or ('') of the survey's own, and an
    element of its arrays, () for the whole.
    """

    join: str
    column: str
    element: tuple[int, ...] = ()


@dataclass
class Tally:
    """What was read and not used, by cause: `counts` by sentence, `strays` (column: how many cells
    are no numbers, the first of them as 'text' in row N).
    """

    counts: Counter[str] = field(default_factory=Counter)
    strays: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def stray(self, ref: str, count: int, shown: Sequence[str]) -> None:
        """Note cells of a column of numbers that are none."""
        before, first = self.strays.get(ref, (0, []))
        self.strays[ref] = (before + count, [*first, *shown][:3])


class View:
    """Rows [first, first + n) of a file, counted from 1 in messages."""

    def __init__(
        self,
        path: Path,
        first: int,
        n: int,
        columns: Mapping[str, pa.Array],
        tally: Tally,
    ) -> None:
        self.path, self.first, self.n, self.columns, self.tally = path, first, n, columns, tally

    def __len__(self) -> int:
        return self.n

    def rows(self) -> np.ndarray:
        """The number of each row in its file, from 1, (n,) int64."""
        return np.arange(self.first + 1, self.first + 1 + self.n)

    def numbers(self, ref: str, words: Sequence[str] = ()) -> np.ndarray:
        """A column as numbers, (n,) float64 or float32 as it is stored, NaN where blank; text that
        holds numbers is read as such, and what is no number is tallied. CatalogueError
        for a column of arrays.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        values = self.columns[ref]
        if pa.types.is_fixed_size_list(values.type):
            raise CatalogueError(
                f"{self.path}: column {ref!r} holds arrays of {values.type.list_size}; remedy: name"
                f" one element, such as {ref}[0], counted from 0"
            )
        if pa.types.is_string(values.type):
            if words:
                own = pc.is_in(
                    pc.utf8_trim_whitespace(values), value_set=pa.array(list(words), values.type)
                )
                values = pc.if_else(own, pa.scalar(None, values.type), values)
            found = cells.to_numbers(values)
            if found.limits:
                self.tally.counts[f"limits in {ref} (such as >13.6), read as blank"] += found.limits
            if found.strays:
                shown = [f"{text!r} in row {self.first + row + 1}" for row, text in found.shown]
                self.tally.stray(ref, found.strays, shown)
            values = found.values
        elif pa.types.is_boolean(values.type):
            values = values.cast(pa.float64())
        if pa.types.is_float32(values.type):
            return pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False)
        if not pa.types.is_float64(values.type):
            values = values.cast(pa.float64(), safe=False)
        return pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False)

    def text(self, ref: str) -> np.ndarray:
        """A column as text, (n,) str: whole numbers digit by digit, others as short as they are
        exact, '' where blank.
        """
        return as_text(self.columns[ref], f"{self.path}: column {ref!r}")


def as_text(values: pa.Array, where: str) -> np.ndarray:
    """Cells as text without blanks around them, (n,) str, '' for null and NaN; CatalogueError for
    cells that hold arrays.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_fixed_size_list(values.type):
        raise CatalogueError(f"{where} holds arrays; remedy: name one element of it")
    if pa.types.is_floating(values.type):
        written = [
            ""
            if value is None or value != value
            else f"{value:.0f}"
            if value == round(value, 0)
            else repr(value)
            for value in values.cast(pa.float64()).to_pylist()
        ]
        return np.array(written, dtype=str) if written else np.array([], dtype=str)
    if pa.types.is_boolean(values.type):
        return np.array(["" if v is None else str(v) for v in values.to_pylist()], dtype=str)
    text = values if pa.types.is_string(values.type) else values.cast(pa.string())
    text = pc.fill_null(pc.utf8_trim_whitespace(text), "")
    longest = pc.max(pc.utf8_length(text)).as_py() or 0
    if longest > LONGEST:
        raise CatalogueError(
            f"{where} holds a cell of {longest} characters; remedy: name a column of names or"
            f" classes, which have at most {LONGEST}"
        )
    return to_numpy(text)


class Columns:
    """References resolved against one table and those joined to it; `tally` counts what views
    leave out.
    """

    def __init__(
        self,
        source: Source,
        refs: Sequence[str],
        joins: Mapping[str, Joined] | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.source, self.joins = source, dict(joins or {})
        self.tally = tally if tally is not None else Tally()
        names = set(source.names())
        self.places = {ref: place_of(ref, names, self.joins) for ref in dict.fromkeys(refs)}
        used = {place.join for place in self.places.values()} - {""}
        own = [place.column for place in self.places.values() if not place.join]
        for name in used:
            own += [place_of(ref, names, {}).column for ref in self.joins[name].own_keys()]
        choose(source.path, own, source.names())
        self.own = list(dict.fromkeys(own))
        self.used = [name for name in self.joins if name in used]
        source.typed(self.own)

    def unit(self, ref: str) -> str:
        """The unit that a reference's table states, '' for none."""
        place = self.places[ref]
        source = self.joins[place.join].source if place.join else self.source
        if place.join and place.column == FOUND:
            return ""
        return source.field(place.column).unit

    def views(self, first: int = 0, last: int | None = None, row: int = 0) -> Iterator[View]:
        """The rows of a span of the source, the first of which is row number `row` of the file,
        from 0.
        """
        names = self.own or self.source.names()[:1]
        for batch in self.source.blocks(names, first, last):
            yield self._view(dict(zip(names, batch.columns, strict=True)), row, len(batch))
            row += len(batch)

    def _view(self, batch: Mapping[str, pa.Array], row: int, n: int) -> View:
        import pyarrow.compute as pc

        columns: dict[str, pa.Array] = {}
        own = View(self.source.path, row, n, batch, self.tally)
        partners = {name: self.joins[name].partners(own) for name in self.used}
        for ref, place in self.places.items():
            if not place.join:
                values = batch[place.column]
            elif place.column == FOUND and FOUND not in self.joins[place.join].columns:
                values = pc.if_else(pc.is_valid(partners[place.join]), "yes", "no")
            else:
                values = self.joins[place.join].columns[place.column].take(partners[place.join])
            for number in place.element:
                values = _element(self.source.path, ref, values, number)
            columns[ref] = simple(values)
        return View(self.source.path, row, n, columns, self.tally)


def _element(path: Path, ref: str, values: pa.Array, number: int) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_fixed_size_list(values.type) or number >= values.type.list_size:
        size = values.type.list_size if pa.types.is_fixed_size_list(values.type) else 0
        rule = f"arrays of {size}, elements 0 to {size - 1}" if size else "one value a row"
        raise CatalogueError(
            f"{path}: {ref!r}: the column holds {rule}; remedy: name an element that is there"
        )
    return pc.list_element(values, number)


def place_of(ref: str, names: set[str], joins: Mapping[str, Joined]) -> Place:
    """Where a reference points: a column of that very name comes first, then an element, then a
    column of a joined table.
    """
    if ref in names:
        return Place("", ref)
    match = ELEMENT.fullmatch(ref)
    bare = match[1] if match else ref
    element = tuple(int(k) for k in re.findall(r"\d+", match[2])) if match else ()
    if bare in names:
        return Place("", bare, element)
    join, dot, column = bare.partition(".")
    if dot and join in joins:
        known = joins[join].source.names()
        if column != FOUND:
            choose(joins[join].source.path, [column], known)
        return Place(join, column, element)
    return Place("", bare, element)


def require_numbers(tally: Tally) -> str | None:
    """What is wrong with cells that should be numbers and are not, in a sentence; None for
    nothing.
    """
    parts = [
        f"{ref!r} ({count} cells: {listed(shown)})" for ref, (count, shown) in tally.strays.items()
    ]
    return listed(parts) if parts else None
