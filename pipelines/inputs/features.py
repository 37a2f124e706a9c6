"""Measured features as a pandas frame, NaN where nothing was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from catalogs.catalogue import Catalogue
from pipelines.inputs._kind import InputKind, weighed


class Columns:
    """Some of the measured features, by name."""

    block: ClassVar[int] = InputKind.block

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)

    def known(self, objects: Catalogue) -> np.ndarray:
        """Which of the objects have all that is needed, (N,) bool."""
        return np.ones(len(objects), dtype=bool)

    def of(self, objects: Catalogue) -> Any:
        return objects.features[self.columns]


class Features(InputKind):
    """The features that the task uses."""

    cheap = True

    def names(self) -> list[str]:
        return self.task.inputs_used()

    def of(self, objects: Catalogue) -> Any:
        return objects.features[self.names()]

    def fit_arguments(
        self, training: Catalogue, validation: Catalogue | None, stopping: bool
    ) -> dict[str, Any]:
        """The units of the features, and weights; such a training is not resumed."""
        names = self.names()
        return {
            "units": {
                column.name: column.unit for column in training.columns if column.name in names
            },
            **weighed(training),
        }


INPUT_KIND = Features
