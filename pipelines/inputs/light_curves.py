"""Light curves with the periods found in them, and what was measured on them:
astronn.inputs.light_curves.Curves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs.catalogue import Catalogue
from pipelines.errors import PipelineError
from pipelines.inputs._kind import InputKind

if TYPE_CHECKING:
    from astronn.inputs.light_curves import Curves
    from catalogs.lightcurves.container import LightCurves as Store
    from catalogs.lightcurves.plan import LightCurvePlan

LOG_PERIOD = "log_period"  # the measured column that a light curve is folded with, log10 of days


class LightCurves(InputKind):
    """The light curves of the survey's objects."""

    block = 4096

    @cached_property
    def store(self) -> Store:
        """The survey's light curves, memory-mapped, as they were made with the catalogue."""
        from catalogs.lightcurves.container import LightCurves as Store

        return Store.read(self.task.catalogue_folder() / "light_curves")

    @property
    def plan(self) -> LightCurvePlan:
        """How the survey's light curves are made; PipelineError where it has none."""
        survey = self.task.about()
        if survey.light_curves is None:
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} sees light curves, and {survey.name}"
                " has none; choose another classifier: `astronn models` says what each sees"
            )
        return survey.light_curves

    def options(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing of its own; a survey without light curves, or without periods where they are
        folded, is refused by a PipelineError.
        """
        survey = self.task.about()
        if self.plan and chosen.get("folded") and LOG_PERIOD not in survey.inputs():
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} folds light curves, and"
                f" {survey.name} has no {LOG_PERIOD}; choose one that reads them in order of time"
            )
        return {}

    def names(self) -> list[str]:
        chosen = self.task.chosen_options()
        folded = f", folded with {LOG_PERIOD}" if chosen.get("folded") else ""
        curves = f"light curves ({', '.join(self.plan.bands)}){folded}"
        return [curves, *(self.task.inputs_used() if chosen.get("scalar_features", True) else [])]

    def known(self, objects: Catalogue) -> np.ndarray:
        """Which of the objects have a light curve, (N,) bool."""
        return np.isin(objects.object_id, self.store.object_id)

    def of(self, objects: Catalogue) -> Curves:
        from astronn.inputs.light_curves import Curves

        features = objects.features
        period = 10.0 ** features[LOG_PERIOD].to_numpy(float) if LOG_PERIOD in features else None
        scalars = features[self.task.inputs_used()].to_numpy(float)
        return Curves.of(
            self.store.take(objects.object_id.tolist()), period_days=period, scalar_features=scalars
        )


INPUT_KIND = LightCurves
