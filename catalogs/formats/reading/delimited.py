"""Delimiter-separated text (CSV) as a table of text cells, one row a line, every malformed line
reported.
"""

from __future__ import annotations

import codecs
import csv
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError, Faults, listed
from catalogs.files.sniff import require_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

OTHER_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def read_delimited(path: Path | str, columns: Sequence[str], *, delimiter: str) -> pd.DataFrame:
    """The named columns as text, blanks stripped, missing cells ''; the index `line` is the line in
    the file.

    The first line holds the column names; further columns are ignored; cells may be quoted with
    double quotes. Errors (CatalogueError): no file, an empty file, another format, missing columns
    (all listed), lines with too many or too few cells, a last line that does not end (a file cut
    short leaves either), text that is not UTF-8, no rows."""
    expected = f"text in columns separated by {OTHER_DELIMITERS.get(delimiter, repr(delimiter))}"
    require_text(path, expected)
    _require_columns(path, columns, delimiter)
    frame = _parse(path, columns, delimiter)
    if len(frame) == 0:
        raise CatalogueError(
            f"{path}: the file has column names but no rows; remedy: fetch or export it again"
        )
    return frame


def _require_columns(path: Path | str, columns: Sequence[str], delimiter: str) -> None:
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        first = file.readline()
    header = next(csv.reader([first], delimiter=delimiter), [])
    faults = Faults(str(path))
    repeated = sorted({name for name in columns if header.count(name) > 1})
    if repeated:
        faults.add(
            f"column names given twice: {listed(map(repr, repeated))}", "rename or drop one of each"
        )
    missing = [name for name in columns if name not in header]
    if missing:
        faults.add(
            f"missing column {listed(map(repr, missing), 20)}",
            _rename_remedy(missing, header, first, delimiter),
        )
    faults.raise_if_any()


def _rename_remedy(missing: list[str], header: list[str], first: str, delimiter: str) -> str:
    """What to do about missing columns: another separator, a similar name, or the names that are
    there.
    """
    if len(header) == 1:
        other = max(OTHER_DELIMITERS, key=first.count)
        if other != delimiter and first.count(other):
            return (
                f"separate the columns by {OTHER_DELIMITERS[delimiter]}, not by"
                f" {OTHER_DELIMITERS[other]}"
            )
    folded = {name.casefold(): name for name in header if name not in missing}
    near = {
        name: difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.8)
        for name in missing
    }
    renames = [f"{folded[found[0]]!r} to {name!r}" for name, found in near.items() if found]
    if renames:
        return f"rename {listed(renames)}"
    return f"add them; the first line of the file names {listed(map(repr, header), 8)}"


def _parse(path: Path | str, columns: Sequence[str], delimiter: str) -> pd.DataFrame:
    import pandas as pd

    table, lines = read_cells(path, columns, delimiter)
    if len(table) != len(lines) - 1:
        raise CatalogueError(
            f"{path}: {len(lines)} lines hold {len(table)} rows: a quoted cell goes on over several"
            " lines; remedy: close its quotes, or take the line ends out of it"
        )
    _require_last_line_end(path, lines[-1])
    index = pd.Index(lines[1:], name="line", dtype="int64")
    return pd.DataFrame({name: table.column(name).to_pylist() for name in columns}, index=index)


def read_cells(
    path: Path | str, columns: Sequence[str], delimiter: str
) -> tuple[pa.Table, list[int]]:
    """The named columns as text, blanks stripped, missing cells ''; and the numbers of the lines,
    that of the header first.

    Errors (CatalogueError): lines with too many or too few cells, text that is not UTF-8.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv

    malformed = []
    _require_utf8(path)

    def note(row: pacsv.InvalidRow) -> str:
        malformed.append((row.number, row.expected_columns, row.actual_columns))
        return "skip"

    try:
        table = pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(
                use_threads=False
            ),  # only then do malformed rows know their number
            parse_options=pacsv.ParseOptions(delimiter=delimiter, invalid_row_handler=note),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise CatalogueError(
            f"{path}: cannot be read as UTF-8 text in columns ({error}); remedy: save it as UTF-8"
        ) from error
    lines = _lines_with_text(path)
    _report_malformed(path, malformed, lines)
    return pa.table({name: pc.utf8_trim_whitespace(table.column(name)) for name in columns}), lines


def _require_utf8(path: Path | str) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{path}: cannot be read as UTF-8 text in columns ({error}); remedy: save it as UTF-8"
        ) from error


def _lines_with_text(path: Path | str) -> list[int]:
    """The numbers of the lines that are not empty, the first line being 1: the reader skips and
    does not count others.
    """
    with open(path, encoding="latin-1") as file:  # any bytes; all three kinds of line end
        return [number for number, text in enumerate(file, start=1) if text != "\n"]


def _report_malformed(
    path: Path | str, malformed: list[tuple[int, int, int]], lines: list[int]
) -> None:
    """Raise when there are malformed rows, each (number among the lines with text, cells expected,
    cells found).
    """
    if not malformed:
        return
    shown = [f"line {lines[row - 1]} has {found}" for row, _, found in malformed]
    cut = " (the last line: the file is cut short)" if malformed[-1][0] == len(lines) else ""
    raise CatalogueError(
        f"{path}: {len(malformed)} of {len(lines)} lines do not have {malformed[0][1]} cells:"
        f" {listed(shown)}{cut}; remedy: fetch or export the file again, or mend these lines"
    )


def _require_last_line_end(path: Path | str, last: int) -> None:
    """Raise when the file does not end in a line end: a file cut short in a cell that is not read
    looks whole otherwise.
    """
    with open(path, "rb") as file:
        file.seek(-1, 2)
        if file.read(1) not in b"\r\n":
            raise CatalogueError(
                f"{path}: the last line, {last}, has no line end: the file may be cut short;"
                " remedy: fetch or export it again, or end the line if the file is whole"
            )
