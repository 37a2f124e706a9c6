"""Delimiter-separated text (CSV, TSV, `;`, `|`), the types of its columns told from their cells.

A column of whole numbers that 64 bits hold is int64, one of numbers float64, any other text; whole
numbers with a leading zero, or too long for 64 bits, are names and stay text: no digit of an
identifier is lost. A blank cell, and a word for nothing (`null`, `NA`, `--`, ...), is null in a
column of numbers and stays as it is in one of text; cells lose the blanks around them. Lines that
begin with the comment sign are passed over and counted (CasJobs' `#Table1`); without names the
columns are col1, col2, ..."""

from __future__ import annotations

from pathlib import Path

from catalogs.errors import CatalogueError
from catalogs.files.sniff import require_text
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import dialect
from catalogs.formats.reading.lines import LineSource
from catalogs.formats.reading.texts import text_format
from catalogs.formats.reading.wanted import head_of
from catalogs.formats.source import Source

TITLE = "a table in delimited text (CSV, TSV)"


def matches(path: Path, head: bytes, delimiter: str | None = None, **_: object) -> bool:
    """Whether the file is text whose lines are cells between delimiters, or whose first line holds
    the delimiter that is asked for.
    """
    found = text_format(path, head)
    if delimiter and found in ("csv", "text", "vizier", "") and b"\x00" not in head:
        return delimiter.encode() in head and not head.lstrip().startswith(b"<")
    return found == "csv"


def open(
    path: Path,
    *,
    delimiter: str | None = None,
    comment: str = "#",
    decimal: str = ".",
    header: bool | None = None,
) -> Source:
    """The table; `delimiter` is by default the one of , ; tab | that parts the lines into equally
    many cells, and `header` says whether the first line holds names.

    Raises
    ------
    CatalogueError
        If a column's name is given twice.
    """
    plain = unpacked(path)
    require_text(plain, TITLE)
    first = head_of(plain)
    dialect.require_utf8(path, first)
    head = dialect.head_of(first, comment)
    sign = delimiter or dialect.delimiter_of(head) or ","
    layout = dialect.layout(path, head, sign, comment=comment, decimal=decimal, header=header)
    repeated = dialect.repeated(dialect.split(head.lines[0][1], sign))
    if repeated and layout.skip > head.lines[0][0]:
        raise CatalogueError(
            f"{path}: column names given twice: {', '.join(repeated)}; remedy: rename or drop"
            " one of each"
        )
    return LineSource(path, plain, layout)
