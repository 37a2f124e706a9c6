"""An image stack (catalogs.images.stack): pictures instead of columns, memory-mapped; a part is a
range of pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from catalogs.bulk.parts import PIXELS, Block, Part, Wanted
from catalogs.errors import CatalogueError
from catalogs.images.stack import OBJECTS, ImageStack
from catalogs.images.stack import PIXELS as FILE

TITLE = "an image stack"
IMAGES = 1024  # held at once; a million pictures of 64 x 64 pixels would be 12 GB


def matches(path: Path) -> bool:
    """Whether the folder is an image stack."""
    return (path / FILE).is_file() and (path / OBJECTS).is_file()


def columns(path: Path, wanted: Wanted) -> dict[str, str]:
    """The identifier and the pictures."""
    return {"object_id": "", PIXELS: ""}


def check(path: Path, wanted: Wanted) -> None:
    """A stack has all that is wanted of it, but no columns to carry along: CatalogueError where
    some are asked for.
    """
    if wanted.keep or wanted.identifier not in ((), ("object_id",)):
        raise CatalogueError(
            f"{path}: an image stack has no columns besides object_id; remedy: leave --id and"
            " --keep out"
        )


def parts(path: Path, rows: int, wanted: Wanted) -> list[Part]:
    """Runs of about ``rows`` pictures."""
    n = len(_read(path))
    return [
        Part(str(path), "stack", start, min(start + rows, n), min(rows, n - start))
        for start in range(0, n, rows)
    ]


def blocks(part: Part, wanted: Wanted) -> Iterator[Block]:
    """The pictures of a part."""
    import pyarrow as pa

    stack = _read(Path(part.path))
    for start in range(part.first, part.last, IMAGES):
        rows = slice(start, min(start + IMAGES, part.last))
        yield Block(pa.array(stack.object_id[rows].tolist(), pa.string()), stack.pixels[rows])


def _read(path: Path):
    return ImageStack.read(path)
