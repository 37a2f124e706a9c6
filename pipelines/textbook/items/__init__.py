"""The systems of the textbook, one a file, found by its name."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from catalogs.errors import did_you_mean
from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from pipelines.textbook.task import TextbookTask


def names() -> list[str]:
    """The names of all systems in alphabetical order; nothing is imported for it."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[TextbookTask]:
    """The task of the system of that name; PipelineError with the choices otherwise."""
    if name not in names():
        raise PipelineError(
            f"unknown textbook item {name!r}; choose one of: {', '.join(names())}"
            f"{did_you_mean(name, names())}"
        )
    return import_module(f"{__name__}.{name}").TASK


def in_order(chosen: tuple[str, ...] = ()) -> list[type[TextbookTask]]:
    """The tasks of the systems chosen, or of all, in the order of the lecture."""
    return sorted((load(name) for name in chosen or names()), key=lambda task: task.number)
