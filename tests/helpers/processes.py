"""Waiting for other processes, and looking into folders in which they work."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

HANG_S = (
    600  # nobody waits longer for a process: it hangs. No measure of speed, machines are shared
)


def found(folder: Path, pattern: str) -> list[Path]:
    """The files and folders under ``folder`` whose names match; what vanishes meanwhile is passed
    over (``Path.rglob`` stumbles over it).
    """
    return [
        Path(place, name)
        for place, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if fnmatch(name, pattern)
    ]


def wait_until(true: Callable[[], object], process: subprocess.Popen) -> bool:
    """Wait until something is true; False if the process ended, or hung, before it was."""
    deadline = time.monotonic() + HANG_S
    while not true():
        if process.poll() is not None or time.monotonic() > deadline:
            return bool(true())
        time.sleep(0.002)
    return True


def kill_group(process: subprocess.Popen) -> None:
    """SIGKILL to a process that leads its group, and to all in it; one that has ended stays so."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
