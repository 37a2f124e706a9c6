"""Luigi tasks that take a survey from its files to a report, and the ``astronn`` command line.

``luigi --module pipelines CompareClassifiers --survey openngc --local-scheduler`` runs the whole line. In Python,
``from pipelines import CompareClassifiers`` gives the same tasks. Importing the package alone costs nothing: the tasks
are loaded when luigi is there to run them, or when one is asked for by name.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

_SYSTEMS = "textbook.items"  # a folder with a task a file
_TASK_MODULES = (
    "ingest", "train", "classify", "compare", "paper_figures", "captions", "caption_report", "early", "bulk.task",
    "textbook.page",
    *sorted(f"{_SYSTEMS}.{module.name}" for module in pkgutil.iter_modules([f"{__path__[0]}/{_SYSTEMS.replace('.', '/')}"])),
)  # fmt: skip


def __getattr__(name: str):
    if name[:1].isupper():  # tasks are classes; anything else is a submodule, which Python finds by itself
        for module in map(_load, _TASK_MODULES):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'pipelines' has no attribute {name!r}")


def _load(module: str):
    return importlib.import_module(f"pipelines.{module}")


if "luigi" in sys.modules:  # started by the `luigi` command, which finds tasks among those already defined
    for _module in _TASK_MODULES:
        _load(_module)
