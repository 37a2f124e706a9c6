"""Tables in FITS files (binary or ASCII extensions), memory-mapped: only the wanted columns of the
wanted rows are read.

Numbers come in the machine's own byte order, scaled by TSCAL and TZERO. An integer that equals
TNULL before it is scaled is null; FITS has no other missing number, so NaN stays NaN, blank text
stays '' and a logical that is neither T nor F is null. What is odd and harmless is counted (TNULL
on floats, a TDIM that does not fit the cells, bytes behind the last extension); a file that is cut
short, or whose record is not as long as its columns, is refused. Standard: FITS 4.0, Pence et al.
2010, A&A 524, A42, section 7."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import convert
from catalogs.formats.reading.fits_head import Binary, Extension, chosen, fields_of
from catalogs.formats.reading.fits_text import text_columns
from catalogs.formats.source import ROWS, Source, Span, row_spans

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a FITS table"
WHOLE = {  # TZERO of whole numbers that are stored without (or with) a sign: FITS 4.0, table 19
    ("B", -128.0): np.int8,
    ("I", 32768.0): np.uint16,
    ("J", 2147483648.0): np.uint32,
    ("K", 9223372036854775808.0): np.uint64,
}


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as FITS files do."""
    return head.startswith(b"SIMPLE  =")


def open(path: Path, *, hdu: int | str | None = None) -> Source:
    """One table extension; `hdu` is its number or name, by default the one with most rows."""
    return FitsSource(path, hdu)


class FitsSource(Source):
    """A table extension whose rows can be read from anywhere."""

    def __init__(self, path: Path, hdu: int | str | None) -> None:
        self.plain = unpacked(path)
        self.extension: Extension = chosen(path, self.plain, hdu)
        super().__init__(path, fields_of(self.extension), self.extension.rows)
        self.notes.update(self.extension.notes)
        self.choice = self.extension.choice

    def spans(self, rows: int) -> list[Span]:
        """Runs of rows."""
        return row_spans(self.extension.rows, rows)

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        """The rows [first, last)."""
        import pyarrow as pa

        found = self.extension
        columns = [found.columns[self.names().index(self.field(name).name)] for name in names]
        last = found.rows if last is None else min(last, found.rows)
        if not found.rows:
            return
        if found.text:
            kind: Any = np.dtype((np.uint8, (found.width,)))
        else:
            kind = np.dtype(
                {
                    "names": [column.key for column in found.columns],
                    "formats": [column.dtype for column in found.columns],
                    "offsets": [column.offset for column in found.columns],
                    "itemsize": found.width,
                }
            )
        raw = np.memmap(self.plain, np.uint8, "r", found.place, (found.rows * found.width,))
        for start in range(first, last, ROWS):
            end = min(start + ROWS, last)
            block = raw[start * found.width : end * found.width]
            if found.text:
                made = text_columns(self.path, block.reshape(-1, found.width), columns, start)
            else:
                rows = block.view(kind)
                made = [_column(rows[column.key], column) for column in columns]
            yield pa.record_batch(made, names=list(names))


def _column(raw: np.ndarray, about: Binary) -> pa.Array:
    """Some rows of one column."""
    import pyarrow as pa

    if about.code == "A":
        return convert.from_numpy(np.ascontiguousarray(raw).reshape(len(raw), *about.shape))
    if about.code == "L":
        true, known = raw == ord("T"), (raw == ord("T")) | (raw == ord("F"))
        return convert.from_numpy(true.reshape(-1, *about.shape), ~known.reshape(-1, *about.shape))
    if about.code == "X":
        bits = np.unpackbits(np.ascontiguousarray(raw).reshape(len(raw), -1), axis=1)
        bits = bits[:, : int(np.prod(about.shape, dtype=int))].astype(bool)
        return convert.from_numpy(bits.reshape(-1, *about.shape))
    values = np.ascontiguousarray(raw).reshape(-1, *about.shape)
    mask = values == about.null if about.null is not None else None
    if about.scale == 1.0 and (about.code, about.zero) in WHOLE:
        kind = np.dtype(WHOLE[about.code, about.zero])
        values = values.astype(values.dtype.newbyteorder("=")).view(
            f"{'u' if kind.kind == 'i' else 'i'}{kind.itemsize}"
        )
        shift = 128 if about.code == "B" else 1 << (8 * kind.itemsize - 1)
        unsigned = values.view(f"u{kind.itemsize}") ^ np.array(shift, f"u{kind.itemsize}")
        values = unsigned.view(kind)
    elif about.scale != 1.0 or about.zero != 0.0:
        values = values.astype(np.float64) * about.scale + about.zero
    made = convert.from_numpy(values, mask)
    return made if isinstance(made, pa.Array) else made.combine_chunks()
