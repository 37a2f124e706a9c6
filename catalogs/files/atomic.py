"""Files and folders that are either whole or absent: made under a scratch name in the same folder,
then renamed.

A scratch name is drawn at random, and its owner holds a lock beside it which the system lets go of
when the owner dies, on whatever machine and in whatever container that is. Only what can be locked
is swept away, so nobody's work is ever taken for a dead one's; host names and numbers of processes,
which come again, play no part."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

SCRATCH = ".scratch-"
_live: dict[Path, Path] = {}  # what this process has under scratch names, with the mark of each


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A scratch path with the suffix of `path`, which takes the place of `path` when the block ends
    without an error.

    After an error the scratch file is removed and `path` is as it was. What dead processes left in
    the folder is removed first. The folder is made when it is missing."""
    path = Path(path)
    with scratch(path) as own:
        yield own
        with open(own, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(own, path)


def write_text(path: Path | str, text: str) -> None:
    """Write `text` (UTF-8) to `path` so that a reader sees the old file or the new one, never a
    part.
    """
    with replacing(path) as own:
        own.write_text(text, encoding="utf-8")


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """A name beside `path`, and ending like it, that is this block's alone; what is there under it
    when the block ends is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    mark = path.with_name(f"{SCRATCH}{secrets.token_hex(8)}.lock")
    lock = _lock(mark)
    own = mark.with_name(f"{mark.stem}-{path.name}")
    _live[own] = mark
    try:
        _locked(lock)  # on a file system without locks nobody sweeps either
        yield own
    finally:
        _clear(own, mark)
        lock.release()


def clear() -> None:
    """Remove all that this process has under scratch names, because it ends here and now."""
    for own, mark in list(_live.items()):
        _clear(own, mark)


def _clear(own: Path, mark: Path) -> None:
    _remove(own)
    mark.unlink(missing_ok=True)
    _live.pop(own, None)


def sweep(folder: Path) -> list[str]:
    """Remove the scratch that the dead left in `folder`; return the names removed."""
    removed = []
    for mark in folder.glob(f"{SCRATCH}*.lock"):
        lock = _lock(mark)
        if not _locked(lock):
            continue  # its owner lives, or nobody can tell
        for left in folder.glob(f"{mark.stem}-*"):
            _remove(left)
            removed.append(left.name)
        mark.unlink(missing_ok=True)
        lock.release()
    return removed


def _lock(mark: Path) -> filelock.FileLock:
    """A lock that any thread may let go of."""
    return filelock.FileLock(mark, thread_local=False)


def _locked(lock: filelock.FileLock) -> bool:
    """Lock it, and say whether that was possible."""
    try:
        lock.acquire(timeout=0)
    except (OSError, NotImplementedError):  # filelock's Timeout is an OSError
        return False
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
