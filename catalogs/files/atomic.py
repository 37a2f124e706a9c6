"""Files that are either whole or absent: written under a scratch name in the same folder, then
renamed.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A scratch path with the suffix of `path`, which takes the place of `path` when the block ends
    without an error.

    After an error the scratch file is removed and `path` is as it was. Scratch files that dead
    processes left for the same `path` are removed first. The folder is made when it is missing."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    scratch = path.with_name(
        f".{path.stem}.{os.getpid()}-{uuid.uuid4().hex[:8]}.scratch{path.suffix}"
    )
    try:
        yield scratch
        with open(scratch, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Remove the scratch files of `path` whose process has ended (a killed run leaves its own
    behind).
    """
    import psutil

    name = re.compile(
        rf"\.{re.escape(path.stem)}\.(\d+)-[0-9a-f]+\.scratch{re.escape(path.suffix)}"
    )
    for other in path.parent.iterdir():
        match = name.fullmatch(other.name)
        if match and not psutil.pid_exists(int(match.group(1))):
            other.unlink(missing_ok=True)
