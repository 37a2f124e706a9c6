"""Classifying every object of a survey, by a network and by the automatic schemes."""

from __future__ import annotations

from pathlib import Path

import luigi
import numpy as np
from luigi.util import requires

import astronn
from astronn import baselines
from pipelines.answers import calibration, classifying
from pipelines.engine import compiling
from pipelines.engine.base import FolderTask
from pipelines.engine.cards import OnCard
from pipelines.errors import PipelineError
from pipelines.inputs.features import Columns
from pipelines.store import predictions
from pipelines.tasks.ingest import CalibratedTask, FittedTask, SplitCatalogue
from pipelines.tasks.train import ClassifierTask, TrainClassifier

FILE = "predictions.parquet"
ALL_FEATURES = "@all"
SURVEY_SCHEME = "survey"


class ClassifyOutOfFold(OnCard, ClassifierTask):
    """The posteriors of each training object from a copy of the network that was not trained on it:
    see pipelines.answers.calibration.
    """

    stage = "out_of_fold"
    files = (FILE,)
    code_version = 4
    effort = 10.0
    heavy = TrainClassifier.heavy
    device = TrainClassifier.device

    def label(self) -> str:
        return f"out-of-fold-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        return {"split": self.split_task(), **self.shown().tasks()}

    def make(self, folder: Path) -> dict:
        part, classes = self.training_part(), self.about().class_scheme().classes
        estimator = self.estimator(random_state=int(self.seed), device=self.device)
        if self.input_kind() == "features":
            compiling.tell(self)
        posteriors = calibration.out_of_fold(estimator, self.shown().of(part), part, int(self.seed))
        predicted = (
            np.full(len(part), "")
            if posteriors is None
            else np.array(classes)[posteriors.argmax(axis=1)]
        )
        about = {"name": self.chosen_classifier(), "classes": classes}
        predictions.write(
            folder / FILE, part, np.full(len(part), "train"), predicted, posteriors, about
        )
        return {"n_objects": len(part), "folds": calibration.FOLDS}


class ClassifyObjects(OnCard, ClassifierTask, CalibratedTask):
    """The network's posteriors for every object of the catalogue, labelled or not, as they are and
    calibrated.
    """

    stage = "predictions"
    files = (FILE,)
    code_version = 4
    heavy = TrainClassifier.heavy

    def label(self) -> str:
        return f"predictions-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        needed = {"model": self.clone(TrainClassifier), **self.shown().tasks()}
        return needed | (
            {"out_of_fold": self.clone(ClassifyOutOfFold)} if self._cross_fitted() else {}
        )

    def _cross_fitted(self) -> bool:
        """Whether copies of the network are trained for its calibration: where there is no
        validation part, and where five more trainings are cheap.
        """
        return self.calibrate and not self.has_validation() and self.shown().cheap

    def make(self, folder: Path) -> dict:
        model, shown = astronn.load(self.clone(TrainClassifier).folder() / "model"), self.shown()
        about = {
            "name": self.chosen_classifier(),
            "title": model.title(),
            "kind": "network",
            "inputs": shown.names(),
        }
        held_out = (
            predictions.posteriors(self.clone(ClassifyOutOfFold).path(FILE))
            if self._cross_fitted()
            else None
        )
        return classifying.classify(self, folder / FILE, model, shown, about, held_out)


class RunBaseline(CalibratedTask):
    """An automatic scheme, fitted to the same training part and run on every object of the
    catalogue.

    ``baseline`` is a name of `astronn baselines`. An automatic scheme sees the few parameters that
    the survey names for it; ``nearest_class_mean@all`` sees all that the network sees, as learned
    classifiers always do."""

    stage = "predictions"
    files = (FILE,)
    code_version = 4
    effort = 1.5
    heavy = (
        "sklearn.ensemble",
        "sklearn.linear_model",
        "sklearn.neural_network",
        "pandas",
        "pyarrow.parquet",
    )
    baseline = luigi.Parameter(description="name of the scheme, with @all to show it every feature")

    def label(self) -> str:
        return f"predictions-{self.baseline.replace('@', '-')}"

    def requires(self) -> SplitCatalogue:
        return self.split_task()

    def make(self, folder: Path) -> dict:
        part = self.training_part()
        scheme = baselines.describe(self.baseline.removesuffix(ALL_FEATURES))
        inputs = self._inputs(scheme.kind)
        order = {"class_order": list(part.scheme.classes)} if scheme.needs_order else {}
        model = baselines.make(scheme.name, random_state=int(self.seed), **order)
        held_out = None
        if self.calibrate and not self.has_validation() and hasattr(model, "predict_proba"):
            learned = scheme.kind == "learned"
            folds = calibration.FOLDS_OF_LEARNED if learned else calibration.FOLDS
            shown_to = part.features[inputs]
            held_out = (
                calibration.out_of_fold(model, shown_to, part, int(self.seed), folds),
                part.labels,
            )
        model.fit(part.features[inputs], part.labels)
        shown = scheme.kind == "automatic" and scheme.uses_inputs
        title = f"{scheme.title}, {len(inputs)} parameters" if shown else scheme.title
        about = {
            "name": self.baseline,
            "title": title,
            "kind": scheme.kind,
            "note": scheme.note,
            "inputs": inputs if scheme.uses_inputs else [],
        }
        return classifying.classify(self, folder / FILE, model, Columns(inputs), about, held_out)

    def _inputs(self, kind: str) -> list[str]:
        few = [name for name in self.about().automatic_features if name in self.inputs_used()]
        return (
            few
            if few and kind == "automatic" and not self.baseline.endswith(ALL_FEATURES)
            else self.inputs_used()
        )


class TakeSurveyClasses(FittedTask):
    """The survey's own automatic class of every object, as its catalogue gives it: nothing is
    fitted or run.
    """

    stage = "predictions"
    files = (FILE,)
    code_version = 2
    heavy = ("pandas", "pyarrow.parquet")

    def label(self) -> str:
        return "predictions-survey"

    def requires(self) -> SplitCatalogue:
        return self.split_task()

    def make(self, folder: Path) -> dict:
        """The survey's own classes; PipelineError where its files hold none."""
        catalogue = self.catalogue()
        if catalogue.baseline is None:
            raise PipelineError(
                f"survey {self.about().name!r}: its files hold no automatic class; leave baseline "
                f"{SURVEY_SCHEME!r} out"
            )
        survey = self.about()
        about = {
            "name": SURVEY_SCHEME,
            "title": survey.baseline,
            "kind": survey.baseline_kind,
            "inputs": [],
        }
        about |= {"note": survey.baseline_note} | classifying.classes_in_training(self)
        parts = classifying.parts(self, catalogue)
        predictions.write(folder / FILE, catalogue, parts, catalogue.baseline, None, about)
        return {"n_objects": len(catalogue), "without_class": int((catalogue.baseline == "").sum())}


@requires(ClassifyOutOfFold)
class ClassifyLeftOut(luigi.WrapperTask):
    """The name that ClassifyOutOfFold had in version 0.1.0."""
