"""What tasks that draw have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pipelines.tasks.train import ClassifierTask, TrainClassifier
from reports.drawings.picture import Picture

FIGURES = "figures/"  # the folder of a drawing task that the report takes over


class DrawingTask(ClassifierTask):
    """A task that draws pictures of what one classifier does into its folder figures/. A subclass
    names the kind of input of the classifiers that it draws.
    """

    input_kind_drawn: ClassVar[str]
    heavy = TrainClassifier.heavy

    @classmethod
    def suits(cls, options: Mapping[str, Any]) -> bool:
        """Whether it draws for a classifier of these options."""
        return True

    def pictures(self) -> list[Picture]:
        """What was drawn, for the page, of a completed task."""
        raise NotImplementedError
