"""Memory that training on a processor frees is kept for its next step.

The C library of Linux returns every large block to the system when it is freed, and the system
fills pages with zeros when it hands them out again. A step of training frees and takes the same
large blocks a thousand times; measured on light curves, a fourth of the time went into that. The
performance guide of PyTorch advises another allocator for the same reason."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

MIB = 2**20
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4  # the numbers of mallopt(3)
KEEPING = {
    MMAP_MAX: 0,
    TRIM_THRESHOLD: 2**31 - 1,
}  # no block from the system alone, nothing given back
USUAL = {
    MMAP_MAX: 65536,
    MMAP_THRESHOLD: 32 * MIB,
    TRIM_THRESHOLD: 64 * MIB,
}  # what the C library arrives at by itself

_inside = 0


@contextmanager
def keeping() -> Iterator[None]:
    """Within the block, freed memory stays with the process; at its end it is given back. Does
    nothing without glibc.
    """
    global _inside
    _inside += 1
    _set(KEEPING)
    try:
        yield
    finally:
        _inside -= 1
        library = _library()
        if not _inside and library is not None and _set(USUAL):
            library.malloc_trim(0)


def _set(values: dict[int, int]) -> bool:
    """Whether the C library took them all."""
    library = _library()
    return library is not None and all(
        [library.mallopt(number, value) for number, value in values.items()]
    )


@cache
def _library() -> ctypes.CDLL | None:
    """The C library, where it is glibc."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows
        return None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
