"""Files that are either whole or absent: written under a scratch name in the same folder, then
renamed.

Scratch names hold host and process, so that what a killed process leaves behind can be told from
what is being written; those of other hosts are left alone."""

from __future__ import annotations

import os
import re
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRATCH = ".scratch-"


def scratch_name(name: str) -> str:
    """A name for what becomes `name`, with its suffix, that no other process of any host uses."""
    return f"{SCRATCH}{socket.gethostname()}-{os.getpid()}-{name}"


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A scratch path with the suffix of `path`, which takes the place of `path` when the block ends
    without an error.

    After an error the scratch file is removed and `path` is as it was. Scratch files that dead
    processes of this host left in the folder are removed first. The folder is made when it is
    missing."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    scratch = path.with_name(scratch_name(f"{uuid.uuid4().hex[:8]}-{path.name}"))
    try:
        yield scratch
        with open(scratch, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write `text` (UTF-8) to `path` so that a reader sees the old file or the new one, never a
    part.
    """
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def sweep(folder: Path) -> list[str]:
    """Remove the scratch that processes of this host, now dead, left in a folder; the names
    removed.
    """
    import psutil

    removed = []
    pattern = re.compile(rf"{re.escape(SCRATCH + socket.gethostname())}-(\d+)-.*")
    for name in os.listdir(folder):
        match = pattern.fullmatch(name)
        if match is None or psutil.pid_exists(int(match.group(1))):
            continue
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed.append(name)
    return removed
