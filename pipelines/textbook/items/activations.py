"""Transfer functions, their slopes, and how fast deep networks learn with each."""

from __future__ import annotations

from pipelines.textbook.digits import DigitsTask
from reports.textbook.item import Item
from reports.textbook.items.activations import item


class TextbookActivations(DigitsTask):
    """Logistic, tanh, ReLU and GELU: values, slopes, and training curves at depths from 2 to 10."""

    number = 2
    stage = "activations"

    def item(self) -> Item:
        from astronn.textbook import activations

        sizes = {"depths": (2, 6, 10), "starts": 1, "epochs": 10} if self.quick else {}
        result = activations.compute(*self.part("train"), int(self.seed), **sizes)
        return item(result, activations.LEARNT)


TASK = TextbookActivations
