"""Parquet: one file, or a folder of them, also one that is partitioned by 'name=value' folders.

Units and descriptions are taken from the metadata of the fields ('unit', 'description'); a file
that astropy wrote is read by astropy, which has its own way to keep them, and masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import foreign
from catalogs.formats.arrow import to_column
from catalogs.formats.wanted import choose

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Table

TITLE = "a Parquet table"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as Parquet files do, or a folder holds such files."""
    return head.startswith(b"PAR1") or (
        path.is_dir() and next(path.rglob("*.parquet"), None) is not None
    )


def read(path: Path, columns: Sequence[str] | None = None) -> Table:
    """The table as an astropy Table; nulls are masked, NaN is NaN."""
    import pyarrow.dataset as ds
    from astropy.table import Table

    with foreign(path, TITLE, "write it again"):
        dataset = ds.dataset(path, format="parquet", partitioning="hive" if path.is_dir() else None)
        if (
            b"table_meta_yaml" in (dataset.schema.metadata or {}) and path.is_file()
        ):  # astropy keeps masks as columns
            table = Table.read(path, format="parquet")
            return table[choose(path, columns, table.colnames)]
        names = choose(
            path,
            columns,
            [name for name in dataset.schema.names if not name.startswith("__index_level_")],
        )
        table = dataset.to_table(columns=names)
        return Table(
            [
                to_column(name, table.column(name), *_about(dataset.schema.field(name)))
                for name in names
            ],
            copy=False,
        )


def _about(field: pa.Field) -> tuple[str | None, str | None]:
    """Unit and description of a field, None where it has none."""
    metadata = field.metadata or {}
    unit, description = (
        metadata[key].decode() if key in metadata else None for key in (b"unit", b"description")
    )
    return unit, description
