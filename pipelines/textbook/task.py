"""What the tasks of the textbook share: they compute one system and write its figures, tables,
numbers and words.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import luigi

from pipelines.engine.base import FolderTask
from reports.textbook.item import Item

FIGURES, TABLE, NUMBERS, RECORD = "figures/", "table.csv", "numbers.json", "item.json"


class TextbookTask(FolderTask):
    """One system of the lecture. A subclass names its ``number`` in the lecture and gives its
    ``item``.
    """

    number: ClassVar[int]
    effort = 20.0
    heavy: ClassVar[tuple[str, ...]] = (
        "torch",
        "matplotlib.backends.backend_agg",
        "matplotlib.backends.backend_pdf",
    )
    files = (FIGURES, TABLE, NUMBERS, RECORD)

    quick = luigi.BoolParameter(
        default=False,
        parsing=luigi.BoolParameter.EXPLICIT_PARSING,
        description="true: fewer starts, epochs and sizes, seconds in place of minutes",
    )
    seed = luigi.IntParameter(
        default=0, description="the one number all random choices derive from"
    )

    @classmethod
    def name(cls) -> str:
        """The name of the system, under which `items.load` finds its file: the stage."""
        return cls.stage

    def item(self) -> Item:
        """The system, computed."""
        raise NotImplementedError

    def place(self) -> tuple[str, ...]:
        return ("textbook",)

    def label(self) -> str:
        return self.name()

    def make(self, folder: Path) -> None:
        (folder / FIGURES).mkdir()
        for name, content in self.item().files():
            (folder / name).write_bytes(content)

    def record_of_item(self) -> dict[str, Any]:
        """What the page needs of a finished task: its words and tables, and its PNGs by name."""
        pictures = {
            path.name: path.read_bytes() for path in sorted(self.path(FIGURES).glob("*.png"))
        }
        own = {"number": self.number, "name": self.name(), "pictures": pictures}
        return {**json.loads(self.path(RECORD).read_text()), **own}

    def numbers(self) -> dict[str, Any]:
        return json.loads(self.path(NUMBERS).read_text())
