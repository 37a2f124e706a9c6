"""Scores of described images, beside a classifier without words: JSON, text, images with maps,
tables of the last token.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import luigi
import numpy as np

import astronn
from astronn.statistics import attention_scores, caption_scores
from pipelines.engine import settings, showing
from pipelines.engine.base import FolderTask
from pipelines.engine.cards import OnCard
from pipelines.store.keys import canonical
from pipelines.tasks.captions import (
    HEAVY,
    LOOKS,
    PICTURES,
    SAID,
    CaptionsTask,
    DescribeObjects,
    DescribingTask,
    MakeCaptions,
)
from pipelines.tasks.compare import PAGES, write_report
from reports.comparison import Predictions, compare
from reports.drawings import attention_maps
from reports.drawings.picture import Picture
from reports.pages import description

if TYPE_CHECKING:
    from reports.comparison import Comparison

SCORES, PAGE, DRAWN = "scores.json", "scores.txt", "maps.png"


class ClassifyLeaves(OnCard, CaptionsTask):
    """A classifier without words on the same images and parts, its classes the last tokens; what
    it says of the test part.
    """

    stage = "plain"
    files = ("model/", SAID)
    heavy = ("astronn.classifiers.convolutional", *HEAVY)
    resumable = True
    options = luigi.DictParameter(
        default=settings.NOTHING, description="options of ConvolutionalClassifier, as JSON"
    )
    device = luigi.Parameter(default="auto", significant=False, description="auto, cpu, cuda, mps")

    def requires(self) -> MakeCaptions:
        return self.clone(MakeCaptions)

    def parameters(self) -> dict:
        return {
            **super().parameters(),
            "options": canonical({**self.about().plain, **self.options}),
        }

    def make(self, folder: Path) -> dict:
        import pandas as pd

        captions = self.requires().read()
        leaves = np.array([caption.split()[-1] for caption in captions.caption])
        rows, tested = captions.rows("train"), captions.rows("test")
        given = {
            **self.about().plain,
            **self.options,
            "random_state": int(self.seed),
            "device": self.device,
        }
        model = astronn.ConvolutionalClassifier(**given)
        with showing.training(self, model.max_epochs) as progress:
            model.fit(
                captions.stack.pixels[rows],
                leaves[rows],
                progress=progress,
                checkpoint=self.unfinished(),
            )
        model.save(folder / "model")
        posteriors = model.predict_proba(captions.stack.pixels[tested])
        said = {"object_id": captions.object_id[tested], "caption": captions.caption[tested]}
        said |= {f"posterior_{name}": column for name, column in zip(model.classes_, posteriors.T)}
        pd.DataFrame(said).to_parquet(folder / SAID, index=False)
        return {"n_train": len(rows)}


class ScoreCaptions(DescribingTask):
    """The main job: scores as JSON and text, images with their maps, and where the last token is
    a class the table of it.
    """

    stage = "report"
    code_version = 6
    heavy = ("matplotlib.figure", *HEAVY)

    @property
    def files(self) -> tuple[str, ...]:
        pages = (*PAGES, "summary.json", "comparison.json") if self.about().classes else ()
        return (SCORES, PAGE, DRAWN, *pages)

    def label(self) -> str:
        return f"report-{self.attention}"

    def requires(self) -> dict[str, FolderTask]:
        needed: dict[str, FolderTask] = {
            "set": self.set_task(),
            "said": self.clone(DescribeObjects),
        }
        if self.about().plain:
            needed["plain"] = self.clone(ClassifyLeaves, options={})  # its options are its own
        return needed

    def make(self, folder: Path) -> None:
        import pandas as pd

        task, needed = self.about(), self.requires()
        frame = pd.read_parquet(needed["said"].path(SAID))
        looks = (
            pd.read_parquet(needed["said"].path(LOOKS)) if LOOKS in needed["said"].files else None
        )
        manifest = json.loads((needed["said"].folder() / "manifest.json").read_text())
        scores = score(frame, looks, self.estimator().grammar, task.slots)
        scores |= {
            "captions": task.name,
            "attention": self.attention,
            "seed": int(self.seed),
            "simulated": task.simulated,
        }
        scores |= {name: manifest[name] for name in ("turned_likeness", "grid")}
        (folder / SCORES).write_text(json.dumps(scores, indent=1))
        (folder / PAGE).write_text(description.page(task.title, scores))
        attention_maps.draw(folder / DRAWN, **_drawn(needed["said"].path(PICTURES), frame))
        if task.classes:
            write_report(folder, replace(self._leaves(frame), figures=(self._looked(),)))

    def _looked(self) -> Picture:
        """The maps of attention, for the page."""
        caption = (
            f"Test {self.about().noun}, each with what was said of it, token by token, and where"
            f" the network looked when it said so ({self.attention} attention): the brightest place"
            " has the most weight. Above an image stands its true description; tokens with a red"
            " × differ from it."
        )
        return Picture(DRAWN, "Where the network looked at each token", caption)

    def _leaves(self, frame) -> Comparison:
        """The table of the last token, beside that of the classifier without words."""
        task, needed = self.about(), self.requires()
        frames = {f"captions_{self.attention}": (f"Last token, {self.attention} attention", frame)}
        if "plain" in needed:
            import pandas as pd

            frames["convolutional"] = (
                "Convolutional network",
                pd.read_parquet(needed["plain"].path(SAID)),
            )
        captions = self.set_task().read()
        return compare(
            [
                _predictions(name, title, frame, task.classes)
                for name, (title, frame) in frames.items()
            ],
            survey=task.name,
            title=f"{task.title}: the last token",
            split=task.split or "composed",
            ordered=False,
            simulated=task.simulated,
            seed=int(self.seed),
            groups=captions.group[captions.rows("test")],
            n_train=len(captions.rows("train")),
            citation=task.citation,
            noun=task.noun,
        )


def score(frame, looks, grammar, slots) -> dict[str, Any]:
    """All scores of the test part as JSON values: of what was said, by attribute, and of where the
    network looked.
    """
    true, said = frame["caption"].tolist(), frame["said"].tolist()
    scores: dict[str, Any] = {
        "n": len(frame),
        "exact_match": caption_scores.exact_match(true, said),
        "token_accuracy": caption_scores.token_accuracy(true, said),
        "legal_rate": caption_scores.legal_rate(said, grammar) if grammar else None,
        "legal_rate_without_grammar": (
            caption_scores.legal_rate(frame["said_freely"].tolist(), grammar) if grammar else None
        ),
        "attributes": {
            name: one._asdict()
            for name, one in caption_scores.attributes(true, said, slots).items()
        },
    }
    if looks is not None:
        fields = list(attention_scores.Look._fields)
        for kind, part in {
            "all": looks,
            **dict(tuple(looks.groupby("region"))),
            **dict(tuple(looks.groupby("token"))),
        }.items():
            found = [attention_scores.Look(*row) for row in part[fields].itertuples(index=False)]
            scores.setdefault("attention_on", {})[kind] = attention_scores.mean(found)._asdict()
    return scores


def _drawn(path: Path, frame) -> dict[str, Any]:
    with np.load(path) as arrays:
        images, maps = arrays["images"], arrays["maps"]
    shown = frame.iloc[: len(images)]
    return {
        "images": images,
        "maps": maps,
        "said": shown["said"].tolist(),
        "true": shown["caption"].tolist(),
    }


def _predictions(name: str, title: str, frame, classes: tuple[str, ...]):
    posteriors = np.zeros((len(frame), len(classes)))
    for k, label in enumerate(classes):
        if f"posterior_{label}" in frame:
            posteriors[:, k] = frame[f"posterior_{label}"]
    return Predictions(
        name=name,
        title=title,
        kind="network",
        inputs=("images",),
        object_id=frame["object_id"].to_numpy(dtype=str),
        reference=np.array([caption.split()[-1] for caption in frame["caption"]]),
        predicted=np.array(classes)[posteriors.argmax(axis=1)],
        posteriors=posteriors,
        classes=classes,
    )
