"""Bishop's Fig. 5.3: four functions, three hidden units."""

from __future__ import annotations

from pipelines.textbook.task import TextbookTask
from reports.textbook.item import Item
from reports.textbook.items.bishop import item


class TextbookBishop(TextbookTask):
    """Fits to x^2, sin x, |x| and the step, with the hidden units that make them."""

    number = 3
    stage = "bishop"

    def item(self) -> Item:
        from astronn.textbook import fits

        sizes = {"starts": 4, "max_epochs": 50} if self.quick else {}
        return item(fits.compute(int(self.seed), **sizes))


TASK = TextbookBishop
