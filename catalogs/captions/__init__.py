"""Sets of described images, one a file, found by its name: a module of this folder that holds TASK
is a set of that name.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError, did_you_mean

if TYPE_CHECKING:
    from catalogs.captions.task import CaptionTask


def names() -> list[str]:
    """The names of all sets, in alphabetical order; nothing is imported for it."""
    found = [module.name for module in pkgutil.iter_modules(__path__)]
    return sorted(name for name in found if not name.startswith("_") and name != "task")


def load(name: str) -> CaptionTask:
    """The set of that name; CatalogueError with the choices otherwise."""
    if name not in names():
        raise CatalogueError(
            f"unknown set of captions {name!r}; choose one of: {', '.join(names())}"
            f"{did_you_mean(name, names())}"
        )
    return import_module(f"{__name__}.{name}").TASK
