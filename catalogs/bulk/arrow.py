"""Arrow IPC (Feather) files, memory-mapped; a part is a run of record batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from catalogs.bulk import ROWS, Block, Part, as_numbers, grouped
from catalogs.errors import CatalogueError

TITLE = "an Arrow file"


def matches(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(6) == b"ARROW1"


def columns(path: Path) -> dict[str, str]:
    return {
        field.name: (field.metadata or {}).get(b"unit", b"").decode()
        for field in _open(path).schema
    }


def parts(path: Path, rows: int) -> list[Part]:
    file = _open(path)
    sizes = [file.get_batch(number).num_rows for number in range(file.num_record_batches)]
    return [Part(str(path), "arrow", *run) for run in grouped(sizes, rows)]


def blocks(part: Part, identifier: str, columns: Sequence[str]) -> Iterator[Block]:
    file = _open(Path(part.path))
    for number in range(part.first, part.last):
        whole = file.get_batch(number)
        for start in range(0, len(whole), ROWS):
            batch = whole.slice(start, ROWS)
            yield Block(
                batch.column(identifier), [as_numbers(batch.column(name), name) for name in columns]
            )


def _open(path: Path):
    import pyarrow as pa

    try:
        return pa.ipc.open_file(pa.memory_map(str(path)))
    except (pa.ArrowInvalid, OSError) as error:
        raise CatalogueError(
            f"{path}: not a readable Arrow file ({error}); remedy: write it again"
        ) from error
