"""The very simple network: two inputs, layers of two units, two spirals."""

from __future__ import annotations

from pipelines.textbook.task import TextbookTask
from reports.textbook.item import Item
from reports.textbook.items.spirals import item


class TextbookSpirals(TextbookTask):
    """Two spirals, and the plane as each hidden layer sees it."""

    number = 1
    code_version = 2
    stage = "spirals"

    def item(self) -> Item:
        from astronn.textbook import spirals

        if self.quick:
            return item(spirals.compute(int(self.seed), starts=12, max_epochs=1000))
        return item(spirals.compute(int(self.seed)))


TASK = TextbookSpirals
