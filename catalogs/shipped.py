"""The surveys that the package carries: a module of catalogs/surveys that holds SURVEY is a survey
of that name.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError, did_you_mean

if TYPE_CHECKING:
    from catalogs.survey import Survey

FOLDER = Path(__file__).with_name("surveys")


def names() -> list[str]:
    """The names of all shipped surveys, in alphabetical order; nothing is imported for it."""
    found = pkgutil.iter_modules([str(FOLDER)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def load(name: str) -> Survey:
    """The shipped survey of that name.

    Raises
    ------
    CatalogueError
        If there is none; the message lists the choices.
    """
    if name not in names():
        hint = did_you_mean(name, names())
        if Path(name).suffix or "/" in name:
            hint = f"; of a table of your own, `astronn new-survey {name}` drafts a survey.toml"
        raise CatalogueError(f"unknown survey {name!r}; choose one of: {', '.join(names())}{hint}")
    return import_module(f"catalogs.surveys.{name}").SURVEY
