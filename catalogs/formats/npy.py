"""numpy's own files: a record array (.npy), or an archive of columns (.npz); never a pickle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.formats.reading import convert
from catalogs.formats.source import ROWS, Field, Source, Span, row_spans

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a numpy table (npy, npz)"
LARGEST = 1 << 34  # bytes of an archive's arrays


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as numpy's files do; an archive is told from other zip files by its
    name.
    """
    return head.startswith(b"\x93NUMPY") or (
        head.startswith(b"PK\x03\x04") and path.suffix == ".npz"
    )


def open(path: Path) -> Source:
    """The table."""
    return NumpySource(path)


class NumpySource(Source):
    """Columns (n, ...) in memory, or in a memory-mapped record array."""

    def __init__(self, path: Path) -> None:
        self.columns = _columns(path)
        lengths = {len(values) for values in self.columns.values()}
        if len(lengths) != 1:
            raise CatalogueError(
                f"{path}: its arrays are not columns of equal length; remedy: save a record array"
            )
        super().__init__(
            path,
            [_field(name, values) for name, values in self.columns.items()],
            lengths.pop(),
        )

    def spans(self, rows: int) -> list[Span]:
        """Runs of rows."""
        return row_spans(self.rows or 0, rows)

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        last = self.rows or 0 if last is None else last
        for start in range(first, last, ROWS):
            rows = slice(start, min(start + ROWS, last))
            columns = [
                convert.from_numpy(np.ascontiguousarray(self.columns[name][rows])) for name in names
            ]
            yield pa.record_batch(columns, names=names)


def _columns(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if not packed:
        return _of_array(path, np.load(path, mmap_mode="r", allow_pickle=False))
    with np.load(path, allow_pickle=False) as archive:
        if sum(info.file_size for info in archive.zip.infolist()) > LARGEST:
            raise CatalogueError(f"{path}: it unpacks to more than {LARGEST} bytes")
        arrays = {name: archive[name] for name in archive.files}
    records = [array for array in arrays.values() if array.dtype.names]
    if records:
        return _of_array(path, max(records, key=len))
    return {name: array for name, array in arrays.items() if array.ndim}


def _of_array(path: Path, array: np.ndarray) -> dict[str, np.ndarray]:
    if array.dtype.names and array.ndim == 1:
        return {name: array[name] for name in array.dtype.names}
    if array.ndim == 2 and array.dtype.kind in "fiub":
        return {f"col{number + 1}": array[:, number] for number in range(array.shape[1])}
    raise CatalogueError(
        f"{path}: an array of shape {array.shape} is no table; remedy: save a record array"
    )


def _field(name: str, values: np.ndarray) -> Field:
    if values.dtype.kind not in "fiubSU":
        what = "complex numbers" if values.dtype.kind == "c" else f"cells of type {values.dtype}"
        return Field(name, None, unreadable=what)
    kind = convert.from_numpy(np.ascontiguousarray(values[:0])).type
    return Field(name, kind, shape=values.shape[1:])
