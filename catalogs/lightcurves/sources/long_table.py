"""Long tables, one row per epoch: Parquet or delimited text, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalogs.errors import CatalogueError
from catalogs.formats.reading import cells
from catalogs.formats.tables import format_of, open_table
from catalogs.lightcurves.epochs import Epochs, Source


@dataclass(frozen=True)
class LongColumns:
    """The names of the columns; '' where there is none. The column `magnitude` may hold fluxes
    (and `error` theirs). `band_names` turns what the band column says into the survey's names (as
    text). Epochs of other bands than the survey's are left out and counted.
    """

    object_id: str
    time: str
    magnitude: str
    error: str = ""
    band: str = ""
    band_names: dict[str, str] | None = None

    def names(self) -> list[str]:
        """The columns that are read."""
        return [
            name
            for name in (self.object_id, self.time, self.magnitude, self.error, self.band)
            if name
        ]


def long_table(
    paths: Sequence[Path | str],
    columns: LongColumns,
    bands: Sequence[str],
    delimiter: str | None = None,
) -> Source:
    """The epochs of one or more files of the same columns, in any format that
    its content tells; `delimiter` parts the cells of text, by default the sign that does. A band that
    is not among `bands`, or a missing column, is a CatalogueError with the choices.
    """

    def source() -> Iterator[Epochs]:
        for path in map(Path, paths):
            for batch in _batches(path, columns, delimiter):
                yield _epochs(path, batch, columns, tuple(bands))

    return source


def _batches(path: Path, columns: LongColumns, delimiter: str | None) -> Iterator[pa.RecordBatch]:
    options = {"delimiter": delimiter} if delimiter else {}
    form = format_of(path, **options)
    source = open_table(path, form, **(options if form == "csv" else {}))
    yield from source.cells(list(dict.fromkeys(columns.names())))


def _epochs(
    path: Path, batch: pa.RecordBatch, columns: LongColumns, bands: tuple[str, ...]
) -> Epochs:
    names, code = _codes(batch.column(columns.object_id))
    time, magnitude = (_floats(path, batch, name) for name in (columns.time, columns.magnitude))
    error = _floats(path, batch, columns.error) if columns.error else np.full(len(time), np.nan)
    band = (
        _bands(path, batch.column(columns.band), columns, bands)
        if columns.band
        else np.zeros(len(time), np.int8)
    )
    return Epochs(names, code, time, magnitude, error, band)


def _codes(values: pa.Array) -> tuple[list[str], np.ndarray]:
    """The different texts of a column and which of them each row has; whole numbers become their
    digits.
    """
    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    if coded.null_count or coded.dictionary.null_count:
        raise CatalogueError(
            "an epoch without an object's name; remedy: name every object, or leave the row out"
        )
    code = coded.indices.to_numpy()
    used, code = np.unique(
        code, return_inverse=True
    )  # a dictionary may hold names that this batch does not use
    return [str(name) for name in coded.dictionary.take(pa.array(used)).to_pylist()], code.astype(
        np.int32
    )


def _floats(path: Path, batch: pa.RecordBatch, name: str) -> np.ndarray:
    values = batch.column(name)
    if pa.types.is_string(values.type):
        found = cells.to_numbers(values)
        if found.strays:
            raise CatalogueError(
                f"{path}: column {name!r} is not of numbers (such as {found.shown[0][1]!r});"
                " remedy: correct these cells, or name another column"
            )
        values = found.values
    return pc.fill_null(values.cast(pa.float64(), safe=False), float("nan")).to_numpy(
        zero_copy_only=False
    )


def _bands(
    path: Path, values: pa.Array, columns: LongColumns, bands: tuple[str, ...]
) -> np.ndarray:
    found, code = _codes(values)
    named = [(columns.band_names or {}).get(text, text) for text in found]
    unknown = sorted(set(named) - set(bands))
    if unknown:
        raise CatalogueError(
            f"{path}: column {columns.band!r} holds band {unknown[0]!r}; choose among"
            f" {', '.join(bands)}, or say which it is"
        )
    return np.array([bands.index(name) for name in named], dtype=np.int8)[code]
