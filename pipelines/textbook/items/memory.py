"""Recurrent networks and memory: temporal XOR, recall after a lag, derivatives through time."""

from __future__ import annotations

from pipelines.textbook.task import TextbookTask
from reports.textbook.item import Item
from reports.textbook.items.memory import item


class TextbookMemory(TextbookTask):
    """Elman, GRU and LSTM networks at temporal XOR and at recalling a symbol after growing lags."""

    number = 6
    code_version = 4
    stage = "memory"

    def item(self) -> Item:
        from astronn.textbook import memory

        sizes = memory.QUICK if self.quick else memory.FULL
        return item(memory.compute(int(self.seed), sizes), 1 / memory.SYMBOLS)


TASK = TextbookMemory
