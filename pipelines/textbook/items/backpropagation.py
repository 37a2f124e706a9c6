"""Backpropagation in five steps, every number shown."""

from __future__ import annotations

from pipelines.textbook.task import TextbookTask
from reports.textbook.item import Item


class TextbookBackpropagation(TextbookTask):
    """One object forward, backward and one step downhill; the same for every seed, and as quick as
    can be.
    """

    number = 4
    stage = "backpropagation"

    def item(self) -> Item:
        from astronn.textbook import backpropagation
        from reports.textbook.items.backpropagation import item

        return item(backpropagation.compute())


TASK = TextbookBackpropagation
