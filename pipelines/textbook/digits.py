"""The handwritten digits, for the systems of the textbook that learn from them."""

from __future__ import annotations

import numpy as np

from pipelines.tasks.ingest import SplitCatalogue
from pipelines.textbook.task import TextbookTask


class DigitsTask(TextbookTask):
    """A system of the textbook that sees the digits that scikit-learn carries, split as the survey
    says.
    """

    heavy = (*TextbookTask.heavy, "pandas", "pyarrow.parquet", "sklearn.utils.validation")

    def requires(self) -> SplitCatalogue:
        return self.clone(SplitCatalogue, survey="digits")

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Grey pixels (N, 64) from 0 to 16 and labels (N,) of "train" or "test"."""
        split = self.requires()
        rows = split.requires().catalogue().select(split.read_split().ids(name))
        return rows.features.to_numpy(), rows.labels
