"""Folders that appear whole or not at all.

A task writes into a scratch folder beside the final one; when everything is there and on the disk,
one rename publishes it. A reader therefore never sees half a result, whatever was killed; what a
dead process left is swept away."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import filelock

from catalogs.files.atomic import SCRATCH, scratch, sweep

UNFINISHED = ".unfinished-"


@contextlib.contextmanager
def published(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder which becomes ``folder`` when the block ends without an error.

    If another process has published the same folder meanwhile, its copy stays (same key, same
    content) and ours goes. On an error the scratch folder is removed and nothing appears."""
    with scratch(folder) as made:
        made.mkdir()
        yield made
        _flush(made)
        with contextlib.suppress(OSError):
            made.rename(folder)
        if not folder.is_dir():
            raise OSError(f"could not publish {folder}: renaming {made.name} to it failed")
        _flush_folder(folder.parent)


@contextlib.contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """Make ``folder`` for unfinished work and yield it, to one process at a time: a second one
    waits for the first.

    It is removed when the block ends without an error; after an error, or a kill, it stays for the
    next to go on from."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock")):
        folder.mkdir(exist_ok=True)
        yield folder
        shutil.rmtree(folder)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path``, which the system lets go of when the process dies, however it
    does; remove it at the end.
    """
    with filelock.FileLock(path):
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows: an open file cannot be removed
                path.unlink()


def sweep_all(results: Path) -> None:
    """Sweep every folder under ``results``; others may publish there, and sweep, at the same
    time.
    """
    for folder, folders, files in os.walk(results):  # passes over what vanishes meanwhile
        if any(name.startswith(SCRATCH) for name in (*folders, *files)):
            sweep(Path(folder))
        folders[:] = [name for name in folders if not name.startswith(".")]


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        _flush_folder(path) if path.is_dir() else _flush_file(path)
    _flush_folder(folder)


def _flush_file(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
