"""Delimiter-separated text (CSV, TSV, `;`, `|`), the types of its columns told from their cells.

A column of whole numbers that 64 bits hold is int64, one of numbers float64, any other text; whole
numbers with a leading zero, or too long for 64 bits, are names and stay text: no digit of an
identifier is lost. A blank cell is masked in a column of numbers and '' in one of text; the two are
not told apart in such a file, and cells lose the blanks around them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError
from catalogs.files.sniff import require_text
from catalogs.formats.arrow import to_column
from catalogs.formats.delimited import OTHER_DELIMITERS, read_cells
from catalogs.formats.wanted import choose

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Table

TITLE = "a table in delimited text (CSV, TSV)"
WHOLE = r"^[+-]?(0|[1-9][0-9]{0,18})$"
DIGITS = r"^[+-]?[0-9]+$"


def matches(path: Path, head: bytes, delimiter: str | None = None, **_: object) -> bool:
    """Whether the file is text whose name ends in .csv or .tsv, or whose first line holds the
    delimiter that is asked for.
    """
    if (
        b"\x00" in head
        or head.lstrip().startswith((b"<", b"# %ECSV", b"SIMPLE  =", b"PAR1"))
        or not head.strip()
    ):
        return False
    first = head.split(b"\n")[0]
    return path.suffix.lower() in (".csv", ".tsv") or (
        delimiter is not None and delimiter.encode() in first
    )


def read(
    path: Path, columns: Sequence[str] | None = None, *, delimiter: str | None = None
) -> Table:
    """The table as an astropy Table; `delimiter` is by default the one of , ; tab | that the first
    line holds most of.
    """
    from astropy.table import Table

    require_text(path, TITLE)
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        first = file.readline()
    delimiter = delimiter or max(OTHER_DELIMITERS, key=first.count)
    header = next(csv.reader([first], delimiter=delimiter))
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise CatalogueError(
            f"{path}: column names given twice: {', '.join(repeated)}; remedy: rename or drop one"
            " of each"
        )
    names = choose(path, columns, header)
    cells, _ = read_cells(path, names, delimiter)
    return Table([to_column(name, _typed(cells.column(name))) for name in names], copy=False)


def _typed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text cells as the numbers that all of them are, '' as null then; as they are otherwise."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    if known.null_count == len(known):
        return cells
    if not _all(pc.match_substring_regex(known, DIGITS)):
        unsigned = pc.replace_substring_regex(
            known, r"^\+([0-9.])", r"\1"
        )  # pyarrow reads no plus sign
        return _cast(unsigned, pa.float64()) or cells
    return (
        _all(pc.match_substring_regex(known, WHOLE))
        and _cast(pc.utf8_ltrim(known, characters="+"), pa.int64())
    ) or cells


def _all(values: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(values).as_py())


def _cast(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """The cells as numbers of that kind; None if one of them is none."""
    import pyarrow as pa

    try:
        return cells.cast(kind)
    except pa.ArrowInvalid:
        return None
