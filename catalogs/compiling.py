"""Loops over epochs and pixels that Numba compiles (https://numba.pydata.org).

To be imported where something is computed: Numba takes half a second to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function compiled at its first call, without Python's lock; sums in any order."""
    fast = {"contract", "reassoc"}
    try:
        made = njit(function, cache=True, nogil=True, error_model="numpy", fastmath=fast)
    except RuntimeError:  # there is no folder to keep it in
        made = njit(function, nogil=True, error_model="numpy", fastmath=fast)
    return cast("Function", made)
