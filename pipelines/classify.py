"""Classifying every object of a survey, by a network and by the automatic schemes."""

from __future__ import annotations

from pathlib import Path

import luigi
import numpy as np

import astronn
from astronn import baselines
from catalogs.catalogue import Catalogue
from pipelines import predictions
from pipelines.base import FolderTask
from pipelines.inputs import Features
from pipelines.ingest import FittedTask, SplitCatalogue
from pipelines.train import ClassifierTask, TrainClassifier

FILE = "predictions.parquet"
ALL_FEATURES = "@all"
SURVEY_SCHEME = "survey"


class ClassifyObjects(ClassifierTask):
    """The network's posteriors for every object of the catalogue, labelled or not."""

    stage = "predictions"
    files = (FILE,)
    heavy = TrainClassifier.heavy

    def label(self) -> str:
        return f"predictions-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        return {"model": TrainClassifier(**self.common()), **self.shown().tasks()}

    def make(self, folder: Path) -> dict:
        model, shown = astronn.load(self.requires()["model"].folder() / "model"), self.shown()
        about = {"name": self.chosen_classifier(), "title": model.title(), "kind": "network", "inputs": shown.names()}
        return _classify(self, folder, model, shown, about)


class RunBaseline(FittedTask):
    """An automatic scheme, fitted to the same training part and run on every object of the catalogue.

    ``baseline`` is a name of `astronn baselines`. An automatic scheme sees the few parameters that the survey names for
    it; ``nearest_class_mean@all`` sees all that the network sees, as rival classifiers always do.
    """

    stage = "predictions"
    files = (FILE,)
    heavy = ("sklearn.ensemble", "sklearn.linear_model", "sklearn.neural_network", "pandas", "pyarrow.parquet")
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
        model.fit(part.features[inputs], part.labels)
        shown = scheme.kind == "automatic" and scheme.uses_inputs
        title = f"{scheme.title}, {len(inputs)} parameters" if shown else scheme.title
        about = {"name": self.baseline, "title": title, "kind": scheme.kind, "note": scheme.note}
        about |= {"inputs": inputs if scheme.uses_inputs else []}
        return _classify(self, folder, model, Columns(self, inputs), about)

    def _inputs(self, kind: str) -> list[str]:
        few = [name for name in self.about().automatic_features if name in self.inputs_used()]
        return few if few and kind == "automatic" and not self.baseline.endswith(ALL_FEATURES) else self.inputs_used()


class TakeSurveyClasses(FittedTask):
    """The survey's own automatic class of every object, as its catalogue gives it: nothing is fitted or run."""

    stage = "predictions"
    files = (FILE,)
    heavy = ("pandas", "pyarrow.parquet")

    def label(self) -> str:
        return "predictions-survey"

    def requires(self) -> SplitCatalogue:
        return self.split_task()

    def make(self, folder: Path) -> dict:
        catalogue = self.catalogue()
        note = "The survey's own automatic class, as its catalogue gives it; what it was made from is not known here."
        about = {"name": SURVEY_SCHEME, "title": self.about().baseline, "kind": "automatic", "note": note, "inputs": []}
        predictions.write(folder / FILE, catalogue, _parts(self, catalogue), catalogue.baseline, None, about)
        return {"n_objects": len(catalogue), "without_class": int((catalogue.baseline == "").sum())}


class Columns(Features):
    """Some of the measured features, by name."""

    def __init__(self, task: FittedTask, columns: list[str]) -> None:
        super().__init__(task)
        self.columns = columns

    def names(self) -> list[str]:
        return self.columns


def _classify(task: FittedTask, folder: Path, model, shown: Features, about: dict) -> dict:
    """Classify every object by what is ``shown`` of it and write the predictions with what ``about`` says of the classifier.

    An object that cannot be shown (one without a picture) has no class, '', and NaN posteriors.
    """
    catalogue = task.catalogue()
    known = shown.known(catalogue)
    some = catalogue.select(known)
    blocks = [some.select(rows) for rows in _blocks(len(some), shown.block)]
    found = [_predict(model, shown.of(block), catalogue.scheme.classes) for block in blocks]
    predicted = _spread(np.concatenate([names for names, _ in found]), known, "")
    posteriors = None
    if found[0][1] is not None:
        posteriors = _spread(np.concatenate([rows for _, rows in found]), known, np.nan)
    predictions.write(folder / FILE, catalogue, _parts(task, catalogue), predicted, posteriors, about)
    return {"n_objects": len(catalogue), "not_shown": int((~known).sum()), "inputs_seen": about["inputs"]}


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


def _predict(model, features, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray | None]:
    """Class names (N,) and posteriors (N, K) in the scheme's order; a class absent from training has posterior 0."""
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(features)).astype(str), None
    found = model.predict_proba(features)  # (N, classes seen in training)
    posteriors = np.zeros((len(found), len(classes)), dtype=np.float32)
    posteriors[:, [classes.index(name) for name in model.classes_]] = found
    return np.asarray(model.classes_)[found.argmax(axis=1)].astype(str), posteriors
