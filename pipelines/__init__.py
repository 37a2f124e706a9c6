"""Luigi tasks that take a survey from its files to a report, and the ``astronn`` command line.

``luigi --module pipelines CompareClassifiers --survey openngc --local-scheduler`` runs the whole
line. In Python, ``from pipelines import CompareClassifiers`` gives the same tasks. Importing the
package alone costs nothing: the tasks are loaded when luigi is there to run them, or when one is
asked for by name. A task is found in its folder: a new one is one new file of `tasks` (of
`drawings`, if it draws for the page of a report, and of `textbook/items`, if it is a system of the
lecture)."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pipelines import rooms

rooms.check()

_FOLDERS = ("tasks", "drawings", "textbook.items")


def task_modules() -> list[str]:
    """The modules that hold tasks, by their full names."""
    found = [
        (folder, iter_modules([f"{__path__[0]}/{folder.replace('.', '/')}"])) for folder in _FOLDERS
    ]
    return [
        f"{__name__}.{folder}.{module.name}"
        for folder, modules in found
        for module in modules
        if not module.name.startswith("_")
    ]


def __getattr__(name: str) -> Any:
    # tasks are classes; anything else is a submodule, which Python finds by itself
    if name[:1].isupper():
        for module in map(import_module, task_modules()):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'pipelines' has no attribute {name!r}")


# started by the `luigi` command, which finds tasks among those already defined
if "luigi" in sys.modules:
    for _module in task_modules():
        import_module(_module)
