"""What a module found by its name holds."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def only_subclass(module: ModuleType, base: type) -> Any:
    """The one subclass of `base` that the module defines."""
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value.__module__ == module.__name__
    )
    return found
