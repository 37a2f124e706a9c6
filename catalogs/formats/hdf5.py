"""Tables in HDF5 files: a compound data set (astropy, PyTables, h5py), or a group of columns of
equal length (vaex, many simulations). Needs h5py, of the extra 'images'.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.formats.reading import convert
from catalogs.formats.source import ROWS, Field, Source, Span, row_spans

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a table in an HDF5 file"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as HDF5 files do."""
    return head.startswith(b"\x89HDF\r\n")


def open(path: Path, *, table: str | None = None) -> Source:
    """The table at that place in the file ('/data'), by default the one with most rows."""
    return Hdf5Source(path, table)


class Hdf5Source(Source):
    """A compound data set, or data sets of equal length in one group."""

    def __init__(self, path: Path, wanted: str | None) -> None:
        found = _tables(path)
        if not found or (wanted is not None and wanted.strip("/") not in found):
            has = ", ".join(found) or "none"
            raise CatalogueError(f"{path}: no table {wanted or ''!r} in it; it has: {has}")
        name = wanted.strip("/") if wanted is not None else max(found, key=lambda k: found[k][0])
        rows, self.sets = found[name]
        with _opened(path) as file:
            fields = [_field(column, self._set(file, column)) for column in self.sets]
        super().__init__(path, fields, rows)
        self.choice = f'table = "{name}"' if len(found) > 1 else ""

    def _set(self, file: Any, column: str) -> Any:
        place, inner = self.sets[column]
        return file[place].fields(inner) if inner else file[place]

    def spans(self, rows: int) -> list[Span]:
        """Runs of rows."""
        return row_spans(self.rows or 0, rows)

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        last = self.rows or 0 if last is None else last
        with _opened(self.path) as file:
            for start in range(first, last, ROWS):
                rows = slice(start, min(start + ROWS, last))
                columns = [
                    convert.from_numpy(np.asarray(self._set(file, name)[rows])) for name in names
                ]
                yield pa.record_batch(columns, names=names)


def _opened(path: Path) -> Any:
    try:
        import h5py
    except ImportError as error:
        raise CatalogueError(
            f"{path}: reading HDF5 needs h5py; remedy: pip install 'astronn-pipelines[images]'"
        ) from error
    return h5py.File(path, "r")


def _tables(path: Path) -> dict[str, tuple[int, dict[str, tuple[str, str]]]]:
    """{place: (rows, {column: (data set, field of it or '')})}; links out of the file are not
    followed.
    """
    found: dict[str, tuple[int, dict[str, tuple[str, str]]]] = {}
    with _opened(path) as file:
        groups: dict[str, list[Any]] = {}

        def visit(name: str, item: Any) -> None:
            if not hasattr(item, "dtype") or not item.shape or getattr(item, "external", None):
                return
            if name.endswith(("__table_column_meta__", "_i_table")):
                return
            if item.dtype.names and len(item.shape) == 1:
                columns = {column: (name, column) for column in item.dtype.names}
                found[name] = (len(item), columns)
            elif item.dtype.kind in "fiubSO":
                groups.setdefault(name.rpartition("/")[0], []).append(item)

        file.visititems(visit)
        for place, items in groups.items():
            lengths = {len(item) for item in items}
            if len(lengths) == 1 and len(items) > 1:
                columns = {
                    item.name.rpartition("/")[2]: (item.name.strip("/"), "") for item in items
                }
                found[place] = (lengths.pop(), columns)
    return found


def _field(name: str, data: Any) -> Field:
    sample = np.asarray(data[:1])
    if sample.dtype.kind not in "fiubSO" or (
        sample.dtype.kind == "O"
        and not isinstance(sample.flat[0] if sample.size else "", str | bytes)
    ):
        return Field(name, None, unreadable="complex numbers or objects")
    return Field(name, convert.from_numpy(sample).type, shape=sample.shape[1:])
