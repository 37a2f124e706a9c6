"""From the name of a shipped survey, or the path of a survey.toml, to the survey: each resolved
once in a process.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs import shipped
from catalogs.survey_toml import survey as survey_toml

if TYPE_CHECKING:
    from catalogs.survey import Survey

_resolved: dict[tuple[str, str], tuple[object, Survey]] = {}  # by path as given, and absolute


def survey(name_or_path: str | Path) -> Survey:
    """The shipped survey of that name, or the one that a survey.toml describes.

    A survey.toml is resolved once in a process: the same object is returned until the file's size
    or time of change differs.

    Parameters
    ----------
    name_or_path : str or Path
        A name that `catalogs.surveys.names()` lists, or a path that ends in `.toml`.

    Raises
    ------
    CatalogueError
        If no survey has that name (the choices are listed), or with all faults of the survey.toml.
    """
    name = str(name_or_path)
    if not name.endswith(".toml"):
        return shipped.load(name)
    path = name, os.path.abspath(name)
    state = _state(name)
    kept = _resolved.get(path)
    if kept is None or state is None or kept[0] != state:
        kept = _resolved[path] = (state, survey_toml.load(name))
    return kept[1]


def _state(path: str) -> tuple[int, int] | None:
    """Size and time of change of a file; None if it cannot be asked for."""
    try:
        about = Path(path).stat()
    except (OSError, ValueError):
        return None
    return about.st_size, about.st_mtime_ns
