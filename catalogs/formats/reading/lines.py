"""Lines of text as columns of cells, block by block: what CSV, blank-separated text, VizieR's TSV
and ECSV share once their head is understood.

The bytes are cleaned on their way (comment lines out, runs of blanks made one sign) and parsed by
pyarrow; a malformed line is a fault that names it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs.errors import CatalogueError, listed
from catalogs.formats.reading import cells
from catalogs.formats.source import ROWS, Field, Source

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 1 << 22  # bytes cleaned and parsed at a time
LONGEST = 1 << 26  # bytes of one line; a longer one is no line of a table
PARTED = b"\x1f"  # between cells that blanks parted: the unit separator of ASCII
QUOTED = re.compile(rb'"(?:[^"\n]|"")*"|[ \t]+')


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are columns. names: of all columns; skip: lines before the first line
    of data; lines: how many lines of data there are, None for all the rest; delimiter: '' for runs
    of blanks; comment: what a line begins with that is no data, '' for nothing; decimal: the
    sign before decimals; loose: whether blanks stand between a delimiter and a quoted cell; quoted:
    whether cells may stand between double quotes; nulls: the texts of a column that mean nothing,
    besides the usual words.
    """

    names: tuple[str, ...]
    skip: int = 0
    lines: int | None = None
    delimiter: str = ","
    comment: str = "#"
    decimal: str = "."
    loose: bool = False
    quoted: bool = True
    units: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    types: Mapping[str, Any] = field(default_factory=dict)  # declared: name to Arrow type
    nulls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class LineSource(Source):
    """A table of lines. Types are told from the cells of the columns that are asked for, in one
    reading of the file, where the file does not declare them.
    """

    def __init__(self, path: Path, plain: Path, layout: Layout) -> None:
        units = layout.units or ("",) * len(layout.names)
        described = layout.descriptions or ("",) * len(layout.names)
        super().__init__(
            path,
            [
                Field(name, layout.types.get(name), unit, text)
                for name, unit, text in zip(layout.names, units, described, strict=True)
            ],
        )
        self.plain, self.layout, self._kinds = plain, layout, dict(layout.types)

    def _typed(self, fields: list[Field]) -> list[Field]:
        self._look([f.name for f in fields if f.name not in self._kinds])
        return [Field(f.name, self._kinds[f.name], f.unit, f.description, f.shape) for f in fields]

    def count(self) -> int:
        if self.rows is None:
            self.rows = sum(len(batch) for batch in self._texts(self.names()[:1]))
        return self.rows

    def _look(self, names: list[str]) -> None:
        """Tell the types of columns and count the rows."""
        if not names:
            return
        kinds, rows = {name: cells.Kind() for name in names}, 0
        for batch in self._texts(names):
            rows += len(batch)
            for name, kind in kinds.items():
                kind.see(self._blanked(name, batch.column(name)))
        self.rows = rows
        self._kinds |= {name: kind.type() for name, kind in kinds.items()}

    def _blanked(self, name: str, column: pa.Array) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        column = cells.blanked(column)
        if self.layout.decimal != ".":
            column = pc.replace_substring(column, self.layout.decimal, ".")
        own = self.layout.nulls.get(name)
        if own:
            known = pc.is_in(column, value_set=pa.array(own, column.type))
            column = pc.if_else(known, pa.scalar(None, column.type), column)
        return column

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        """The rows, as a whole only."""
        import pyarrow as pa

        kinds = {f.name: f.type for f in self.typed(names)}
        for batch in self._texts(list(kinds)):
            yield pa.record_batch(
                {name: self._cast(name, batch.column(name), kinds[name]) for name in names}
            )

    def cells(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """All rows in blocks of text without blanks around it, in one reading of the file."""
        import pyarrow as pa
        import pyarrow.compute as pc

        for name in names:
            self.field(name)
        for batch in self._texts(list(names)):
            yield pa.record_batch(
                [pc.utf8_trim_whitespace(column) for column in batch.columns], names=list(names)
            )

    def _cast(self, name: str, column: pa.Array, kind: pa.DataType) -> pa.Array:
        import pyarrow as pa

        if pa.types.is_string(kind):
            return cells.cast(column, kind)
        try:
            return cells.cast(self._blanked(name, column), kind)
        except pa.ArrowInvalid as error:
            raise CatalogueError(
                f"{self.path}: column {name!r} is declared as {kind}, and a cell is not ({error});"
                " remedy: correct the cell"
            ) from error

    def _texts(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The cells of some columns as text, in blocks of at most ROWS lines."""
        import pyarrow as pa
        import pyarrow.csv as pacsv

        layout, malformed = self.layout, []
        stream = Cleaned(self.plain, layout)
        if stream.is_empty():
            return
        inner = [f"f{number}" for number in range(len(layout.names))]
        place = dict(zip(layout.names, inner, strict=True))

        def note(row: Any) -> str:
            malformed.append((row.number, row.actual_columns))
            return "skip" if len(malformed) < 100 else "error"

        try:
            reader = pacsv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=pacsv.ReadOptions(
                    column_names=inner, use_threads=False, block_size=2 * BLOCK
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=layout.delimiter or PARTED.decode(),
                    newlines_in_values=bool(layout.delimiter) and layout.quoted,
                    quote_char='"' if layout.quoted else False,
                    invalid_row_handler=note,
                ),
                convert_options=pacsv.ConvertOptions(
                    include_columns=[place[name] for name in names],
                    column_types=dict.fromkeys(inner, pa.string()),
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                if malformed:
                    break
                named = batch.rename_columns(list(names))
                for start in range(0, len(named), ROWS):
                    yield named.slice(start, ROWS)
        except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError) as error:
            if not malformed:
                raise CatalogueError(self._said(str(error))) from error
        if malformed:
            raise self._malformed(malformed)
        if stream.comments:
            self.notes["comment lines passed over"] = stream.comments

    def _said(self, error: str) -> str:
        if "UTF8" in error or "utf-8" in error:
            rule, remedy = "cannot be read as UTF-8 text in columns", "save it as UTF-8"
        else:
            rule, remedy = "cannot be read as text in columns", "mend that line, or export it again"
        return f"{self.path}: {rule} ({error:.200}); remedy: {remedy}"

    def _malformed(self, malformed: list[tuple[int | None, int]]) -> CatalogueError:
        lines = data_lines(self.plain, self.layout)
        shown = [
            f"line {lines[number - 1] if number and number <= len(lines) else '?'} has {found}"
            for number, found in malformed
        ]
        cut = malformed[-1][0] == len(lines)
        end = " (the last line: the file is cut short)" if cut else ""
        return CatalogueError(
            f"{self.path}: {len(malformed)} of {len(lines)} lines do not have"
            f" {len(self.layout.names)} cells: {listed(shown)}{end}; remedy: fetch or export the"
            " file again, or mend these lines"
        )


class Cleaned(io.RawIOBase):
    """The lines of data of a file as a stream of bytes, without the head, comment lines and, where
    blanks part the cells, with one sign between two.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        super().__init__()
        self.layout, self.comments, self.held = layout, 0, b""
        self.source = _clean(path, layout, self._commented)

    def _commented(self, count: int) -> None:
        self.comments += count

    def readable(self) -> bool:
        """Always."""
        return True

    def is_empty(self) -> bool:
        """Whether no line of data is left."""
        if not self.held:
            self.held = next(self.source, b"")
        return not self.held

    def read(self, size: int = -1) -> bytes:
        """The next bytes, b'' at the end."""
        while not self.held:
            try:
                self.held = next(self.source)
            except StopIteration:
                return b""
        size = len(self.held) if size is None or size < 0 else size
        found, self.held = self.held[:size], self.held[size:]
        return found


def _clean(path: Path, layout: Layout, commented: Callable[[int], None]) -> Iterator[bytes]:
    comment = layout.comment.encode()
    before = rb"^[ \t]*" if not layout.delimiter else rb"^ *"  # a tab is a cell
    is_comment = re.compile(before + re.escape(comment) + rb"[^\n]*\n?", re.MULTILINE)
    for block in _blocks(path, layout):
        if comment and comment in block:
            block, count = is_comment.subn(b"", block)
            commented(count)
        if not layout.delimiter:
            block = _parted(block)
        elif layout.loose:
            sign = re.escape(layout.delimiter.encode())
            block = re.sub(rb"(?m)(^|" + sign + rb')[ \t]+"', rb'\1"', block)
            block = re.sub(rb'"[ \t]+($|' + sign + rb")", rb'"\1', block)
        if block.strip(b"\n"):
            yield block


def _blocks(path: Path, layout: Layout) -> Iterator[bytes]:
    """Whole lines of data, a few MiB at a time, all ends of line as \\n."""
    left = layout.lines
    with open(path, "rb") as file:
        read, rest = _reader(file, layout.skip)
        ended = False
        while not ended and left != 0:
            block = read()
            ended = not block
            rest += block
            end = len(rest) if ended else rest.rfind(b"\n") + 1
            if not end and len(rest) > LONGEST:
                raise CatalogueError(
                    f"{path}: a line of more than {LONGEST} bytes; remedy: give a table"
                )
            whole, rest = rest[:end], rest[end:]
            if ended and whole and not whole.endswith(b"\n"):
                whole += b"\n"
            if left is not None:
                lines = whole.split(b"\n")
                left -= (taken := min(left, len(lines) - 1))
                whole = b"".join(line + b"\n" for line in lines[:taken])
            if whole.strip(b"\n "):
                yield whole


def _reader(file: io.BufferedReader, skip: int) -> tuple[Callable[[], bytes], bytes]:
    """A function that reads the next block with \\n for every end of line, after the first `skip`
    lines; and what was read beyond these.
    """
    head = file.read(1 << 16)
    old = b"\r" in head and b"\n" not in head  # Macintosh of old

    def plain(block: bytes) -> bytes:
        if old:
            return block.replace(b"\r", b"\n")
        return block.replace(b"\r\n", b"\n") if b"\r" in block else block

    def read() -> bytes:
        block = file.read(BLOCK)
        if block.endswith(b"\r") and not old:  # its \n may be in the next block
            block += file.read(1)
        return plain(block)

    if head.endswith(b"\r") and not old:
        head += file.read(1)
    rest = plain(head.removeprefix(b"\xef\xbb\xbf"))
    for _ in range(skip):
        while b"\n" not in rest and (more := read()):
            rest += more
        rest = rest.partition(b"\n")[2]
    return read, rest


def _parted(block: bytes) -> bytes:
    """Lines with PARTED between cells, without blanks around them."""
    if b'"' in block:
        block = QUOTED.sub(lambda found: found[0] if found[0][:1] == b'"' else PARTED, block)
    else:
        block = re.sub(rb"[ \t]+", PARTED, block)
    block = re.sub(rb"(?m)^\x1f|\x1f$", b"", block)
    return block


def data_lines(path: Path, layout: Layout) -> list[int]:
    """The number in the file, from 1, of each line of data that is not empty and no comment."""
    numbers, comment = [], layout.comment
    with open(path, encoding="latin-1", newline=None) as file:
        for number, line in enumerate(file, start=1):
            text = line.strip(" \r\n")
            if number > layout.skip and text and not (comment and text.startswith(comment)):
                numbers.append(number)
                if layout.lines is not None and number >= layout.skip + layout.lines:
                    break
    return numbers
