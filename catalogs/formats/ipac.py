"""IPAC tables (.tbl), as IRSA and Kepler's archive write them: names between bars, below them
types, units and the texts that mean nothing, then columns of fixed width.

Format: https://irsa.ipac.caltech.edu/applications/DDGEN/Doc/ipac_tbl.html"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.files.sniff import require_text
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import cells, fixed_width
from catalogs.formats.reading.texts import text_format
from catalogs.formats.source import Field, Source, unique_names

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "an IPAC table"
BLOCK = 1 << 22  # bytes read at a time
WIDEST = 100_000  # characters of a line
WHOLE, REAL = ("i", "in", "int", "l", "lo", "lon", "long"), ("f", "d", "r")


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the first lines that are no keywords stand between bars."""
    return text_format(path, head) == "ipac"


def open(path: Path) -> Source:
    """The table."""
    plain = unpacked(path)
    require_text(plain, TITLE)
    return IpacSource(path, plain)


class IpacSource(Source):
    """Columns of fixed width below a head of bars."""

    def __init__(self, path: Path, plain: Path) -> None:
        import pyarrow as pa

        head = _head(plain)
        bars = [place for place, sign in enumerate(head[0]) if sign == "|"]
        if len(bars) < 2 or bars[-1] > WIDEST:
            raise CatalogueError(f"{path}: no columns between bars; remedy: export it again")
        self.bounds = [(left + 1, right) for left, right in pairwise(bars)]
        rows = [[row[a:b].strip() for a, b in self.bounds] for row in head]
        rows += [[""] * len(self.bounds)] * (4 - len(rows))
        names, types, units, nulls = rows[:4]
        kinds = [
            pa.int64()
            if kind.lower() in WHOLE
            else pa.float64()
            if kind.lower().startswith(REAL) and kind
            else pa.string()
            for kind in types
        ]
        self.plain, self.nulls = plain, nulls
        super().__init__(
            path,
            [
                Field(name, kind, unit)
                for name, kind, unit in zip(unique_names(names), kinds, units, strict=True)
            ],
        )

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        """The rows, as a whole only."""
        import pyarrow as pa

        places = [self.names().index(self.field(name).name) for name in names]
        width, at = self.bounds[-1][1], 0
        for block in _lines(self.plain):
            try:
                matrix = fixed_width.characters(block, width)
            except UnicodeDecodeError as error:
                raise CatalogueError(
                    f"{self.path}: neither ASCII nor UTF-8 ({error}); remedy: save it as UTF-8"
                ) from error
            matrix = matrix[(matrix != fixed_width.BLANK).any(axis=1)]
            columns = [self._column(matrix, place, at) for place in places]
            at += len(matrix)
            yield pa.record_batch(columns, names=list(names))

    def _column(self, matrix: np.ndarray, place: int, at: int) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        start, end = self.bounds[place]
        texts = pa.array(fixed_width.stripped(matrix[:, start:end]).tolist(), pa.string())
        field, null = self.fields[place], self.nulls[place]
        if null:
            texts = pc.if_else(pc.equal(texts, null), pa.scalar(None, pa.string()), texts)
        if pa.types.is_string(field.type):
            return texts
        found = cells.to_numbers(texts)
        if found.strays:
            row, text = found.shown[0]
            raise CatalogueError(
                f"{self.path}: column {field.name!r} is declared as a number, and row"
                f" {at + row + 1} holds {text!r}; remedy: correct the cell"
            )
        if found.limits:
            self.notes[f"limits in column {field.name!r}, read as blank"] += found.limits
        return found.values if pa.types.is_floating(field.type) else _whole(texts, found.values)


def _whole(texts: pa.Array, values: pa.Array) -> pa.Array:
    """Whole numbers digit by digit; numbers with decimals where a cell has them."""
    import pyarrow as pa

    try:
        return cells.cast(texts, pa.int64())
    except pa.ArrowInvalid:
        return values.cast(pa.int64(), safe=False)


def _head(path: Path) -> list[str]:
    """The lines between bars, at most four."""
    head: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            if line.startswith("|"):
                head.append(line.rstrip())
            elif head or not line.startswith("\\"):
                break
    return head[:4]


def _lines(path: Path) -> Iterator[bytes]:
    """The rows in blocks of whole lines."""
    with path.open("rb") as file:
        data = False
        while block := file.read(BLOCK):
            block += file.readline()
            if not data or block.startswith((b"|", b"\\")):
                rows = block.split(b"\n")
                while rows and (rows[0].lstrip(b"\xef\xbb\xbf")[:1] in (b"|", b"\\")):
                    rows.pop(0)
                block = b"\n".join(rows)
                data = bool(rows)
            if block.strip():
                yield block
