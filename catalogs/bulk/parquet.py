"""Parquet files, memory-mapped; a part is a run of row groups, so one row group that holds
everything is one part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from catalogs.bulk import ROWS, Block, Part, as_numbers, grouped
from catalogs.errors import CatalogueError

TITLE = "a Parquet file"


def matches(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def columns(path: Path) -> dict[str, str]:
    return {
        field.name: (field.metadata or {}).get(b"unit", b"").decode()
        for field in _open(path).schema_arrow
    }


def parts(path: Path, rows: int) -> list[Part]:
    about = _open(path).metadata
    sizes = [about.row_group(number).num_rows for number in range(about.num_row_groups)]
    return [Part(str(path), "parquet", *run) for run in grouped(sizes, rows)]


def blocks(part: Part, identifier: str, columns: Sequence[str]) -> Iterator[Block]:
    with _open(Path(part.path)) as file:
        wanted = list(dict.fromkeys([identifier, *columns]))
        for batch in file.iter_batches(
            ROWS, range(part.first, part.last), wanted, use_threads=False
        ):
            yield Block(
                batch.column(identifier), [as_numbers(batch.column(name), name) for name in columns]
            )


def _open(path: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path, memory_map=True, pre_buffer=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise CatalogueError(
            f"{path}: not a readable Parquet file ({error}); remedy: write it again"
        ) from error
