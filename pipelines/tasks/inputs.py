"""What a classifier is shown of the objects: measured features, pictures, light curves. One class
for each word that an estimator's ``sees`` may be; a new kind of data is one more class in KINDS.

Each is made for one task of one classifier and answers: which tasks must come first (``tasks``),
what the survey's classes make of the classifier's options (``options``), who can be shown
(``known``), what is handed to fit and predict_proba (``of``), what else fit is told
(``fit_arguments``), and what a table says that the classifier saw (``names``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from astronn.errors import unknown
from catalogs.catalogue import Catalogue
from catalogs.images.plan import ImagePlan
from pipelines.errors import PipelineError
from pipelines.tasks.ingest import FittedTask, IngestImages, SurveyTask

if TYPE_CHECKING:
    from pipelines.engine.base import FolderTask

LOG_PERIOD = "log_period"  # the measured column that a light curve is folded with, log10 of days
SMALL_TURN = (
    10.0  # degrees: what views of objects may be turned by whose class a larger turn changes
)


class Features:
    """Measured features as a pandas frame, NaN where nothing was measured."""

    block = 1_000_000  # objects classified at once

    def __init__(self, task: FittedTask) -> None:
        self.task = task

    def tasks(self) -> dict[str, FolderTask]:
        """What must be done before, by name, beside the split."""
        return {}

    def options(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """What the survey's classes put in place of the preset's options ``chosen``; the user's own
        come after.
        """
        return {}

    def names(self) -> list[str]:
        """What the classifier sees, for tables."""
        return self.task.inputs_used()

    def known(self, objects: Catalogue) -> np.ndarray:
        """Which objects can be shown, (N,) bool."""
        return np.ones(len(objects), dtype=bool)

    def of(self, objects: Catalogue) -> Any:
        """What fit and predict_proba are given for ``objects``, one row each."""
        return objects.features[self.names()]

    def drawings(self) -> list[FolderTask]:
        """Tasks that draw pictures for the report; each has ``pictures()`` and the folder
        figures/.
        """
        return []

    def fit_arguments(
        self, training: Catalogue, validation: Catalogue | None, stopping: bool
    ) -> dict[str, Any]:
        """Further arguments of fit. ``validation`` is the split's validation part, None if it has
        none; ``stopping`` says whether the estimator ends its training by one.
        """
        return {
            "units": {
                column.name: column.unit
                for column in training.columns
                if column.name in self.names()
            }
        }


class Images(Features):
    """Pictures (N, C, H, W) uint8 of a stack that is made for classifiers, larger than their view
    where objects are turned.
    """

    block = 2048

    @property
    def plan(self) -> ImagePlan:
        survey = self.task.about()
        if survey.images is None:
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} sees pictures, and {survey.name} has"
                " none; choose another classifier: `astronn models` says what each sees"
            )
        return survey.images

    def tasks(self) -> dict[str, FolderTask]:
        return {"images": IngestImages(**SurveyTask.common(self.task))}

    def options(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """The middle that is looked at, the classes that a mirror exchanges, and no view that
        changes an object's class.
        """
        plan = self.plan
        if chosen.get("symmetric") and not plan.mirror_pairs:
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} is for classes that a mirror"
                f" exchanges, and {self.task.about().name} has none; choose another classifier"
            )
        own: dict[str, Any] = {
            "crop": plan.seen or None,
            "mirror_pairs": [list(pair) for pair in plan.mirror_pairs],
        }
        if not plan.turns:
            own |= {"rotation": min(chosen.get("rotation", 0.0), SMALL_TURN), "test_views": 1}
        if not plan.mirrors:
            own |= {
                "mirror": False,
                "test_views": min(own.get("test_views", chosen.get("test_views", 1)), 4),
            }
        return own

    @cached_property
    def stack(self):
        return self.tasks()["images"].stack()

    def names(self) -> list[str]:
        side, bands = (
            self.task.chosen_options()["crop"] or self.plan.size,
            ", ".join(self.plan.bands),
        )
        return [f"pictures of {side} x {side} pixels ({bands})"]

    def known(self, objects: Catalogue) -> np.ndarray:
        return np.isin(objects.object_id, self.stack.object_id)

    def of(self, objects: Catalogue) -> np.ndarray:
        return self.stack.pixels[self.stack.rows(objects.object_id)]

    def drawings(self) -> list[FolderTask]:
        from pipelines.tasks.draw_images import DrawImages
        from pipelines.tasks.train import ClassifierTask

        return [DrawImages(**ClassifierTask.common(self.task))]

    def fit_arguments(
        self, training: Catalogue, validation: Catalogue | None, stopping: bool
    ) -> dict[str, Any]:
        """Where training is ended by a validation part: the split's own, or groups for the
        classifier to set some aside.
        """
        resumed = {"checkpoint": self.task.unfinished()}
        if not stopping:
            return resumed
        if validation is None:
            return {**resumed, "groups": training.group}
        held = validation.select(self.known(validation))
        return {**resumed, "validation": (self.of(held), held.labels)}


class LightCurves(Features):
    """Light curves with the periods found in them, and what was measured on them:
    astronn.inputs.light_curves.Curves.
    """

    block = 4096

    @cached_property
    def store(self):
        """The survey's light curves, memory-mapped, as they were made with the catalogue."""
        from catalogs.lightcurves.container import LightCurves as Store

        return Store.read(self.task.split_task().requires().folder() / "light_curves")

    def options(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing of its own; a survey without light curves, or without periods where they are
        folded, is refused.
        """
        survey = self.task.about()
        if survey.light_curves is None:
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} sees light curves, and {survey.name}"
                " has none; choose another classifier: `astronn models` says what each sees"
            )
        if chosen.get("folded") and LOG_PERIOD not in survey.inputs():
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} folds light curves, and"
                f" {survey.name} has no {LOG_PERIOD}; choose one that reads them in order of time"
            )
        return {}

    def names(self) -> list[str]:
        chosen = self.task.chosen_options()
        folded = f", folded with {LOG_PERIOD}" if chosen.get("folded") else ""
        curves = f"light curves ({', '.join(self.task.about().light_curves.bands)}){folded}"
        return [curves, *(self.task.inputs_used() if chosen.get("auxiliary", True) else [])]

    def known(self, objects: Catalogue) -> np.ndarray:
        return np.isin(objects.object_id, self.store.object_id)

    def of(self, objects: Catalogue) -> Any:
        from astronn.inputs.light_curves import Curves

        features = objects.features
        period = 10.0 ** features[LOG_PERIOD].to_numpy(float) if LOG_PERIOD in features else None
        table = features[self.task.inputs_used()].to_numpy(float)
        return Curves.of(self.store.take(objects.object_id), period_days=period, table=table)

    def drawings(self) -> list[FolderTask]:
        """Probability against time, of a classifier that answers after every epoch."""
        if not self.task.chosen_options().get("causal"):
            return []
        from pipelines.tasks.early import ClassifyEarly
        from pipelines.tasks.train import ClassifierTask

        return [ClassifyEarly(**ClassifierTask.common(self.task))]

    fit_arguments = Images.fit_arguments


KINDS = {"features": Features, "images": Images, "light_curves": LightCurves}


def kind(sees: str, task: FittedTask) -> Features:
    """The inputs of ``task``'s classifier, which sees ``sees``."""
    if sees not in KINDS:
        raise unknown("kind of input", sees, KINDS)
    return KINDS[sees](task)
