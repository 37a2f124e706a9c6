"""Transfer functions, their slopes, and how fast deep networks learn with each."""

from __future__ import annotations

from typing import Any

from pipelines.textbook.digits import DigitsTask
from reports.textbook.item import Item
from reports.textbook.items.activations import item


class TextbookActivations(DigitsTask):
    """Logistic, tanh, ReLU and GELU: values, slopes, and training curves at depths from 2 to 10."""

    number = 2
    stage = "activations"

    def item(self) -> Item:
        from astronn.textbook import activations

        x, y = self.part("train")
        sizes: dict[str, Any] = {
            "depths": (2, 6, 10),
            "starts": 1,
            "epochs": 10,
            "widths": (48,),
            "race_depths": (2,),
        }
        result = activations.compute(x, y, int(self.seed), **(sizes if self.quick else {}))
        return item(result, activations.LEARNT)


TASK = TextbookActivations
