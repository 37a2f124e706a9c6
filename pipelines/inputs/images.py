"""Images (N, C, H, W) uint8 of a stack that is made for classifiers, larger than their view where
objects are turned.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from catalogs.catalogue import Catalogue
from catalogs.images.plan import ImagePlan
from catalogs.images.stack import ImageStack
from pipelines.engine.base import FolderTask
from pipelines.errors import PipelineError
from pipelines.inputs._kind import InputKind
from pipelines.tasks.ingest import IngestImages

SMALL_TURN = (
    10.0  # degrees: what views of objects may be turned by whose class a larger turn changes
)


class Images(InputKind):
    """The images of the survey's objects."""

    block = 2048

    @property
    def plan(self) -> ImagePlan:
        """How the survey's images are made; PipelineError where it has none."""
        survey = self.task.about()
        if survey.images is None:
            raise PipelineError(
                f"classifier {self.task.chosen_classifier()!r} sees images, and {survey.name} has"
                " none; choose another classifier: `astronn models` says what each sees"
            )
        return survey.images

    def tasks(self) -> dict[str, FolderTask]:
        return {"images": self._ingested()}

    def _ingested(self) -> IngestImages:
        return self.task.clone(IngestImages)

    def options(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """The middle that is looked at, the classes that a mirror exchanges, and no view that
        changes an object's class. PipelineError where the classifier needs classes that a mirror
        exchanges and there are none.
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
    def stack(self) -> ImageStack:
        return self._ingested().stack()

    def names(self) -> list[str]:
        side = self.task.chosen_options()["crop"] or self.plan.size
        return [f"images of {side} x {side} pixels ({', '.join(self.plan.bands)})"]

    def known(self, objects: Catalogue) -> np.ndarray:
        """Which of the objects have a picture, (N,) bool."""
        return np.isin(objects.object_id, self.stack.object_id)

    def of(self, objects: Catalogue) -> np.ndarray:
        """The objects' images (N, bands, height, width), as they lie in the stack."""
        return self.stack.pixels[self.stack.rows(objects.object_id.tolist())]


INPUT_KIND = Images
