"""What all kinds of input answer to the tasks of one classifier."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from catalogs.catalogue import Catalogue
from catalogs.survey import Survey
from pipelines.engine.base import FolderTask


class Asking(Protocol):
    """The task of one classifier, as far as its inputs need it: pipelines.tasks.train's
    ClassifierTask.
    """

    def about(self) -> Survey: ...
    def catalogue_folder(self) -> Path: ...
    def chosen_classifier(self) -> str: ...
    def chosen_options(self) -> dict[str, Any]: ...
    def inputs_used(self) -> list[str]: ...
    def unfinished(self) -> Path: ...
    def clone(self, cls: Any = None, **changes: Any) -> Any: ...


class Shown(Protocol):
    """Objects as a classifier is shown them, a block at a time."""

    block: ClassVar[int]  # objects classified at once

    def known(self, objects: Catalogue) -> np.ndarray:
        """Which objects can be shown, (N,) bool."""

    def of(self, objects: Catalogue) -> Any:
        """What fit and predict_proba are given for ``objects``, one row per object."""


def weighed(training: Catalogue) -> dict[str, np.ndarray]:
    """The argument of fit that says how much each object counts; {} where all count alike."""
    return {} if training.sample_weight is None else {"sample_weight": training.sample_weight}


class InputKind:
    """One kind of data, for one task of one classifier. A subclass must give ``names`` and ``of``;
    the rest has the answers of measured features.
    """

    block: ClassVar[int] = 1_000_000  # objects classified at once
    # five more trainings, on which calibration rests without a validation part, are cheap
    cheap: ClassVar[bool] = False

    def __init__(self, task: Asking) -> None:
        self.task = task

    def tasks(self) -> dict[str, FolderTask]:
        """What must be done before, by name, beside the split."""
        return {}

    def options(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """What the survey's classes put in place of the preset's options ``chosen``; the user's own
        come after. PipelineError where the survey has no such data.
        """
        return {}

    def names(self) -> list[str]:
        """What the classifier sees, for tables."""
        raise NotImplementedError

    def known(self, objects: Catalogue) -> np.ndarray:
        """Which objects can be shown, (N,) bool."""
        return np.ones(len(objects), dtype=bool)

    def of(self, objects: Catalogue) -> Any:
        """What fit and predict_proba are given for ``objects``, one row per object."""
        raise NotImplementedError

    def fit_arguments(
        self, training: Catalogue, validation: Catalogue | None, stopping: bool
    ) -> dict[str, Any]:
        """Further arguments of fit: where an interrupted training goes on, and where training is
        ended by a validation part that part, or groups for the classifier to set some aside.

        ``validation`` is the split's validation part, None if it has none; ``stopping`` says
        whether the estimator ends its training by one."""
        resumed = {"checkpoint": self.task.unfinished(), **weighed(training)}
        if not stopping:
            return resumed
        if validation is None:
            return {**resumed, "groups": training.group}
        held = validation.select(self.known(validation))
        return {**resumed, "validation": (self.of(held), held.labels)}
