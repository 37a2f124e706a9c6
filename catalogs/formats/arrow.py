"""Arrow IPC (Feather) files, memory-mapped; what is read is validated, since a damaged offset would
be followed out of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.formats.parquet import _fields, _simple
from catalogs.formats.source import ROWS, Source, Span, grouped

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "an Arrow file"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as Arrow files do."""
    return head.startswith(b"ARROW1")


def open(path: Path) -> Source:
    """The table; nulls are null, NaN is NaN."""
    return ArrowSource(path)


class ArrowSource(Source):
    """A file of record batches, each of which can be read alone."""

    def __init__(self, path: Path) -> None:
        file = _open(path)
        self.sizes = [file.get_batch(k).num_rows for k in range(file.num_record_batches)]
        super().__init__(path, _fields(file.schema, {}, {}), sum(self.sizes))

    def spans(self, rows: int) -> list[Span]:
        """Runs of record batches."""
        return list(grouped(self.sizes, rows))

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        file = _open(self.path)
        for number in range(first, len(self.sizes) if last is None else last):
            whole = file.get_batch(number).select(names)
            whole.validate(full=True)
            for start in range(0, len(whole), ROWS):
                yield _simple(whole.slice(start, ROWS), names, {})


def _open(path: Path) -> pa.ipc.RecordBatchFileReader:
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path)))
