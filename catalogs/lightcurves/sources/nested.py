"""One row per object, its epochs in cells that hold arrays, row group by row group."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.errors import CatalogueError, foreign
from catalogs.formats.reading.wanted import choose
from catalogs.formats.tables import open_table
from catalogs.lightcurves.cleaning import LEFT_OUT, OTHER_BAND
from catalogs.lightcurves.epochs import Epochs, Source
from catalogs.lightcurves.sources.banded import BandPlaces
from catalogs.lightcurves.sources.cells import codes

ROWS = 4096  # objects at a time


@dataclass(frozen=True)
class NestedColumns:
    """The names of the columns; '' where there is none; a field of a structure is 'column.field'.
    `bits` (column: mask) mark bad epochs.
    """

    object_id: str
    time: str
    magnitude: str
    error: str = ""
    band: str = ""
    band_names: Mapping[str, str] = field(default_factory=dict)
    bits: Mapping[str, int] = field(default_factory=dict)

    def names(self) -> list[str]:
        """What is read, each once."""
        found = [self.object_id, self.time, self.magnitude, self.error, self.band, *self.bits]
        return [name for name in dict.fromkeys(found) if name]


def nested(paths: Sequence[Path | str], columns: NestedColumns, bands: Sequence[str]) -> Source:
    """The epochs of all rows; a row whose arrays differ in length is a CatalogueError."""

    def source() -> Iterator[Epochs]:
        places = BandPlaces(bands, columns.band_names)
        for path in map(Path, paths):
            for cells in _rows(path, columns.names()):
                yield _epochs(path, cells, columns, places)
        places.require_some(f"column {columns.band!r}")

    return source


def _rows(path: Path, names: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
    """The columns, batch by batch."""
    with open(path, "rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if not is_parquet:
        table = open_table(path)
        choose(path, names, table.names())
        for batch in table.blocks(list(names)):
            yield dict(zip(names, batch.columns, strict=True))
        return
    with foreign(path, "a readable Parquet file"):
        opened = pq.ParquetFile(path, pre_buffer=False)
        tops = list(dict.fromkeys(_top(name, opened.schema_arrow.names) for name in names))
        choose(path, tops, opened.schema_arrow.names)
        for batch in opened.iter_batches(ROWS, columns=tops, use_threads=False):
            yield {name: _field(path, batch, name) for name in names}


def _top(name: str, known: Sequence[str]) -> str:
    return name if name in known else name.partition(".")[0]


def _field(path: Path, batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column, or a field of a structure (of lists, or a list of structures)."""
    if name in batch.schema.names:
        return batch.column(name)
    top, _, inner = name.partition(".")
    values = batch.column(top)
    if pa.types.is_struct(values.type):
        choose(path, [inner], [part.name for part in values.type])
        return pc.struct_field(values, inner)
    items = values.values
    choose(path, [inner], [part.name for part in items.type])
    return type(values).from_arrays(values.offsets, pc.struct_field(items, inner))


def _epochs(
    path: Path, cells: Mapping[str, pa.Array], columns: NestedColumns, places: BandPlaces
) -> Epochs:
    names, which = codes(cells[columns.object_id])
    time, counts = _flat(path, cells, columns.time)
    flat = {columns.time: time}
    for name in (columns.magnitude, columns.error, *columns.bits):
        if name:
            flat[name], own = _flat(path, cells, name)
            _require_equal(path, columns.time, counts, name, own)
    n = len(time)
    cause = np.full(n, -1, dtype=np.int8)
    for name, mask in columns.bits.items():
        bad = (np.nan_to_num(flat[name]).astype(np.int64) & mask) != 0
        cause = np.where(bad, LEFT_OUT, cause).astype(np.int8)
    band = _bands(path, cells, columns, counts, places)
    cause = np.where(band < 0, OTHER_BAND, cause).astype(np.int8)
    error = flat[columns.error] if columns.error else np.full(n, np.nan)
    code = np.repeat(which, counts)
    return Epochs(names, code, time, flat[columns.magnitude], error, band, cause)


def _lists(path: Path, values: pa.Array, name: str) -> pa.Array:
    """Cells as lists: those of Arrow, or texts such as '[1.5, 2]' (JSON)."""
    if pa.types.is_string(values.type):
        with foreign(path, f"column {name!r} of lists such as [1.5, 2]"):
            return pa.array([json.loads(cell) if cell else [] for cell in values.to_pylist()])
    kinds = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(is_kind(values.type) for is_kind in kinds):
        raise CatalogueError(
            f"{path}: column {name!r} holds one value a row; remedy: name a column of arrays, or"
            " use the layout long_table"
        )
    return values


def _flat(path: Path, cells: Mapping[str, pa.Array], name: str) -> tuple[np.ndarray, np.ndarray]:
    """All entries of a column's arrays, (M,) float64, and how many each row has."""
    lists = _lists(path, cells[name], name)
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    entries = pc.list_flatten(lists)
    if pa.types.is_temporal(entries.type):
        days = entries.cast(pa.timestamp("ns")).cast(pa.int64()).to_numpy() / 86_400e9
        return days + 2440587.5, counts.astype(np.int64)
    values = pc.fill_null(entries.cast(pa.float64(), safe=False), float("nan"))
    return values.to_numpy(zero_copy_only=False), counts.astype(np.int64)


def _bands(
    path: Path,
    cells: Mapping[str, pa.Array],
    columns: NestedColumns,
    counts: np.ndarray,
    places: BandPlaces,
) -> np.ndarray:
    """The place of each epoch's band, (M,) int8: of an array, or of one value a row."""
    if not columns.band:
        return np.zeros(int(counts.sum()), dtype=np.int8)
    values = cells[columns.band]
    listed_cells = pa.types.is_string(values.type) and str(values[0]).startswith("[")
    if pa.types.is_nested(values.type) or listed_cells:
        lists = _lists(path, values, columns.band)
        own = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        _require_equal(path, columns.time, counts, columns.band, own)
        found, code = codes(pc.list_flatten(lists))
        return places(found)[code]
    found, code = codes(values)
    return np.repeat(places(found)[code], counts)


def _require_equal(path: Path, time: str, counts: np.ndarray, name: str, own: np.ndarray) -> None:
    if not np.array_equal(counts, own):
        row = int(np.flatnonzero(counts != own)[0])
        raise CatalogueError(
            f"{path}: row {row + 1} has {counts[row]} entries of {time!r} and {own[row]} of"
            f" {name!r}; remedy: give arrays of one length"
        )
