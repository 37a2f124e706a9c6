"""Layouts of light-curve files: each module of this folder holds one subclass of Layout."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from catalogs.errors import CatalogueError
from catalogs.found import only_subclass
from catalogs.lightcurves.layout import Layout


def names() -> list[str]:
    """The names of all layouts, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[Layout]:
    """The layout of that name.

    Raises
    ------
    CatalogueError
        If there is none; the message lists the choices.
    """
    if name not in names():
        raise CatalogueError(f"unknown layout {name!r}; choose one of: {', '.join(names())}")
    return only_subclass(import_module(f"{__name__}.{name}"), Layout)
