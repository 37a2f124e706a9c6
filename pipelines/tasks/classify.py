"""Classifying every object of a survey, by a network and by the automatic schemes."""

from __future__ import annotations

from pathlib import Path

import luigi
import numpy as np

import astronn
from astronn import baselines, presets
from catalogs.catalogue import Catalogue
from pipelines.engine.base import FolderTask
from pipelines.errors import PipelineError
from pipelines.store import predictions
from pipelines.tasks import calibration
from pipelines.tasks.calibration import CalibratedTask, Calibrator
from pipelines.tasks.ingest import FittedTask, SplitCatalogue
from pipelines.tasks.inputs import Features
from pipelines.tasks.train import ClassifierTask, TrainClassifier

FILE = "predictions.parquet"
ALL_FEATURES = "@all"
SURVEY_SCHEME = "survey"
OTHER_MIX = (
    "holdout",
    "declination",
)  # kinds of split whose test part may have another mix of classes than training


class ClassifyLeftOut(ClassifierTask):
    """The posteriors of each training object from a copy of the network that was not trained on it:
    see calibration.
    """

    stage = "left_out"
    files = (FILE,)
    code_version = 2
    heavy = TrainClassifier.heavy
    device = TrainClassifier.device

    resources = TrainClassifier.resources

    def label(self) -> str:
        return f"left-out-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        return {"split": self.split_task(), **self.shown().tasks()}

    def make(self, folder: Path) -> dict:
        part, classes = self.training_part(), self.about().class_scheme().classes
        estimator = self.estimator(random_state=int(self.seed), device=self.device)
        posteriors = calibration.left_out(estimator, self.shown().of(part), part, int(self.seed))
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


class ClassifyObjects(ClassifierTask, CalibratedTask):
    """The network's posteriors for every object of the catalogue, labelled or not, as they are and
    calibrated.
    """

    stage = "predictions"
    files = (FILE,)
    code_version = 2
    heavy = TrainClassifier.heavy

    def label(self) -> str:
        return f"predictions-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        left_out = {"left_out": ClassifyLeftOut(**self.common())} if self._cross_fitted() else {}
        return {"model": TrainClassifier(**self.common()), **left_out, **self.shown().tasks()}

    def _cross_fitted(self) -> bool:
        """Whether copies of the network are trained for its calibration: where there is no
        validation part, and where five more trainings are cheap.
        """
        sees = presets.load(self.chosen_classifier()).sees
        return self.calibrate and not self.has_validation() and sees == "features"

    def make(self, folder: Path) -> dict:
        model, shown = astronn.load(self.requires()["model"].folder() / "model"), self.shown()
        about = {
            "name": self.chosen_classifier(),
            "title": model.title(),
            "kind": "network",
            "inputs": shown.names(),
        }
        left_out = (
            predictions.posteriors(self.requires()["left_out"].path(FILE))
            if self._cross_fitted()
            else None
        )
        return _classify(self, folder, model, shown, about, left_out)


class RunBaseline(FittedTask, CalibratedTask):
    """An automatic scheme, fitted to the same training part and run on every object of the
    catalogue.

    ``baseline`` is a name of `astronn baselines`. An automatic scheme sees the few parameters that
    the survey names for it; ``nearest_class_mean@all`` sees all that the network sees, as learned
    classifiers always do."""

    stage = "predictions"
    files = (FILE,)
    code_version = 3
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
        left_out = None
        if self.calibrate and not self.has_validation() and hasattr(model, "predict_proba"):
            left_out = (
                calibration.left_out(model, part.features[inputs], part, int(self.seed)),
                part.labels,
            )
        model.fit(part.features[inputs], part.labels)
        shown = scheme.kind == "automatic" and scheme.uses_inputs
        title = f"{scheme.title}, {len(inputs)} parameters" if shown else scheme.title
        about = {"name": self.baseline, "title": title, "kind": scheme.kind, "note": scheme.note}
        about |= {"inputs": inputs if scheme.uses_inputs else []}
        return _classify(self, folder, model, Columns(self, inputs), about, left_out)

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
        about |= {"note": survey.baseline_note} | _classes_in_training(self)
        predictions.write(
            folder / FILE, catalogue, _parts(self, catalogue), catalogue.baseline, None, about
        )
        return {"n_objects": len(catalogue), "without_class": int((catalogue.baseline == "").sum())}


class Columns(Features):
    """Some of the measured features, by name."""

    def __init__(self, task: FittedTask, columns: list[str]) -> None:
        super().__init__(task)
        self.columns = columns

    def names(self) -> list[str]:
        return self.columns


LeftOut = tuple[
    np.ndarray | None, np.ndarray
]  # posteriors (N, K) and labels (N,) of training objects


def _classify(
    task: FittedTask,
    folder: Path,
    model,
    shown: Features,
    about: dict,
    left_out: LeftOut | None = None,
) -> dict:
    """Classify every object by what is ``shown`` of it and write the predictions with what
    ``about`` says of the classifier.

    ``left_out`` are posteriors from copies of the classifier. An object that cannot be shown (one
    without a picture) has no class, '', and NaN posteriors."""
    catalogue, part = task.catalogue(), _parts(task, task.catalogue())
    known = shown.known(catalogue)
    some = catalogue.select(known)
    blocks = [some.select(rows) for rows in _blocks(len(some), shown.block)]
    found = [_answers(model, shown.of(block), catalogue.scheme.classes) for block in blocks]
    answers = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    answers = {
        name: _spread(rows, known, "" if name == "predicted" else np.nan)
        for name, rows in answers.items()
    }
    predicted, posteriors = answers.pop("predicted"), answers.pop("posteriors", None)
    calibrator = _calibrator(task, catalogue, part, posteriors, left_out)
    if calibrator is not None:
        answers, about = (
            answers | calibrator.columns(posteriors),
            about | {"calibration": calibrator.about()},
        )
    about = about | _classes_in_training(task)
    predictions.write(folder / FILE, catalogue, part, predicted, posteriors, about, answers)
    return {
        "n_objects": len(catalogue),
        "not_shown": int((~known).sum()),
        "inputs_seen": about["inputs"],
    }


def _calibrator(
    task: CalibratedTask,
    catalogue: Catalogue,
    part: np.ndarray,
    posteriors: np.ndarray | None,
    left_out: LeftOut | None,
) -> Calibrator | None:
    """What is learned from the validation part, or from training objects left out; None where there
    are neither.
    """
    how = calibration.OUT_OF_FOLD
    if posteriors is None or not task.calibrate:
        return None
    if left_out is None:
        rows = (part == "validation") & np.isfinite(posteriors).all(axis=1)
        left_out, how = (posteriors[rows], catalogue.labels[rows]), calibration.VALIDATION
    if left_out[0] is None or not len(left_out[0]):
        return None
    return calibration.learn(*left_out, catalogue.scheme.classes, how, int(task.seed))


def _classes_in_training(task: FittedTask) -> dict:
    """The mean stage T of each class in the training part, where every class has one; and how many
    objects each class has there, where the split does not give the test part the same mix of
    classes.
    """
    part, kind = task.training_part(), task.about().splits[task.split_name()].kind
    rows = [part.labels == name for name in part.scheme.classes]
    about = {"class_n_train": [int(own.sum()) for own in rows]} if kind in OTHER_MIX else {}
    if part.stage is not None and all(np.isfinite(part.stage[own]).any() for own in rows):
        about["class_stage"] = [float(np.nanmean(part.stage[own])) for own in rows]
    return about


def _blocks(n: int, size: int) -> list[np.ndarray]:
    """Masks (n,) bool of the first ``size`` rows, the next ones, and so on; one mask at least."""
    numbers = np.arange(n) // size
    return [numbers == block for block in range(max(1, -(-n // size)))]


def _spread(values: np.ndarray, known: np.ndarray, nothing) -> np.ndarray:
    """The rows of ``values`` where ``known`` (N,) is true, ``nothing`` elsewhere."""
    whole = np.full((len(known), *values.shape[1:]), nothing, dtype=values.dtype)
    whole[known] = values
    return whole


def _parts(task: FittedTask, catalogue: Catalogue) -> np.ndarray:
    """The part of the split of each object of the catalogue, (N,): 'train', 'test' or ''."""
    split = task.split_task().read_split()  # sorted by object_id
    return split.part[np.searchsorted(split.object_id, catalogue.object_id)]


def _answers(model, shown, classes: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What a classifier says of the objects ``shown``, one row each: the class 'predicted'; where
    it has them 'posteriors' (N, K) in the scheme's order, a class absent from training 0; of a
    committee 'spread' (N, K), 'disagreement' and 'dissent' (N,), see astronn.classifiers.committee;
    of a network whose outputs need not sum to 1 its 'output' (N, K).
    """
    if not hasattr(model, "predict_proba"):
        return {"predicted": np.asarray(model.predict(shown)).astype(str)}

    def in_order(found: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(found), len(classes)), dtype=np.float32)
        whole[:, [classes.index(name) for name in model.classes_]] = found
        return whole

    opinion = model.opinion(shown) if hasattr(model, "opinion") else None
    found = (
        model.predict_proba(shown) if opinion is None else opinion.posteriors
    )  # (N, classes seen in training)
    answers = {
        "predicted": np.asarray(model.classes_)[found.argmax(axis=1)].astype(str),
        "posteriors": in_order(found),
    }
    if opinion is not None:
        answers |= {
            "spread": in_order(opinion.spread),
            "disagreement": opinion.disagreement,
            "dissent": opinion.dissent,
        }
    if getattr(model, "loss", "") == "squared_error":
        answers["output"] = in_order(model.raw_outputs(shown))
    return answers
