"""What is drawn of a classifier for the page of a report, one task a file, found by its name.

A module of this folder that holds DRAWING, a class of `_task.DrawingTask`, draws for every
classifier of its ``input_kind`` and of the options that it ``suits``."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.drawings._task import DrawingTask
    from pipelines.tasks.train import ClassifierTask


def names() -> list[str]:
    """The names of all drawings in alphabetical order; nothing is imported for it."""
    return sorted(
        module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
    )


def load(name: str) -> type[DrawingTask]:
    """The task of that name."""
    return import_module(f"{__name__}.{name}").DRAWING


def of(task: ClassifierTask) -> list[DrawingTask]:
    """What is drawn of the classifier of ``task``."""
    kind, options = task.input_kind(), task.chosen_options()
    drawings = (load(name) for name in names())
    return [
        task.clone(drawing)
        for drawing in drawings
        if drawing.input_kind_drawn == kind and drawing.suits(options)
    ]
