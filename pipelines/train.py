"""Training a network on the training part of a split."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import luigi
from tqdm import tqdm

from astronn import presets
from pipelines.ingest import FittedTask, SplitCatalogue


class ClassifierTask(FittedTask):
    """A task of one network with its options."""

    classifier = luigi.Parameter(default="feedforward", description="the classifier; `astronn models` lists them")
    options = luigi.DictParameter(default={}, description="options of the classifier, as JSON: {\"hidden_layers\": [13]}")

    def common(self) -> dict:
        return {**super().common(), "classifier": self.classifier, "options": self.options}


class TrainClassifier(ClassifierTask):
    """A network fitted to the training part, with the history of its training."""

    stage = "model"
    files = ("model/", "history.json")
    heavy = ("astronn.classifiers", "pandas", "pyarrow.parquet")
    device = luigi.Parameter(default="auto", significant=False, description="auto, cpu, cuda, mps")

    @property
    def resources(self) -> dict[str, int]:
        """One training a card; a machine without a card needs none (asking torch here would break forked tasks)."""
        return {"gpu": 1} if self.device != "cpu" and Path("/dev/nvidiactl").exists() else {}

    def label(self) -> str:
        return f"model-{self.classifier}"

    def requires(self) -> SplitCatalogue:
        return self.split_task()

    def make(self, folder: Path) -> dict:
        part = self.training_part()
        units = {column.name: column.unit for column in part.columns if column.name in self.inputs_used()}
        model = presets.make(self.classifier, **self.options, random_state=int(self.seed), device=self.device)
        with tqdm(desc=self.describe(), unit="epoch", disable=None, leave=False) as bar:
            model.fit(part.features[self.inputs_used()], part.labels, units=units, progress=self._progress(bar))
        model.save(folder / "model")
        (folder / "history.json").write_text(json.dumps(asdict(model.history_), indent=1))
        return {"n_train": len(part), "inputs_seen": self.inputs_used()}

    def _progress(self, bar: tqdm):
        def report(epoch: int, max_epochs: int, loss: float) -> None:
            bar.total = max_epochs
            bar.update(epoch - bar.n)
            self.say(f"epoch {epoch} of at most {max_epochs}, loss {loss:.4f}", fraction=epoch / max_epochs)

        return report

