"""Surveys, one a file: a module of this folder that holds SURVEY is a survey of that name."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError

if TYPE_CHECKING:
    from catalogs.survey import Survey


def names() -> list[str]:
    """The names of all surveys, in alphabetical order; nothing is imported for it."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def load(name: str) -> Survey:
    """The survey of that name, or that of a survey.toml whose path is given; CatalogueError with
    the choices otherwise.
    """
    if str(name).endswith(".toml"):
        from catalogs.survey_toml import survey as own_survey

        return own_survey.load(name)
    if name not in names():
        raise CatalogueError(f"unknown survey {name!r}; choose one of: {', '.join(names())}")
    return import_module(f"{__name__}.{name}").SURVEY
