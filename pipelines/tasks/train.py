"""Training a network on the training part of a split."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import luigi

from astronn import presets
from astronn.options import renamed
from pipelines import inputs
from pipelines.engine import compiling, settings, showing
from pipelines.engine.base import FolderTask
from pipelines.engine.cards import OnCard
from pipelines.inputs._kind import InputKind
from pipelines.store.keys import canonical
from pipelines.tasks.ingest import FittedTask

RECIPE = "recipe.json"  # catalogs.recipes.recipe.NAME


class ClassifierTask(FittedTask):
    """A task of one network with its options."""

    classifier = luigi.Parameter(
        default="",
        description=(
            "the classifier; `astronn models` lists them; empty: the one that suits the survey"
        ),
    )
    options = luigi.DictParameter(
        default=settings.NOTHING,
        description='options of the classifier, as JSON: {"hidden_layers": [13]}',
    )

    def chosen_classifier(self) -> str:
        """The classifier asked for, or the one that suits the survey."""
        return self.classifier or self.about().classifier

    def input_kind(self) -> str:
        """The kind of data that the classifier sees, a name of `pipelines.inputs`."""
        return presets.load(self.chosen_classifier()).input_kind

    def shown(self) -> InputKind:
        """What the classifier is shown of the objects."""
        if not hasattr(self, "_shown"):
            self._shown = inputs.load(self.input_kind())(self)
        return self._shown

    def chosen_options(self) -> dict[str, Any]:
        """The preset's options, those that the survey's classes call for in place of some, the
        user's in place of any.
        """
        preset = presets.load(self.chosen_classifier()).options
        return {**preset, **self.shown().options(preset), **renamed(self.options)}

    def estimator(self, **further: Any):
        """The classifier, not yet fitted."""
        return presets.make(self.chosen_classifier(), **{**self.chosen_options(), **further})

    def parameters(self) -> dict:
        chosen = {
            "classifier": self.chosen_classifier(),
            "options": canonical(self.chosen_options()),
        }
        return {**super().parameters(), **chosen}


class TrainClassifier(OnCard, ClassifierTask):
    """A network fitted to the training part, with the history of its training."""

    stage = "model"
    files = ("model/", "history.json")
    code_version = 5
    effort = 8.0
    heavy = (
        "astronn.classifiers.feedforward",
        "astronn.training.compiled.backpropagation",
        "pandas",
        "pyarrow.parquet",
    )
    resumable = True
    device = luigi.Parameter(default="auto", significant=False, description="auto, cpu, cuda, mps")

    def label(self) -> str:
        return f"model-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        return {"split": self.split_task(), **self.shown().tasks()}

    def make(self, folder: Path) -> dict:
        part, shown = self.training_part(), self.shown()
        part = part.select(shown.known(part))
        model = self.estimator(random_state=int(self.seed), device=self.device)
        told = shown.fit_arguments(
            part, self.validation_part(), getattr(model, "early_stopping", False)
        )
        if self.input_kind() == "features":
            compiling.tell(self)
        with showing.training(self, model.max_epochs) as progress:
            model.fit(shown.of(part), part.labels, progress=progress, **told)
        model.save(folder / "model")
        if (recipe := self.about().recipe) is not None and self.input_kind() == "features":
            (folder / "model" / RECIPE).write_text(recipe(self.catalogue()), encoding="utf-8")
        (folder / "history.json").write_text(json.dumps(asdict(model.history_), indent=1))
        return {"n_train": len(part), "inputs_seen": shown.names()}
