"""Whether the packages beside this one are astronn's own.

They have common names. A folder ``reports`` of the user's own in the working directory is found
before ours where Python looks there first (a notebook, ``python -m``, PYTHONPATH)."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

ROOMS = ("astronn", "catalogs", "reports")
OURS = Path(__file__).resolve().parents[1]
PROGRAMS = ("astronn", "luigi", "-m")  # that end with a line in place of a traceback


def check() -> None:
    """Raise ImportError if a folder stands in the way of one of the packages; end the ``astronn``
    and ``luigi`` commands with that line.
    """
    message = in_the_way()
    if not message:
        return
    program = Path(sys.argv[0] if sys.argv else "")
    if program.stem in PROGRAMS or program.parent.name in PROGRAMS:
        sys.exit(f"astronn: error: {message}")
    raise ImportError(message)


def in_the_way() -> str:
    """What stands in the way of the packages, in one line; "" if nothing does."""
    for room in ROOMS:
        found = _place(importlib.util.find_spec(room))
        if found is not None and found != OURS / room:
            return (
                f"{found} stands in the way of astronn's own package {room!r}; remedy: rename it,"
                " or start in another folder (astronn's packages are: astronn, catalogs, pipelines,"
                " reports)"
            )
    return ""


def _place(spec: ModuleSpec | None) -> Path | None:
    """The folder of a package, or the file of a module; None if there is none."""
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or [])
    if folders:
        return Path(folders[0]).resolve()
    return Path(spec.origin).resolve() if spec.origin else None
