"""Inputs that do not fit in memory: files cut into parts of about a million objects, each read
block by block.

A kind of input is a module of this folder with TITLE, ``matches(path)``, ``columns(path, wanted) ->
{name: unit or ''}``, ``check(path, wanted)``, ``parts(path, rows, wanted) -> list[Part]`` and
``blocks(part, wanted) -> iterator of Block``: tables, which catalogs.formats reads, and image
stacks."""

from __future__ import annotations

import hashlib
import os
import pkgutil
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from catalogs.bulk.parts import PIXELS as PIXELS
from catalogs.bulk.parts import Block, Part, Wanted
from catalogs.errors import CatalogueError, Faults, listed

PACKED = ("", ".gz", ".bz2", ".xz")
BINARY = (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".h5", ".hdf5", ".npy", ".npz")
MAY_BE_PACKED = (".fits", ".fit", ".vot", ".votable", ".ecsv", ".csv", ".tsv", ".tbl")
# what is taken from a folder
SUFFIXES = (*BINARY, *(kind + packed for kind in MAY_BE_PACKED for packed in PACKED))
ANYTHING = Wanted()
END = 65_536  # bytes at the beginning and at the end of a file that its fingerprint looks at


def kinds() -> list[str]:
    """The kinds of input that can be read in parts, in alphabetical order."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in modules if hasattr(_module(name), "matches"))


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


def columns(path: Path, wanted: Wanted = ANYTHING) -> dict[str, str]:
    """The columns of a file, with the unit that it states or ''."""
    found: dict[str, str] = _reader(path).columns(path, wanted)
    return found


def check(path: Path, wanted: Wanted) -> None:
    """Raise CatalogueError unless a file has all that is wanted of it."""
    _reader(path).check(path, wanted)


def parts(paths: Sequence[Path], rows: int, wanted: Wanted = ANYTHING) -> list[Part]:
    """The parts of all files in their order, each of about ``rows`` objects; empty files have
    none.
    """
    return [part for path in paths for part in _reader(path).parts(path, rows, wanted)]


def blocks(part: Part, wanted: Wanted) -> Iterator[Block]:
    """The objects of a part in their order, what is ``wanted`` of them in the order asked for."""
    found: Iterator[Block] = _module(part.kind).blocks(part, wanted)
    return found


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


def _reader(path: Path) -> ModuleType:
    kind = kind_of(path)
    if kind is None:
        raise CatalogueError(f"{path} is of no kind that can be read in parts")
    return _module(kind)


def _module(kind: str) -> ModuleType:
    return import_module(f"catalogs.bulk.{kind}")
