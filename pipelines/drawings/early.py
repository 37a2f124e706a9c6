"""Early classification: what a network that reads forwards says of the test objects after each
epoch of their light curves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import astronn
from catalogs.catalogue import Catalogue
from pipelines.drawings._task import FIGURES, DrawingTask
from pipelines.engine.base import FolderTask
from pipelines.errors import PipelineError
from pipelines.tasks.train import TrainClassifier
from reports.drawings import over_time
from reports.drawings.picture import Picture

PAGE, GROWTH = "early.txt", "early.json"
TESTED = 2000  # test objects that are followed, the first ones in the order of their names
DEFAULT = "gru_early"


class ClassifyEarly(DrawingTask):
    """Posteriors after every epoch of the test objects: shares right after 1, 2, 4, ... epochs, and
    one object of each class with its posteriors against time.
    """

    stage = "early"
    files = (FIGURES, PAGE, GROWTH)
    code_version = 3
    input_kind_drawn = "light_curves"

    @classmethod
    def suits(cls, options: Mapping[str, Any]) -> bool:
        """Whether the classifier answers after every epoch."""
        return bool(options.get("causal"))

    def chosen_classifier(self) -> str:
        return self.classifier or DEFAULT

    def check(self) -> None:
        """Raise the error of a name or an option that is wrong, before any work.

        Raises
        ------
        PipelineError
            If the classifier answers for whole light curves only.
        """
        self.check_split()
        model = self.estimator()
        if not getattr(model, "causal", False):
            raise PipelineError(
                f"classifier {self.chosen_classifier()!r} answers for whole light curves only; "
                f"choose {DEFAULT}, or a recurrent network with options causal and"
                " scalar_features=false"
            )
        model.check_options()
        self.key()

    def label(self) -> str:
        return f"early-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        return {
            "model": self.clone(TrainClassifier, classifier=self.chosen_classifier()),
            "split": self.split_task(),
        }

    def make(self, folder: Path) -> dict:
        model, tested = astronn.load(self.requires()["model"].folder() / "model"), self._tested()
        curves = self.shown().of(tested)
        posteriors = model.predict_proba_over_time(curves)
        rows = over_time.growth(posteriors, np.searchsorted(model.classes_, tested.labels))
        title = (
            f"{self.about().title}: {model.title()}, {len(tested)} test {self.about().noun}, seed"
            f" {int(self.seed)}"
        )
        examples = self._examples(model.classes_, tested, curves, posteriors)
        (folder / "figures").mkdir()
        over_time.draw(
            folder / self._drawn(),
            examples=examples,
            classes=model.classes_.tolist(),
            rows=rows,
            title=title,
        )
        (folder / PAGE).write_text(f"{title}\n\n{over_time.text(rows, self.about().noun)}\n")
        (folder / GROWTH).write_text(json.dumps([row._asdict() for row in rows], indent=1))
        return {"followed": len(tested)}

    def drawing(self) -> Path:
        """Where the drawing lies."""
        return self.folder() / self._drawn()

    def pictures(self) -> list[Picture]:
        """The drawing, for the page of a report."""
        name, noun = self.chosen_classifier(), self.about().noun
        caption = (
            f"First the share of test {noun} that {name} classifies rightly after so many epochs,"
            " of those that have so many, and the mean posterior of their true class. Then one of"
            f" the {noun} for each class, the one whose last posterior of its class is the median:"
            " posteriors after each epoch against time (that of its class is the thickest line)"
            " and the light curve (grey, up is bright)."
        )
        return [Picture(self._drawn(), f"Probability against time: {name}", caption)]

    def _drawn(self) -> str:
        return f"figures/{self.chosen_classifier()}-early.png"

    def _tested(self) -> Catalogue:
        """The test objects of classes that were trained on and that have a light curve, at most
        TESTED.
        """
        test = self.catalogue().select(self.split_task().read_split().ids("test"))
        test = test.select(
            self.shown().known(test) & np.isin(test.labels, self.training_part().labels)
        )
        return test.select(np.arange(len(test)) < TESTED)

    @staticmethod
    def _examples(
        classes: np.ndarray, tested: Catalogue, curves, posteriors: list
    ) -> list[over_time.Example]:
        """Of each class the object whose final posterior of it is the median one: neither the best
        nor the worst.
        """
        found = []
        for k, name in enumerate(classes):
            rows = np.flatnonzero((tested.labels == name) & (curves.counts > 0))
            if not len(rows):
                continue
            final = [posteriors[row][-1, k] for row in rows]
            row = rows[np.argsort(final, kind="stable")[len(rows) // 2]]
            one = curves[row]
            found.append(
                over_time.Example(
                    tested.object_id[row], str(name), one.time_days, one.magnitude, posteriors[row]
                )
            )
        return found


DRAWING = ClassifyEarly
