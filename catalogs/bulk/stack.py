"""An image stack (catalogs.images.stack): pictures instead of columns, memory-mapped; a part is a
range of pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from catalogs.bulk import PIXELS, Block, Part
from catalogs.images.stack import OBJECTS, ImageStack
from catalogs.images.stack import PIXELS as FILE

TITLE = "an image stack"
IMAGES = 1024  # held at once; a million pictures of 64 x 64 pixels would be 12 GB


def matches(path: Path) -> bool:
    return (path / FILE).is_file() and (path / OBJECTS).is_file()


def columns(path: Path) -> dict[str, str]:
    return {"object_id": "", PIXELS: ""}


def parts(path: Path, rows: int) -> list[Part]:
    n = len(_read(path))
    return [
        Part(str(path), "stack", start, min(start + rows, n), min(rows, n - start))
        for start in range(0, n, rows)
    ]


def blocks(part: Part, identifier: str, columns: Sequence[str]) -> Iterator[Block]:
    import pyarrow as pa

    stack = _read(Path(part.path))
    for start in range(part.first, part.last, IMAGES):
        rows = slice(start, min(start + IMAGES, part.last))
        yield Block(pa.array(stack.object_id[rows].tolist(), pa.string()), stack.pixels[rows])


def _read(path: Path):
    return ImageStack.read(path)
