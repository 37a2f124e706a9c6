"""Pictures of what a classifier of images does: its most confident mistakes and where it looked."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

import astronn
from pipelines.drawings._task import FIGURES, DrawingTask
from pipelines.engine.base import FolderTask
from pipelines.store import predictions
from pipelines.tasks.classify import FILE, ClassifyObjects
from pipelines.tasks.ingest import IngestImages
from pipelines.tasks.train import TrainClassifier
from reports.drawings import image_sheets as sheets
from reports.drawings.picture import Picture
from reports.predictions import Predictions

LIST = "pictures.json"


class DrawImages(DrawingTask):
    """Sheets of test objects: the most confident mistakes, class-activation and gradient maps, and,
    where the truth is known because the objects are simulated, the accuracy along it.
    """

    stage = "pictures"
    files = (LIST, FIGURES)
    input_kind_drawn = "images"

    def label(self) -> str:
        return f"pictures-{self.chosen_classifier()}"

    def requires(self) -> dict[str, FolderTask]:
        return {
            "predictions": self.clone(ClassifyObjects),
            "model": self.clone(TrainClassifier),
            "images": self._ingested(),
        }

    def _ingested(self) -> IngestImages:
        return self.clone(IngestImages)

    def make(self, folder: Path) -> dict:
        needed = self.requires()
        (tested,), _ = predictions.read([needed["predictions"].path(FILE)], part="test")
        model = astronn.load(needed["model"].folder() / "model")
        (folder / "figures").mkdir()
        made = [
            *self._mistakes(folder, tested, model),
            *self._maps(folder, tested, model),
            *self._truth(folder, tested),
        ]
        (folder / LIST).write_text(json.dumps([asdict(picture) for picture in made], indent=1))
        return {"pictures": len(made)}

    def pictures(self) -> list[Picture]:
        """What was drawn."""
        return [Picture(**entry) for entry in json.loads(self.path(LIST).read_text())]

    def _mistakes(self, folder: Path, tested: Predictions, model) -> list[Picture]:
        rows = sheets.worst_mistakes(tested)
        if not len(rows):
            return []
        name = self._name("mistakes")
        sheets.draw_mistakes(
            folder / name, _centre(self._pixels(tested.object_id[rows]), model), tested, rows
        )
        caption = (
            f"The {len(rows)} test {self.about().noun} that {tested.title} puts into another class"
            " than the reference with the highest posteriors: above each the reference class,"
            " below it the class given and its posterior."
        )
        return [Picture(name, f"Most confident mistakes of {tested.title}", caption)]

    def _maps(self, folder: Path, tested: Predictions, model) -> list[Picture]:
        from astronn.classifiers.explain import class_maps, gradient_maps

        rows = np.concatenate(list(sheets.surest(tested).values()))
        if not len(rows):
            return []
        name, pixels = self._name("maps"), self._pixels(tested.object_id[rows])
        maps = {"class map": class_maps(model, pixels), "gradient": gradient_maps(model, pixels)}
        maps = {title: _centre(found[:, None], model)[:, 0] for title, found in maps.items()}
        sheets.draw_maps(folder / name, _centre(pixels, model), list(tested.reference[rows]), maps)
        caption = (
            "The rightly classified test objects with the highest posteriors of each class. Class"
            " map: how much more the feature maps there speak for the class than empty sky would"
            " (Draelos & Carin 2020); gradient: how much its output changes with the pixel"
            " (Simonyan et al. 2014). Both are means over networks and views, bright is much."
        )
        return [Picture(name, f"Where {tested.title} looks", caption)]

    def _truth(self, folder: Path, tested: Predictions) -> list[Picture]:
        plan = self.image_plan()
        if plan.truth is None:
            return []
        truth = plan.truth(self._ingested().folder() / "stack").loc[tested.object_id]
        name, columns = self._name("truth"), {title: truth[title].to_numpy() for title in truth}
        sheets.draw_accuracy(
            folder / name, tested.predicted == tested.reference, columns, "simulated galaxies"
        )
        caption = (
            f"Accuracy of {tested.title} on simulated"
            f" {self.about().noun.removeprefix('simulated ')} in bins of equally many test objects,"
            " with 95% Wilson intervals, against what they were drawn with. No sky was seen."
        )
        return [Picture(name, "Accuracy against the known truth", caption)]

    def _name(self, what: str) -> str:
        return f"figures/{self.chosen_classifier()}-{what}.png"

    def _pixels(self, object_id: np.ndarray) -> np.ndarray:
        stack = self._ingested().stack()
        return stack.pixels[stack.rows(object_id.tolist())]


def _centre(pixels: np.ndarray, model) -> np.ndarray:
    """The part of (N, C, H, W) that the model looks at."""
    height, width = model.preparation_.size
    top, left = (pixels.shape[-2] - height) // 2, (pixels.shape[-1] - width) // 2
    return pixels[..., top : top + height, left : left + width]


DRAWING = DrawImages
