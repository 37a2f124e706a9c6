"""What a table is, whatever its format: columns with names, types, units and shapes, and blocks of
rows in bounded memory.

A format is a module of catalogs.formats with TITLE, `matches(path, head, **options)` and
`open(path, **options) -> Source`. Blocks are Arrow record batches: a missing value is null, NaN is
NaN, whole numbers are exact, text is of any length and without the blanks that fill it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError, foreign
from catalogs.formats.reading.wanted import choose

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 65_536  # of a block, at most


@dataclass(frozen=True)
class Field:
    """One column. type: its Arrow type, None for text whose cells have not been looked at yet;
    shape: () for one value a row, (n,) or (n, m) for an array a row, whose Arrow type is a list of
    fixed size; unreadable: why it cannot be read, '' if it can.
    """

    name: str
    type: pa.DataType | None
    unit: str = ""
    description: str = ""
    shape: tuple[int, ...] = ()
    unreadable: str = ""


@dataclass(frozen=True)
class Span:
    """A contiguous run of a source's rows, [first, last) in the source's own units (rows, row
    groups, record batches), and how many rows that is.
    """

    first: int
    last: int
    rows: int


class Source:
    """A table in a file. `notes` counts what was odd and harmless; `choice` says which table of the
    file this is, '' if there is only one.
    """

    choice = ""

    def __init__(self, path: Path, fields: Sequence[Field], rows: int | None = None) -> None:
        self.path, self.fields, self.rows = path, tuple(fields), rows
        self.notes: Counter[str] = Counter()

    def names(self) -> list[str]:
        """The names of all columns, in the file's order."""
        return [field.name for field in self.fields]

    def field(self, name: str) -> Field:
        """The column of that name; CatalogueError with near names if there is none, and with the
        reason if it cannot be read.
        """
        (name,) = choose(self.path, [name], self.names())
        found = next(field for field in self.fields if field.name == name)
        if found.unreadable:
            raise CatalogueError(
                f"{self.path}: column {name!r} holds {found.unreadable}, which cannot be read;"
                " remedy: name another column"
            )
        return found

    def typed(self, names: Sequence[str] | None = None) -> list[Field]:
        """The columns with their types, for which a file of text is read once; all that can be read
        for None.
        """
        if names is None:
            names = [field.name for field in self.fields if not field.unreadable]
        choose(self.path, names, self.names())
        return self._typed([self.field(name) for name in dict.fromkeys(names)])

    def _typed(self, fields: list[Field]) -> list[Field]:
        return fields

    def count(self) -> int:
        """How many rows there are, counted where the file does not say."""
        if self.rows is None:
            self.rows = sum(len(batch) for batch in self.blocks(self.names()[:1]))
        return self.rows

    def spans(self, rows: int) -> list[Span]:
        """The source in runs of about `rows` rows that can be read alone: the whole where it can
        only be read from its beginning.
        """
        n = self.count()
        return [Span(0, n, n)] if n else []

    def blocks(
        self, names: Sequence[str], first: int = 0, last: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a span, all by default, in blocks of at most ROWS, with the named columns in
        that order. What a library raises over damaged bytes is one CatalogueError.
        """
        for name in names:
            self.field(name)
        reading = self._blocks(list(names), first, last)
        while True:
            with foreign(self.path, "a readable table"):
                batch = next(reading, None)
            if batch is None:
                return
            yield batch

    def cells(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows in blocks, as `blocks` gives them, but columns of a file of text as text: what
        they hold is for the caller to say, and the file is read once.
        """
        return self.blocks(names)

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        """What `blocks` gives, in the format's own way."""
        raise NotImplementedError


def row_spans(n: int, rows: int) -> list[Span]:
    """Spans of a source whose rows can be read from anywhere."""
    return [Span(start, min(start + rows, n), min(rows, n - start)) for start in range(0, n, rows)]


def grouped(sizes: Sequence[int], rows: int) -> Iterator[Span]:
    """Spans of pieces of these sizes, each as long as it has not more than `rows` rows."""
    first, held = 0, 0
    for number, size in enumerate(sizes):
        if held and held + size > rows:
            yield Span(first, number, held)
            first, held = number, 0
        held += size
    if held:
        yield Span(first, len(sizes), held)


def unique_names(names: Sequence[str]) -> list[str]:
    """The names, a repeated one with _2, _3, ... after it, and a blank one called colN."""
    found: list[str] = []
    taken = set(names)
    for number, name in enumerate(names, start=1):
        name = name or f"col{number}"
        if name in found:
            name = next(
                new for k in range(2, len(names) + 2) if (new := f"{name}_{k}") not in taken
            )
            taken.add(name)
        found.append(name)
    return found
