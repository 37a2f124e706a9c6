"""From sets of described images to descriptions: compose or join a set, train the network that
describes, describe.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import luigi
import numpy as np

import astronn
from astronn.statistics import attention_scores
from catalogs import captions as sets
from catalogs.captions import task as described
from catalogs.captions._own import own
from catalogs.images.stack import ImageStack
from pipelines.engine import settings, showing
from pipelines.engine.base import FolderTask
from pipelines.engine.cards import OnCard
from pipelines.store import once
from pipelines.store.keys import canonical, file_digest
from pipelines.tasks.ingest import FetchSurvey, IngestImages

if TYPE_CHECKING:
    from astronn.classifiers.caption import CaptionClassifier

Of = TypeVar("Of", FetchSurvey, IngestImages)
SAID, LOOKS, PICTURES = "descriptions.parquet", "looks.parquet", "maps.npz"
SHOWN = 12  # objects whose maps are drawn
TURNED = 100  # objects whose maps are compared with those of the turned image
HEAVY = ("pandas", "pyarrow.parquet")


class CaptionsTask(FolderTask):
    """A task of one set of described images."""

    captions = luigi.Parameter(
        description=(
            "a set of described images: digit_strings, simulated_galaxies, galaxy_zoo1; with "
            "`table` the survey whose images it describes"
        )
    )
    table = luigi.Parameter(
        default="", description="captions of your own: a CSV file with object_id and caption"
    )
    seed = luigi.IntParameter(
        default=0, description="the one number all random choices derive from"
    )
    n_train = luigi.IntParameter(
        default=0, description="objects to train on; 0: as many as the set says"
    )
    n_test = luigi.IntParameter(
        default=0, description="objects to test on; 0: as many as the set says"
    )

    def about(self) -> described.CaptionTask:
        """The set: one that is shipped, or the images of a survey with the user's own
        captions.
        """
        if not self.table:
            return sets.load(self.captions)
        return own(once.survey(self.captions), self.captions, self.table)

    def sizes(self) -> dict[str, int]:
        """The sizes asked for."""
        return {
            name: n
            for name, n in (("n_train", int(self.n_train)), ("n_test", int(self.n_test)))
            if n
        }

    def place(self) -> tuple[str, ...]:
        return ("captions", self.about().name)

    def parameters(self) -> dict:
        values = super().parameters()
        del values["table"]  # its bytes count, not where it lies: see MakeCaptions.inputs
        return values


class MakeCaptions(CaptionsTask):
    """The set on disk: captions.parquet, stack/, and regions/ where it is known what each token
    speaks of.
    """

    stage = "set"
    code_version = 3
    heavy = HEAVY

    @property
    def files(self) -> tuple[str, ...]:
        known = bool(self.about().look_at or self.about().by_place)
        return (
            described.FILE,
            f"{described.STACK}/",
            *([f"{described.REGIONS}/"] if known else []),
        )

    def requires(self) -> dict[str, FolderTask]:
        if not self.about().survey:
            return {}
        return {"files": self._of_survey(FetchSurvey), "images": self._of_survey(IngestImages)}

    def _of_survey(self, task: type[Of]) -> Of:
        return self.clone(task, survey=self.about().survey)

    def inputs(self) -> dict[str, str]:
        return {Path(self.table).name: file_digest(self.table)} if self.table else {}

    def make(self, folder: Path) -> dict:
        task, sizes, seed = self.about(), self.sizes(), int(self.seed)
        if task.build is not None:
            made = task.build(
                {**task.sizes, **{name.removeprefix("n_"): n for name, n in sizes.items()}}, seed
            )
        else:
            files, images = self._of_survey(FetchSurvey), self._of_survey(IngestImages)
            made = described.of_survey(task, files.paths(), images.stack(), seed, **sizes)
        made.write(folder)
        return {part: len(made.rows(part)) for part in described.PARTS} | {
            "simulated": task.simulated
        }

    def read(self) -> described.Captions:
        return described.Captions.read(self.folder())


class DescribingTask(CaptionsTask):
    """A task of one network that describes, with its options."""

    attention = luigi.Parameter(default="soft", description="soft or hard")
    options = luigi.DictParameter(
        default=settings.NOTHING,
        description='options of CaptionClassifier, as JSON: {"max_epochs": 10}',
    )

    def chosen_options(self) -> dict[str, Any]:
        """The set's options, the user's in place of any."""
        return {**self.about().options, **self.options}

    def parameters(self) -> dict:
        return {**super().parameters(), "options": canonical(self.chosen_options())}

    def set_task(self) -> MakeCaptions:
        return self.clone(MakeCaptions)

    def estimator(self, **further: Any) -> CaptionClassifier:
        """The classifier, not yet fitted."""
        task = self.about()
        grammar = astronn.Grammar(task.moves, task.ends) if task.moves else None
        given = {
            "attention": self.attention,
            "grammar": grammar,
            **self.chosen_options(),
            **further,
        }
        return astronn.CaptionClassifier(**given)

    def check(self) -> None:
        """Raise the error of a name or an option that is wrong, before any work."""
        self.estimator().check_options()
        self.key()


class TrainCaptions(OnCard, DescribingTask):
    """The network fitted to the training part, with the history of its training."""

    stage = "model"
    files = ("model/", "history.json")
    code_version = 3
    effort = 60.0
    heavy = ("astronn.classifiers.caption", *HEAVY)
    resumable = True
    device = luigi.Parameter(default="auto", significant=False, description="auto, cpu, cuda, mps")

    def label(self) -> str:
        return f"model-{self.attention}"

    def requires(self) -> dict[str, FolderTask]:
        """The set; for hard attention the network with soft attention, too, from whose weights it
        goes on.
        """
        needed: dict[str, FolderTask] = {"set": self.set_task()}
        if self.attention == "hard":
            shared = {
                name: value for name, value in self.options.items() if name != "attention_options"
            }  # each has its own
            needed["start"] = self.clone(attention="soft", options=shared)
        return needed

    def make(self, folder: Path) -> dict:
        needed = self.requires()
        captions = self.set_task().read()
        rows = captions.rows("train")
        model = self.estimator(random_state=int(self.seed), device=self.device)
        told: dict[str, Any] = {"checkpoint": self.unfinished()}
        if "start" in needed:
            told["start"] = astronn.load(needed["start"].folder() / "model", device=self.device)
        if model.early_stopping:
            held = captions.rows("validation")
            own = {"validation": (captions.stack.pixels[held], captions.caption[held])}
            told |= own if len(held) else {"groups": captions.group[rows]}
        with showing.training(self, model.max_epochs) as progress:
            model.fit(
                captions.stack.pixels[rows], captions.caption[rows], progress=progress, **told
            )
        model.save(folder / "model")
        (folder / "history.json").write_text(json.dumps(asdict(model.history_), indent=1))
        return {"n_train": len(rows)}


class DescribeObjects(OnCard, DescribingTask):
    """What is said of every test object, with the maps of some and a score of each map whose region
    is known.
    """

    stage = "descriptions"
    heavy = TrainCaptions.heavy

    @property
    def files(self) -> tuple[str, ...]:
        return (SAID, PICTURES, *([LOOKS] if len(self.set_task().files) > 2 else []))

    def label(self) -> str:
        return f"descriptions-{self.attention}"

    def requires(self) -> dict[str, FolderTask]:
        return {"set": self.set_task(), "model": self.clone(TrainCaptions)}

    def make(self, folder: Path) -> dict:
        import pandas as pd

        captions = self.set_task().read()
        model = astronn.load(self.requires()["model"].folder() / "model")
        rows = captions.rows("test")
        images, true = captions.stack.pixels[rows], captions.caption[rows].tolist()
        found = model.captions(images)
        said = {
            "object_id": captions.object_id[rows],
            "caption": true,
            "said": [" ".join(one.tokens) for one in found],
        }
        said["said_freely"] = [" ".join(one) for one in model.predict_freely(images)]
        said["probability"] = [one.probability for one in found]
        leaves = model.predict_proba(images) if self.about().classes else np.zeros((len(rows), 0))
        said |= {
            f"posterior_{name}": leaves[:, k]
            for k, name in enumerate(model.classes_[: leaves.shape[1]])
        }
        pd.DataFrame(said).to_parquet(folder / SAID, index=False)
        np.savez(folder / PICTURES, images=images[:SHOWN], maps=_maps(found[:SHOWN]))
        if LOOKS in self.files and captions.regions is not None:
            looks = self._looks(model.captions(images, true), true, captions.regions, rows)
            pd.DataFrame(looks).to_parquet(folder / LOOKS, index=False)
        return {
            "n_test": len(rows),
            "turned_likeness": _turned(model, images[:TURNED]),
            "grid": list(model.grid_),
        }

    def _looks(
        self, found: list, true: list[str], regions: ImageStack, rows: np.ndarray
    ) -> list[dict]:
        """One row per token whose region is known: the map made as the true token was said, against
        the region.
        """
        looks = []
        for which, one in enumerate(found):
            for place, (token, name) in enumerate(
                zip(one.tokens, self.about().regions_of(true[which]))
            ):
                if not name:
                    continue
                region = regions.pixels[rows[which], regions.bands.index(name)] > 0
                if region.any():
                    look = attention_scores.look(one.maps[place], region)
                    looks.append(
                        {
                            "object": which,
                            "place": place,
                            "token": token,
                            "region": name,
                            **look._asdict(),
                        }
                    )
        return looks


def _turned(model: CaptionClassifier, images: np.ndarray) -> dict[str, float] | None:
    """How alike the maps are to those of the image turned by a quarter, by the number of views
    averaged; see turned_likeness.

    None where turned objects are others. With several views the maps turn exactly, but for the odd
    pixel of a crop that is not in the middle; with one the network must have learned it."""
    if model.rotation < 180:
        return None
    found = {}
    for views in sorted({1, model.test_views}):
        model.set_params(test_views=views)
        here = model.captions(images)
        there = model.captions(
            np.ascontiguousarray(np.rot90(images, 1, (2, 3))), [one.tokens for one in here]
        )
        alike = [attention_scores.turned_likeness(a.maps, b.maps, 1) for a, b in zip(here, there)]
        found[str(views)] = float(np.nanmean(np.concatenate(alike)))
    return found


def _maps(found: list) -> np.ndarray:
    """The maps of some descriptions, (n, T, H, W) float32, zeros behind the end of a
    description.
    """
    longest = max(len(one.tokens) for one in found)
    maps = np.zeros((len(found), longest, *found[0].maps.shape[1:]), np.float32)
    for row, one in enumerate(found):
        maps[row, : len(one.tokens)] = one.maps
    return maps
