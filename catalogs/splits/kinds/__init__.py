"""Kinds of split, one a file: a module of this folder holds one subclass of SplitPlan."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from catalogs.errors import CatalogueError
from catalogs.found import only_subclass
from catalogs.splits.plan import SplitPlan


def names() -> list[str]:
    """The names of all kinds, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(kind: str) -> type[SplitPlan]:
    """The plan of that kind.

    Raises
    ------
    CatalogueError
        If there is no such kind; the message lists the choices.
    """
    if kind not in names():
        raise CatalogueError(f"unknown kind of split {kind!r}; choose one of: {', '.join(names())}")
    return only_subclass(import_module(f"{__name__}.{kind}"), SplitPlan)
