"""From the name of a shipped survey, or the path of a survey.toml, to the survey: each resolved
once in a process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from catalogs import shipped
from catalogs.survey import Survey
from catalogs.survey_toml.spec import SurveySpec
from catalogs.survey_toml.survey import checked_spec, state_of, survey_of


@dataclass(frozen=True)
class Resolved:
    """A survey of a survey.toml, with the state of all that it was resolved from."""

    spec: SurveySpec
    state: object
    survey: Survey


_resolved: dict[tuple[str, str], Resolved] = {}  # by path as given, and absolute


def survey(name_or_path: str | Path) -> Survey:
    """The shipped survey of that name, or the one that a survey.toml describes.

    A survey.toml is resolved once in a process. The same object is returned until the size or the
    time of change of the toml differs, a file that it names is gone, or files were added to or
    removed from a folder that it names.

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
    key = name, os.path.abspath(name)
    kept = _resolved.get(key)
    if kept is None or kept.state != _state(name, kept.spec):
        spec = checked_spec(name)
        kept = _resolved[key] = Resolved(spec, _state(name, spec), survey_of(spec))
    return kept.survey


def _state(path: str, spec: SurveySpec) -> object:
    """Size and time of change of the toml, and what state_of tells of the files that it names."""
    try:
        about = os.stat(path)
    except OSError:
        return None  # as that of no resolved survey
    return about.st_size, about.st_mtime_ns, state_of(spec)
