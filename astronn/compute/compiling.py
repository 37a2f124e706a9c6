"""Loops that Numba compiles (https://numba.pydata.org), and threads that run them side by side.

To be imported where something is computed, not with the package: Numba takes half a second to load.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

from numba import njit


def compiled(
    function: Callable[..., Any] | None = None, *, any_order: bool = False
) -> Callable[..., Any]:
    """The function compiled by Numba when it is first called, run outside Python's lock, kept on
    disk for the next process.

    The copy on disk is of the function's own file: after a change of the rules here, remove the
    folders __pycache__. A product and a sum may be one instruction; with ``any_order`` sums may be
    taken in any order, as vectors need it."""
    if function is None:
        return partial(compiled, any_order=any_order)
    how: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"contract", "reassoc"} if any_order else {"contract"},
    }
    try:
        return njit(cache=True, **how)(function)
    except RuntimeError:  # there is no folder to keep it in
        return njit(**how)(function)


def share_out(work: Callable[[slice], None], n: int, threads: int) -> None:
    """Call work(part) for slices that make up range(n), each on a thread of its own; returns when
    all are done.
    """
    threads = max(1, min(n, threads))
    parts = [slice(number * n // threads, (number + 1) * n // threads) for number in range(threads)]
    others = [_threads(os.getpid()).submit(work, part) for part in parts[1:]]
    work(parts[0])
    for other in others:
        other.result()


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """The threads of a process, which a fork of it does not have."""
    return ThreadPoolExecutor(os.cpu_count())
