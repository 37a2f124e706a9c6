"""Tables in Parquet files with units and a JSON description, written atomically and always as the
same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, foreign
from catalogs.files.atomic import replacing
from catalogs.texts import to_numpy

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

KEY = b"astronn"
FORMAT_VERSION = 1


def write_frame(
    path: Path | str,
    frame: pd.DataFrame,
    kind: str,
    metadata: Mapping,
    about: Mapping[str, Mapping[str, str]],
) -> None:
    """As `write_columns`, of a frame whose columns that are no numbers hold text."""
    write_columns(path, {name: frame[name].to_numpy() for name in frame}, kind, metadata, about)


def write_columns(
    path: Path | str,
    columns: Mapping[str, np.ndarray],
    kind: str,
    metadata: Mapping,
    about: Mapping[str, Mapping[str, str]],
) -> None:
    """Write text, boolean and float64 columns to one Parquet file.

    `kind` says what the table is and is asked for at reading; `metadata` is any JSON object;
    `about` holds the metadata (unit, description) of single columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"f": pa.float64(), "b": pa.bool_()}
    fields, arrays = [], []
    for name, values in columns.items():
        arrow_type = types.get(values.dtype.kind, pa.string())
        arrays.append(pa.array(values.tolist() if values.dtype.kind == "O" else values, arrow_type))
        fields.append(pa.field(name, arrow_type, metadata=dict(about.get(name, {})) or None))
    header = {"kind": kind, "format_version": FORMAT_VERSION} | dict(metadata)
    schema = pa.schema(fields, metadata={KEY: json.dumps(header, sort_keys=True, allow_nan=False)})
    with replacing(path) as scratch:
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), scratch)


def read_frame(path: Path | str, kind: str) -> tuple[pd.DataFrame, dict]:
    """The columns and the JSON description of a file that `write_frame` wrote for this `kind`; text
    columns as objects.

    Raises
    ------
    CatalogueError
        If the file cannot be read, or is of another kind or format.
    """
    import pandas as pd

    table, header = _read(path, kind)
    with foreign(path, "a readable Parquet file", f"make the {kind} again"):
        frame = pd.DataFrame({name: _values(table.column(name)) for name in table.column_names})
    return frame, header


def _read(path: Path | str, kind: str) -> tuple[pa.Table, dict]:
    """The table and its description; CatalogueError for any other file."""
    import pyarrow.parquet as pq

    with foreign(path, "a readable Parquet file", f"make the {kind} again"):
        table = pq.read_table(path)
        header = dict(json.loads((table.schema.metadata or {}).get(KEY, b"{}")))
    if header.get("kind") != kind or header.get("format_version") != FORMAT_VERSION:
        found = (
            f"{header['kind']} of format {header.get('format_version')}"
            if "kind" in header
            else "something else"
        )
        raise CatalogueError(
            f"{path}: {kind} of format {FORMAT_VERSION} expected, found {found}; remedy: make it"
            " again"
        )
    return table, header


def read_columns(path: Path | str, kind: str) -> tuple[dict[str, np.ndarray], dict]:
    """As `read_frame`, each column (N,) as numpy has it: text as str, which takes no Python object
    per cell.

    Raises
    ------
    CatalogueError
        If the file cannot be read, or is of another kind or format.
    """
    import pyarrow as pa

    table, header = _read(path, kind)
    with foreign(path, "a readable Parquet file", f"make the {kind} again"):
        columns = {
            name: (
                to_numpy(column.fill_null(""))
                if pa.types.is_string(column.type)
                else column.to_numpy()
            )
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    return columns, header


def no_columns() -> pd.DataFrame:
    """A table without columns and rows."""
    import pandas as pd

    return pd.DataFrame()


def _values(column: pa.ChunkedArray):
    import pandas as pd
    import pyarrow as pa

    return (
        pd.Series(column.to_pylist(), dtype=object)
        if pa.types.is_string(column.type)
        else column.to_numpy()
    )
