"""A convolutional network on digits: maps, pooling, shifts, sizes."""

from __future__ import annotations

from pipelines.textbook.digits import DigitsTask
from reports.textbook.item import Item
from reports.textbook.items.convolution import item


class TextbookConvolution(DigitsTask):
    """Feature maps of a digit, kinds of pooling, what shifts do, and parameters beside a fully
    connected network's.
    """

    number = 5
    code_version = 2
    stage = "convolution"

    def item(self) -> Item:
        from astronn.textbook import convolution

        sizes = convolution.QUICK if self.quick else convolution.FULL
        result = convolution.compute(self.part("train"), self.part("test"), int(self.seed), sizes)
        return item(result, convolution.SHIFTS)


TASK = TextbookConvolution
