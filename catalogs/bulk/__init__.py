"""Inputs that do not fit in memory: files cut into parts of about a million objects, each read
block by block.

A kind of input is a module of this folder with TITLE, ``matches(path)``, ``columns(path) -> {name:
unit or ''}``, ``parts(path, rows) -> list[Part]`` and ``blocks(part, identifier, columns) ->
iterator of Block``; a new one is one new file."""

from __future__ import annotations

import hashlib
import os
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, Faults, listed

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 131_072  # objects of a table that are held at once
SUFFIXES = (
    ".parquet",
    ".pq",
    ".arrow",
    ".feather",
    ".ipc",
    ".fits",
    ".fit",
    ".fits.gz",
)  # what is taken from a folder
PIXELS = "@pixels"  # in place of columns: the pictures of an image stack
END = 65_536  # bytes at the beginning and at the end of a file that its fingerprint looks at


@dataclass(frozen=True)
class Part:
    """A contiguous piece of one file."""

    path: str
    kind: str  # the module that reads it
    first: int  # in units of the kind: row groups, record batches, rows
    last: int  # not included
    rows: int


@dataclass(frozen=True)
class Block:
    """The next objects of a part: n identifiers and F columns (n,) of numbers, NaN where not
    measured; or pictures.
    """

    identifiers: pa.Array
    columns: Sequence[np.ndarray] | np.ndarray  # F arrays (n,) float, or (n, C, H, W)

    def __len__(self) -> int:
        return len(self.identifiers)


def kinds() -> list[str]:
    """The kinds of input that can be read in parts, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def files(inputs: Sequence[str | Path]) -> list[Path]:
    """The files and image stacks that ``inputs`` (files, folders of files, HATS catalogues) stand
    for, each folder sorted.

    What begins with '_' or '.' is passed over, as in every partitioned Parquet folder. All faults
    are one CatalogueError."""
    faults, found = Faults("input"), []
    for path in map(Path, inputs):
        if not path.exists():
            faults.add(f"{path} does not exist", "give a file, a folder of files or an image stack")
        elif kind_of(path) or path.is_file():
            found.append(path)
        else:
            inside = list(_inside(path))
            found += inside
            if not inside:
                faults.add(
                    f"{path} holds no file that ends in {', '.join(SUFFIXES)}",
                    "give another folder",
                )
    for path in found:
        if kind_of(path) is None:
            known = ", ".join(_module(kind).TITLE for kind in kinds())
            faults.add(
                f"{path} is of no kind that can be read in parts", f"convert it to one of: {known}"
            )
    twice = (
        sorted({str(path) for path in found if found.count(path) > 1}) if len(found) < 1000 else []
    )
    if twice:
        faults.add(f"given twice: {listed(twice)}", "give each file once")
    faults.raise_if_any()
    return found


def _inside(folder: Path) -> Iterator[Path]:
    """The data files of a folder; of a HATS catalogue those of its ``dataset``, without margins and
    indices.
    """
    hats = (
        any((folder / name).is_file() for name in ("hats.properties", "properties"))
        and (folder / "dataset").is_dir()
    )
    root = folder / "dataset" if hats else folder
    for path in sorted(root.rglob("*")):
        hidden = any(name.startswith(("_", ".")) for name in path.relative_to(root).parts)
        if not hidden and path.is_file() and path.name.lower().endswith(SUFFIXES):
            yield path


def kind_of(path: Path) -> str | None:
    """The module that reads a file or an image stack; None where there is none."""
    return next((kind for kind in kinds() if _module(kind).matches(path)), None)


def columns(path: Path) -> dict[str, str]:
    """The columns of a file, with the unit that it states or ''."""
    return _reader(path).columns(path)


def parts(paths: Sequence[Path], rows: int) -> list[Part]:
    """The parts of all files in their order, each of about ``rows`` objects; empty files have
    none.
    """
    return [part for path in paths for part in _reader(path).parts(path, rows)]


def blocks(part: Part, identifier: str, columns: Sequence[str]) -> Iterator[Block]:
    """The objects of a part in their order, their ``columns`` in the order asked for."""
    return _module(part.kind).blocks(part, identifier, columns)


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's size, time of change, first and last bytes (a Parquet file's end
    describes all of it).

    Of a folder, of its files'. To read all bytes of a survey in order to know whether it changed
    would cost as much as to classify it."""
    if path.is_dir():
        return hashlib.sha256(
            " ".join(f"{p.name} {fingerprint(p)}" for p in sorted(path.iterdir())).encode()
        ).hexdigest()
    status = path.stat()
    with path.open("rb") as file:
        head = file.read(END)
        file.seek(max(0, status.st_size - END), os.SEEK_SET)
        content = head + file.read(END)
    return hashlib.sha256(f"{status.st_size} {status.st_mtime_ns} ".encode() + content).hexdigest()


def as_numbers(values: pa.Array, name: str) -> np.ndarray:
    """A column as numbers, NaN where it is null; without a copy where it has no nulls."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_dictionary(kind) or pa.types.is_decimal(kind):
        values = values.cast(pa.float64())
    elif not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        raise CatalogueError(
            f"column {name!r} holds {kind}, numbers expected; remedy: name another feature"
        )
    if values.null_count and not pa.types.is_floating(values.type):
        values = values.cast(pa.float64())
    return values.to_numpy(zero_copy_only=False)


def grouped(sizes: Sequence[int], rows: int) -> Iterator[tuple[int, int, int]]:
    """(first, last, objects) of runs of pieces of these sizes, each run as long as it has not more
    than ``rows`` objects.
    """
    first, held = 0, 0
    for number, size in enumerate(sizes):
        if held and held + size > rows:
            yield first, number, held
            first, held = number, 0
        held += size
    if held:
        yield first, len(sizes), held


def _reader(path: Path) -> ModuleType:
    return _module(kind_of(path))


def _module(kind: str) -> ModuleType:
    return import_module(f"catalogs.bulk.{kind}")
