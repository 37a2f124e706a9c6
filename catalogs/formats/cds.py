"""Fixed-width tables of the CDS: a data file whose byte positions stand in a ReadMe, or a
machine-readable table.

The byte table is read by astropy's own header parser, so names, units, null flags and descriptions
are astropy's. The data are not: each block of lines becomes a matrix of characters (rows,
positions), and each field, a slice of it, is read as a whole
(catalogs.formats.reading.fixed_width). The values are those of `astropy.io.ascii` (format 'cds'): a
blank cell is masked, and so is a cell whose text is the null flag of its column.

ReadMe standard: Ochsenbein, "Standards for Astronomical Catalogues", version 2.0 (CDS, 2000),
section 3.2.3."""

from __future__ import annotations

import builtins
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from catalogs.errors import CatalogueError, Faults, listed
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import convert, fixed_width
from catalogs.formats.reading.wanted import text_of
from catalogs.formats.source import Field, Source

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a CDS table"
BYTE_TABLE = "Byte-by-byte Description of file"
WIDEST = 100_000  # bytes of a line
BLOCK = 1 << 20  # bytes read at a time
# characters parsed at a time: below the 128 KiB for which malloc asks the system for fresh pages
BATCH = 120_000


@dataclass(frozen=True)
class FixedField:
    """One column of the byte table: characters [start, end) of a line; kind 'f' (float64), 'i'
    (int64) or 's' (text); nulls are the texts, without blanks around them, that mean a missing
    value (a blank cell always does).
    """

    name: str
    start: int
    end: int
    kind: str
    nulls: tuple[str, ...]
    unit: object
    description: str


def matches(path: Path, head: bytes, readme: Path | str | None = None, **_: object) -> bool:
    """Whether the file carries a byte table, or has a ReadMe: the one given, or one beside a '.dat'
    file.
    """
    if b"\x00" in head:
        return False
    return (
        BYTE_TABLE.lower().encode() in head.lower()
        or readme is not None
        or _readme_beside(path) is not None
    )


def open(path: Path, *, readme: Path | str | None = None, table: str | None = None) -> CdsSource:
    """The table, null where a cell is blank or holds its column's null flag.

    readme: the ReadMe; by default the file 'ReadMe' beside a '.dat' file, and the head of the data
    file itself otherwise. table: the name under which the ReadMe describes the file, by default the
    file's own. The data file may be packed."""
    return CdsSource(path, Path(readme) if readme is not None else _readme_beside(path), table)


class CdsSource(Source):
    """Lines of fixed width below, or beside, a byte table."""

    def __init__(self, path: Path, readme: Path | None, table: str | None) -> None:
        import pyarrow as pa

        self.plain = unpacked(path)
        layouts, self.skip = layout(path, readme, table, self.plain)
        self.by_name = {field.name: field for field in layouts}
        kinds = {"f": pa.float64(), "i": pa.int64(), "s": pa.string()}
        super().__init__(
            path,
            [Field(f.name, kinds[f.kind], str(f.unit or ""), f.description or "") for f in layouts],
        )

    def count(self) -> int:
        """The number of lines of data."""
        if self.rows is None:
            with builtins.open(self.plain, "rb") as file:
                self.rows = max(_count_lines(file) - self.skip, 0)
        return self.rows

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        fields = [self.by_name[name] for name in names]
        width, at = max((field.end for field in fields), default=1), 0
        with builtins.open(self.plain, "rb") as file:
            for _ in range(self.skip):
                file.readline()
            while block := file.read(BLOCK):
                matrix = _matrix(block + file.readline(), width, self.path)
                groups = _groups(fields, len(matrix))
                try:
                    for group in groups:
                        group.fill(matrix, 0)
                except (ValueError, OverflowError):
                    _report_cells(fields, matrix, self.path, self.skip + at + 1)
                    _report_zero_bytes(matrix, self.path, self.skip + at + 1)
                    raise
                at += len(matrix)
                columns = {name: c for group in groups for name, c in group.columns().items()}
                yield pa.record_batch({name: columns[name] for name in names})


def layout(
    path: Path, readme: Path | None, table: str | None = None, plain: Path | None = None
) -> tuple[list[FixedField], int]:
    """The columns that the byte table gives the file, and how many lines of the file stand before
    the data.

    Raises
    ------
    CatalogueError
        If there is no byte table for the file.
    """
    from astropy.io import ascii as ascii_io
    from astropy.units import UnitsWarning

    reader = ascii_io.get_reader(ascii_io.Cds, readme=text_of(readme) if readme else None)
    reader.header.data = reader.data
    reader.data.fill_values = []
    name = table or path.name
    reader.data.table_name = name if readme else None
    head = [] if readme else text_of(plain or path).splitlines()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnitsWarning)
            reader.header.get_cols(head)
        skip = 0 if readme else len(head) - len(reader.data.process_lines(head))
        fields = [_field(column, reader.data.fill_values) for column in reader.header.cols]
    except Exception as error:  # of astropy's parser, on a head that it did not expect
        raise CatalogueError(f"{readme or path}: {_no_byte_table(readme, name, error)}") from error
    _check_fields(readme or path, fields)
    return fields, skip


def _check_fields(source: Path, fields: list[FixedField]) -> None:
    faults, names = Faults(str(source)), [field.name for field in fields]
    for field in fields:
        if not 0 <= field.start < field.end <= WIDEST:
            where = f"bytes {field.start + 1}-{field.end}"
            faults.add(
                f"column {field.name!r}: {where} are no place in a line of at most {WIDEST}",
                "correct the byte table",
            )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        faults.add(f"columns described twice: {listed(map(repr, repeated))}", "rename one of each")
    faults.raise_if_any()


def _readme_beside(path: Path) -> Path | None:
    beside = path.with_name("ReadMe")
    return beside if ".dat" in path.suffixes and beside.is_file() else None


def _no_byte_table(readme: Path | None, name: str, error: Exception) -> str:
    if readme is None:
        return f"no byte table for {TITLE} ({error}); remedy: give the catalogue's ReadMe (readme)"
    described = re.findall(rf"{BYTE_TABLE}:\s*(.+)", text_of(readme), re.IGNORECASE)
    choices = (
        f"name the table (table), one of: {listed(described, 12)}"
        if described
        else "give the catalogue's own ReadMe"
    )
    return f"no byte table for {name!r} in it; remedy: {choices}"


def _field(column, fill_values: list[tuple]) -> FixedField:
    """One column of astropy's header; `fill_values` holds (null text, fill, column name) for all
    columns.
    """
    from astropy.io.ascii import FloatType, IntType

    kind = (
        "f"
        if issubclass(column.type, FloatType)
        else "i"
        if issubclass(column.type, IntType)
        else "s"
    )
    nulls = tuple(
        dict.fromkeys(null for null, _, name in fill_values if name == column.name and null)
    )
    return FixedField(
        column.name, column.start, column.end, kind, nulls, column.unit, column.description
    )


def _count_lines(file: BinaryIO) -> int:
    """The number of lines of a file, also of the last one if it has no end; the file is at its
    start afterwards.
    """
    count, last = 0, b"\n"
    while block := file.read(BLOCK):
        count, last = count + block.count(b"\n"), block[-1:]
    file.seek(0)
    return count + (last != b"\n")


class Group:
    """The fields of one kind and width in n lines: values and mask (fields, n), filled block after
    block.
    """

    def __init__(self, kind: str, width: int, fields: list[FixedField], n: int) -> None:
        self.kind, self.width, self.fields = kind, width, fields
        self.values = np.empty((len(fields), n), {"f": "f8", "i": "i8", "s": f"U{width}"}[kind])
        self.mask = np.zeros((len(fields), n), dtype=bool)

    def fill(self, matrix: np.ndarray, at: int) -> None:
        """Read lines of characters (n, width), the first of which is line `at` of the data (from
        0), a few fields at a time.
        """
        lines = slice(at, at + len(matrix))
        few = max(1, BATCH // (self.width * max(len(matrix), 1)))
        for first in range(0, len(self.fields), few):
            batch = slice(first, first + few)
            starts, nulls = zip(
                *((field.start, field.nulls) for field in self.fields[batch]), strict=True
            )
            if self.kind == "s":
                found = fixed_width.texts(matrix, starts, self.width, nulls)
            else:
                found = fixed_width.numbers(
                    matrix, starts, self.width, nulls, whole=self.kind == "i"
                )
            self.values[batch, lines], self.mask[batch, lines] = found

    def columns(self) -> dict[str, pa.Array]:
        """The columns by name, null where a cell is blank."""
        return {
            field.name: convert.from_numpy(values, mask)
            for field, values, mask in zip(self.fields, self.values, self.mask, strict=True)
        }


def _groups(fields: list[FixedField], n: int) -> list[Group]:
    alike: dict[tuple[str, int], list[FixedField]] = {}
    for field in fields:
        alike.setdefault((field.kind, field.end - field.start), []).append(field)
    return [Group(kind, width, members, n) for (kind, width), members in alike.items()]


def _matrix(block: bytes, width: int, path: Path) -> np.ndarray:
    try:
        return fixed_width.characters(block, width)
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{path}: neither ASCII nor UTF-8 ({error}); remedy: save it as UTF-8"
        ) from error


def _report_cells(fields: list[FixedField], matrix: np.ndarray, path: Path, first: int) -> None:
    """Raise CatalogueError that names the cells which are no numbers, with their lines; nothing if
    there are none.
    """
    faults = Faults(str(path))
    for field in (field for field in fields if field.kind != "s"):
        convert = np.float64 if field.kind == "f" else np.int64
        texts = fixed_width.stripped(matrix[:, field.start : field.end]).tolist()
        known = ("", *field.nulls)
        bad = [
            (first + i, text)
            for i, text in enumerate(texts)
            if text not in known and not _reads(convert, text)
        ]
        if bad:
            what = "number" if field.kind == "f" else "whole number of 64 bits"
            where = f"bytes {field.start + 1}-{field.end}"
            shown = listed((f"{text!r} at line {line}" for line, text in bad), 3)
            faults.add(
                f"column {field.name!r} ({where}): no {what}: {shown}",
                "check the ReadMe against the file",
            )
    faults.raise_if_any()


def _report_zero_bytes(matrix: np.ndarray, path: Path, first: int) -> None:
    """Raise CatalogueError that names the first line with a zero byte; such a cell looks blank as a
    text and is not.
    """
    lines = np.flatnonzero((matrix == 0).any(axis=1))
    if len(lines):
        where = f"zero bytes in {len(lines)} lines, the first of them line {first + lines[0]}"
        raise CatalogueError(f"{path}: {where}: the file is damaged; remedy: fetch it again")


def _reads(convert: type, text: str) -> bool:
    try:
        convert(text)
    except (ValueError, OverflowError):
        return False
    return True
