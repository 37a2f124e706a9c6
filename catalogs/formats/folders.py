"""A folder of folders, one a class, with one file an object: spiral/001.png, elliptical/002.png.
The table has a row a file and the columns

    path      spiral/001.png, from the folder on
    name      001, without folders and suffix
    folder    spiral, the folder that holds the file: the class
    top       the first folder of the path, as train in train/spiral/001.png

Where one of the files is a picture the pictures alone count; hidden files never do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError
from catalogs.files.folders import listing
from catalogs.formats.source import ROWS, Field, Source, Span, row_spans
from catalogs.images.matching import bare
from catalogs.images.planes import SUFFIXES

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a folder of class folders"
COLUMNS = {
    "path": "the file, from the folder on",
    "name": "the file's name without its suffix",
    "folder": "the folder that holds the file",
    "top": "the first folder of the path",
}


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether a folder's files lie in folders of two names or more; a folder of Parquet files is
    another table.
    """
    if not path.is_dir():
        return False
    names = listing(path).names
    if any(name.endswith(".parquet") for name in names):
        return False
    return len({PurePosixPath(name).parent.name for name in files_of(path)} - {""}) > 1


def open(path: Path) -> Source:
    """The table of the files, in alphabetical order of their paths."""
    return FoldersSource(path)


def files_of(path: Path) -> list[str]:
    """The paths of the files that stand for objects, from the folder on."""
    parts = [Path(name).parts for name in listing(path).names]
    seen = ["/".join(each) for each in parts if not any(part.startswith(".") for part in each)]
    pictures = [name for name in seen if name.lower().endswith(SUFFIXES)]
    return pictures or seen


class FoldersSource(Source):
    """The files' paths, in memory."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        self.files = files_of(path)
        astray = [name for name in self.files if "/" not in name]
        if astray:
            raise CatalogueError(
                f"{path}: {len(astray)} files lie in no class folder, such as {astray[0]!r};"
                " remedy: move them into the folder of their class, or out"
            )
        fields = [Field(name, pa.string(), description=about) for name, about in COLUMNS.items()]
        super().__init__(path, fields, len(self.files))

    def spans(self, rows: int) -> list[Span]:
        """Runs of files."""
        return row_spans(len(self.files), rows)

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        last = len(self.files) if last is None else last
        for start in range(first, last, ROWS):
            files = [PurePosixPath(file) for file in self.files[start : min(start + ROWS, last)]]
            columns = {
                "path": [str(file) for file in files],
                "name": [bare(file.name) if bare(file.name) != file.name else file.stem
                         for file in files],
                "folder": [file.parent.name for file in files],
                "top": [file.parts[0] for file in files],
            }  # fmt: skip
            arrays = [pa.array(columns[name], pa.string()) for name in names]
            yield pa.record_batch(arrays, names=names)
