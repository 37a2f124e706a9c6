"""What a classifier is shown of the objects, one kind of data a file, found by its name.

A module of this folder that holds INPUT_KIND, a class of `_kind.InputKind`, is the kind of that
name: what an estimator and a preset say that they see."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from astronn.errors import unknown

if TYPE_CHECKING:
    from pipelines.inputs._kind import InputKind


def names() -> list[str]:
    """The names of all kinds in alphabetical order; nothing is imported for it."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def load(name: str) -> type[InputKind]:
    """The kind of that name; AstronnError with the choices otherwise."""
    if name not in names():
        raise unknown("kind of input", name, names())
    return import_module(f"{__name__}.{name}").INPUT_KIND
