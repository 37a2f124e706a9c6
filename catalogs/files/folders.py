"""The files of a folder and of all its folders, listed once in a process.

A listing is trusted while no folder in it has another time of change: a file that is added,
removed or renamed changes its folder's. It is taken anew while the youngest of these times is less
than two seconds old, because file systems count time in steps that long."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from catalogs.errors import CatalogueError

STEP_NS = 2_000_000_000  # the coarsest step of a file system's clock (FAT)


@dataclass(frozen=True)
class Listing:
    """A folder's files: `paths`, and their `names`, which are paths from the folder on, both in
    alphabetical order of the names' parts; `times` holds each folder in it with its time of change
    in nanoseconds.
    """

    names: tuple[str, ...]
    paths: tuple[Path, ...]
    times: tuple[tuple[str, int], ...]

    def is_current(self) -> bool:
        """Whether no folder of the listing has changed."""
        return all(time_of_change(folder) == then for folder, then in self.times)


_listings: dict[str, Listing] = {}


def listing(folder: Path | str) -> Listing:
    """The listing of a folder. Links to files count as files, links to folders are not followed,
    and what is neither (a pipe, a device) is left out.

    Raises
    ------
    CatalogueError
        If there is no such folder, or it may not be read.
    """
    key = os.path.abspath(folder)
    kept = _listings.get(key)
    if kept is None or not kept.is_current():
        kept = _list(os.fspath(folder))
        if max(then for _, then in kept.times) < time.time_ns() - STEP_NS:
            _listings[key] = kept
    return kept


def named_files(path: Path, start: Path) -> dict[str, Path]:
    """The files of a folder, or the one file that `path` is (whether it exists or not), by their
    paths from the folder `start` on.
    """
    name = os.path.relpath(path, start)
    if not path.is_dir():
        return {name: path}
    found = listing(path)
    head = "" if name == os.curdir else f"{name}{os.sep}"
    return {f"{head}{part}": file for part, file in zip(found.names, found.paths, strict=True)}


def time_of_change(path: str) -> int:
    """When a file or folder was changed last, in nanoseconds; -1 if there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return -1


def _list(top: str) -> Listing:
    files: list[str] = []
    times: list[tuple[str, int]] = []
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        times.append((folder, time_of_change(folder)))  # before it is read: a later file shows
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file():
                        files.append(entry.path)
        except OSError as error:
            raise CatalogueError(
                f"{folder}: {error.strerror or error}; remedy: give a folder that may be read"
            ) from error
    files.sort(key=lambda path: path.split(os.sep))
    start = len(top.rstrip(os.sep)) + 1
    names = tuple(path[start:] for path in files)
    return Listing(names, tuple(map(Path, files)), tuple(times))
