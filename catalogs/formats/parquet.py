"""Parquet: one file, or a folder of them, also one that is partitioned by 'name=value' folders or a
HATS catalogue.

Units and descriptions are taken from the metadata of the fields ('unit', 'description'), or from
the head that astropy writes, which is read as plain YAML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs.errors import CatalogueError
from catalogs.formats.reading import convert, plain_yaml
from catalogs.formats.source import ROWS, Field, Source, Span, grouped

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a Parquet table"
LARGEST = 1 << 36  # bytes that a row group may unpack to


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as Parquet files do, or a folder holds such files."""
    return head.startswith(b"PAR1") or (
        path.is_dir() and next(path.rglob("*.parquet"), None) is not None
    )


def open(path: Path) -> Source:
    """The table; nulls are null, NaN is NaN."""
    return FolderSource(path) if path.is_dir() else FileSource(path)


class FileSource(Source):
    """One file; its row groups can be read alone."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
            schema, about = file.schema_arrow, file.metadata
            groups = [about.row_group(k) for k in range(about.num_row_groups)]
            self.sizes = [group.num_rows for group in groups]
            largest = max((group.total_byte_size for group in groups), default=0)
            if largest > LARGEST or min(self.sizes, default=0) < 0:
                raise CatalogueError(
                    f"{path}: damaged: a row group of {largest} bytes; remedy: write it again"
                )
        self.masks, head = _astropy(path, schema)
        super().__init__(path, _fields(schema, head, self.masks), sum(self.sizes))

    def spans(self, rows: int) -> list[Span]:
        """Runs of row groups."""
        return list(grouped(self.sizes, rows))

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        last = len(self.sizes) if last is None else last
        masks = [self.masks[name] for name in names if name in self.masks]
        wanted = list(dict.fromkeys([*names, *masks]))
        with pq.ParquetFile(self.path, memory_map=True, pre_buffer=False) as file:
            for batch in file.iter_batches(ROWS, range(first, last), wanted, use_threads=False):
                yield _simple(batch, names, self.masks)


class FolderSource(Source):
    """The files of a folder in alphabetical order, with the columns that their folders' names
    say.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow.dataset as ds

        hats = (path / "dataset").is_dir() and any(
            (path / name).is_file() for name in ("hats.properties", "properties")
        )
        self.dataset = ds.dataset(
            path / "dataset" if hats else path,
            format="parquet",
            partitioning="hive",
            exclude_invalid_files=True,
        )
        super().__init__(path, _fields(self.dataset.schema, {}, {}), self.dataset.count_rows())

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        for fragment in sorted(self.dataset.get_fragments(), key=lambda one: one.path):
            for batch in fragment.to_batches(
                schema=self.dataset.schema, columns=names, batch_size=ROWS, use_threads=False
            ):
                if len(batch):
                    yield _simple(batch, names, {})


def _simple(batch: pa.RecordBatch, names: list[str], masks: dict[str, str]) -> pa.RecordBatch:
    """The columns as numbers, truth values, text or lists of these; null where a mask says so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {}
    for name in names:
        column = convert.simple(batch.column(name))
        if name in masks:
            hidden = pc.fill_null(batch.column(masks[name]), False)
            column = pc.if_else(hidden, pa.scalar(None, column.type), column)
        columns[name] = column
    return pa.record_batch(columns)


def _astropy(path: Path, schema: pa.Schema) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The masks among the columns, and what astropy's head says of each column."""
    text = (schema.metadata or {}).get(b"table_meta_yaml")
    if not text:
        return {}, {}
    head = plain_yaml.load(path, text.decode("utf-8", "replace"))
    about = {str(column["name"]): column for column in plain_yaml.columns(path, head)}
    masks = {
        data: mask
        for data, mask in plain_yaml.masks(head).items()
        if data in schema.names and mask in schema.names
    }
    return masks, about


def _fields(
    schema: pa.Schema, head: dict[str, dict[str, Any]], masks: dict[str, str]
) -> list[Field]:
    import pyarrow as pa

    found = []
    for field in schema:
        if field.name.startswith("__index_level_") or field.name in masks.values():
            continue
        said = {
            key.decode(): value.decode("utf-8", "replace")
            for key, value in (field.metadata or {}).items()
        }
        said |= {k: str(v) for k, v in head.get(field.name, {}).items() if v is not None}
        why = convert.why_unreadable(field.type)
        kind = field.type if why else convert.simple(pa.array([], field.type)).type
        found.append(
            Field(
                field.name,
                kind,
                said.get("unit", ""),
                said.get("description", ""),
                convert.shape_of(field.type),
                why,
            )
        )
    return found
