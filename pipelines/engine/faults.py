"""Faults of the machine, in words: a full disk, no right to write, too little memory, a process
that was killed.

They are nobody's mistake in the code, so a traceback helps no one; the message names the cause and
what to do. What was finished before stays, and the same command goes on from there."""

from __future__ import annotations

import contextlib
import errno
import signal

DISK = {
    errno.ENOSPC: "there is no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "the right to do so is missing",
    errno.EPERM: "the right to do so is missing",
    errno.EIO: "the disk reports an input/output error",
    errno.EMFILE: "too many files are open (see ulimit -n)",
}
# What libraries in other languages say in place of an errno or a MemoryError.
TEXTS = {
    "No space left on device": DISK[errno.ENOSPC],
    "StorageFull": DISK[errno.ENOSPC],
    "Disk quota exceeded": DISK[errno.EDQUOT],
    "Read-only file system": DISK[errno.EROFS],
    "can't allocate memory": "the machine is out of memory",
    "CUDA out of memory": "the graphics card is out of memory",
    "std::bad_alloc": "the machine is out of memory",
}
MEMORY = "use fewer --workers or fewer objects, or a machine with more memory"
AGAIN = "run the same command again: what was finished stays"
SILENT = 1000  # no exit code: the process hung and was ended
GO_ON = "then run the same command again: what was finished stays"


def in_words(error: BaseException) -> str | None:
    """The cause of an error of the machine and its remedy in one line; None for an error of any
    other kind.
    """
    if isinstance(error, MemoryError):
        return (
            f"out of memory ({_line(error) or 'the system gave no more'}); remedy: {MEMORY};"
            f" {GO_ON}"
        )
    cause = DISK.get(error.errno or 0) if isinstance(error, OSError) else None
    cause = cause or next((words for text, words in TEXTS.items() if text in str(error)), None)
    if cause is None:
        return None
    if "memory" in cause:
        return f"{cause}; remedy: {MEMORY}; {GO_ON}"
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    return (
        f"a file cannot be read or written: {cause}{where}; remedy: mend that, or choose another"
        f" --results; {GO_ON}"
    )


def of_exit(code: int, seconds: float = 0.0) -> str:
    """Why a process ended before it said what came of its task, and the remedy, in one line. The
    code is negative for a signal, SILENT for a process that was idle for ``seconds``.
    """
    if code == -signal.SIGKILL:
        return (
            "its process was killed (SIGKILL): as a rule the system ran out of memory; remedy:"
            f" {MEMORY}; {GO_ON}"
        )
    if code == SILENT:
        return (
            f"its process did nothing for {seconds:.0f} s and was ended (it neither computed, nor"
            f" read, nor wrote); remedy: {AGAIN}"
        )
    if code == 0:
        return f"its process ended without a word (exit code 0); remedy: {AGAIN}"
    how = f"exit code {code}"
    with contextlib.suppress(ValueError):
        how = signal.Signals(-code).name
    return f"its process ended by {how}; remedy: {AGAIN}"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
