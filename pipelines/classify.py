"""Classifying every object of a survey, by a network and by the automatic schemes."""

from __future__ import annotations

from pathlib import Path

import luigi
import numpy as np

import astronn
from astronn import baselines
from catalogs.catalogue import Catalogue
from pipelines import predictions
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
        return f"predictions-{self.classifier}"

    def requires(self) -> TrainClassifier:
        return TrainClassifier(**self.common())

    def make(self, folder: Path) -> dict:
        model = astronn.load(self.requires().folder() / "model")
        inputs = self.inputs_used()
        about = {"name": self.classifier, "title": network_title(model), "kind": "network", "inputs": inputs}
        return _classify(self, folder, model, inputs, about)


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
        return _classify(self, folder, model, inputs, {**about, "inputs": inputs if scheme.uses_inputs else []})

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


def network_title(model) -> str:
    """'Network 13:13:5' for a feedforward network of that shape, inputs first; '100 networks 13:13:5' for a committee."""
    shape = ":".join(map(str, (model.n_features_in_, *model.hidden_layers, len(model.classes_))))
    return f"{model.n_networks} networks {shape}" if model.n_networks > 1 else f"Network {shape}"


def _classify(task: FittedTask, folder: Path, model, inputs: list[str], about: dict) -> dict:
    """Classify every object by its ``inputs`` and write the predictions with what ``about`` says of the classifier."""
    catalogue = task.catalogue()
    predicted, posteriors = _predict(model, catalogue.features[inputs], catalogue.scheme.classes)
    predictions.write(folder / FILE, catalogue, _parts(task, catalogue), predicted, posteriors, about)
    return {"n_objects": len(catalogue), "inputs_seen": about["inputs"]}


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
