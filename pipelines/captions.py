"""From described pictures to scores: compose or join a set, train the network that describes, describe, score, draw."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import luigi
import numpy as np

import astronn
from astronn import attention_scores, caption_scores
from catalogs import captions as sets
from catalogs import surveys
from catalogs.captions import task as described
from pipelines import showing
from pipelines.base import FolderTask
from pipelines.compare import PAGES, write_report
from pipelines.ingest import FetchSurvey, IngestImages
from pipelines.keys import canonical, file_digest
from reports import attention_maps, description

if TYPE_CHECKING:
    from astronn.captions import CaptionClassifier
    from reports.comparison import Comparison

SAID, LOOKS, PICTURES = "descriptions.parquet", "looks.parquet", "maps.npz"
SCORES, PAGE, DRAWN = "scores.json", "scores.txt", "maps.png"
SHOWN = 12  # objects whose maps are drawn
TURNED = 100  # objects whose maps are compared with those of the turned image
HEAVY = ("pandas", "pyarrow.parquet")


class CaptionsTask(FolderTask):
    """A task of one set of described pictures."""

    captions = luigi.Parameter(description="a set of described pictures: digit_strings, simulated_galaxies, galaxy_zoo1; with "
                               "`table` the survey whose pictures it describes")
    table = luigi.Parameter(default="", description="captions of your own: a CSV file with object_id and caption")
    seed = luigi.IntParameter(default=0, description="the one number all random choices derive from")
    n_train = luigi.IntParameter(default=0, description="objects to train on; 0: as many as the set says")
    n_test = luigi.IntParameter(default=0, description="objects to test on; 0: as many as the set says")

    def about(self) -> described.CaptionTask:
        """The set: one that is shipped, or the pictures of a survey with the user's own captions."""
        if not self.table:
            return sets.load(self.captions)
        from catalogs.captions._own import own

        return own(surveys.load(self.captions), self.captions, self.table)

    def sizes(self) -> dict[str, int]:
        """The sizes asked for."""
        return {name: n for name, n in (("n_train", int(self.n_train)), ("n_test", int(self.n_test))) if n}

    def place(self) -> tuple[str, ...]:
        return ("captions", self.about().name)

    def parameters(self) -> dict:
        values = super().parameters()
        del values["table"]  # its bytes count, not where it lies: see MakeCaptions.inputs
        return values

    def common(self) -> dict:
        """The parameters that a task hands to the tasks it needs."""
        names = ("results", "captions", "table", "seed", "n_train", "n_test")
        return {name: getattr(self, name) for name in names}


class MakeCaptions(CaptionsTask):
    """The set on disk: captions.parquet, stack/, and regions/ where it is known what each token speaks of."""

    stage = "set"
    heavy = HEAVY

    @property
    def files(self) -> tuple[str, ...]:
        known = bool(self.about().look_at or self.about().by_place)
        return (described.FILE, f"{described.STACK}/", *([f"{described.REGIONS}/"] if known else []))

    def requires(self) -> dict[str, FolderTask]:
        survey = self.about().survey
        if not survey:
            return {}
        asked = {"results": self.results, "survey": survey}
        return {"files": FetchSurvey(**asked), "images": IngestImages(**asked)}

    def inputs(self) -> dict[str, str]:
        return {Path(self.table).name: file_digest(self.table)} if self.table else {}

    def make(self, folder: Path) -> dict:
        task, sizes, seed = self.about(), self.sizes(), int(self.seed)
        if task.build is not None:
            made = task.build({**task.sizes, **{name.removeprefix("n_"): n for name, n in sizes.items()}}, seed)
        else:
            needed = self.requires()
            made = described.of_survey(task, needed["files"].paths(), needed["images"].stack(), seed, **sizes)
        made.write(folder)
        return {part: len(made.rows(part)) for part in described.PARTS} | {"simulated": task.simulated}

    def read(self) -> described.Captions:
        return described.Captions.read(self.folder())


class DescribingTask(CaptionsTask):
    """A task of one network that describes, with its options."""

    attention = luigi.Parameter(default="soft", description="soft or hard")
    options = luigi.DictParameter(default={}, description="options of CaptionClassifier, as JSON: {\"max_epochs\": 10}")

    def common(self) -> dict:
        return {**super().common(), "attention": self.attention, "options": self.options}

    def chosen_options(self) -> dict[str, Any]:
        """The set's options, the user's in place of any."""
        return {**self.about().options, **self.options}

    def parameters(self) -> dict:
        return {**super().parameters(), "options": canonical(self.chosen_options())}

    def set_task(self) -> MakeCaptions:
        return MakeCaptions(**CaptionsTask.common(self))

    def estimator(self, **further: Any) -> CaptionClassifier:
        """The classifier, not yet fitted."""
        task = self.about()
        grammar = astronn.Grammar(task.moves, task.ends) if task.moves else None
        given = {"attention": self.attention, "grammar": grammar, **self.chosen_options(), **further}
        return astronn.CaptionClassifier(**given)

    def check(self) -> None:
        """Raise the error of a name or an option that is wrong, before any work."""
        self.estimator().check_options()
        self.key()


class TrainCaptions(DescribingTask):
    """The network fitted to the training part, with the history of its training."""

    stage = "model"
    files = ("model/", "history.json")
    heavy = ("astronn.captions", *HEAVY)
    resumable = True
    device = luigi.Parameter(default="auto", significant=False, description="auto, cpu, cuda, mps")

    def label(self) -> str:
        return f"model-{self.attention}"

    def requires(self) -> MakeCaptions:
        return self.set_task()

    def make(self, folder: Path) -> dict:
        captions = self.requires().read()
        rows = captions.rows("train")
        model = self.estimator(random_state=int(self.seed), device=self.device)
        told: dict[str, Any] = {"checkpoint": self.unfinished()}
        if model.early_stopping:
            held = captions.rows("validation")
            own = {"validation": (captions.stack.pixels[held], captions.caption[held])}
            told |= own if len(held) else {"groups": captions.group[rows]}
        with showing.training(self) as progress:
            model.fit(captions.stack.pixels[rows], captions.caption[rows], progress=progress, **told)
        model.save(folder / "model")
        (folder / "history.json").write_text(json.dumps(asdict(model.history_), indent=1))
        return {"n_train": len(rows)}


class DescribeObjects(DescribingTask):
    """What is said of every test object, with the maps of some and a score of each map whose region is known."""

    stage = "descriptions"
    heavy = TrainCaptions.heavy

    @property
    def files(self) -> tuple[str, ...]:
        return (SAID, PICTURES, *([LOOKS] if len(self.set_task().files) > 2 else []))

    def label(self) -> str:
        return f"descriptions-{self.attention}"

    def requires(self) -> dict[str, FolderTask]:
        return {"set": self.set_task(), "model": TrainCaptions(**self.common())}

    def make(self, folder: Path) -> dict:
        import pandas as pd

        captions = self.requires()["set"].read()
        model = astronn.load(self.requires()["model"].folder() / "model")
        rows = captions.rows("test")
        images, true = captions.stack.pixels[rows], captions.caption[rows].tolist()
        found = model.captions(images)
        said = {"object_id": captions.object_id[rows], "caption": true, "said": [" ".join(one.tokens) for one in found]}
        said["said_freely"] = [" ".join(one) for one in model.predict_freely(images)]
        said["probability"] = [one.probability for one in found]
        leaves = model.predict_proba(images) if self.about().classes else np.zeros((len(rows), 0))
        said |= {f"posterior_{name}": leaves[:, k] for k, name in enumerate(model.classes_[: leaves.shape[1]])}
        pd.DataFrame(said).to_parquet(folder / SAID, index=False)
        np.savez(folder / PICTURES, **_pictures(images[:SHOWN], found[:SHOWN]))
        if LOOKS in self.files:
            regions = captions.regions.pixels[rows] > 0
            looks = self._looks(model.captions(images, true), true, regions, captions)
            pd.DataFrame(looks).to_parquet(folder / LOOKS, index=False)
        return {"n_test": len(rows), "turned_likeness": self._turned(model, images[:TURNED]), "grid": list(model.grid_)}

    def _looks(self, found: list, true: list[str], regions: np.ndarray, captions: described.Captions) -> list[dict]:
        """One row a token whose region is known: the map that was made as the true token was said, against the region."""
        rows, planes = [], captions.regions.bands
        for which, one in enumerate(found):
            for place, (token, name) in enumerate(zip(one.tokens, self.about().regions_of(true[which]))):
                region = regions[which, planes.index(name)] if name else None
                if name and region.any():
                    look = attention_scores.look(one.maps[place], region)
                    rows.append({"object": which, "place": place, "token": token, "region": name, **look._asdict()})
        return rows

    def _turned(self, model: CaptionClassifier, images: np.ndarray) -> float | None:
        """The mean likeness of the maps to those of the image turned by a quarter; None where turned objects are others."""
        if model.rotation < 180:
            return None
        here = model.captions(images)
        said = [one.tokens for one in here]
        there = model.captions(np.ascontiguousarray(np.rot90(images, 1, (2, 3))), said)
        alike = [attention_scores.turned_likeness(a.maps, b.maps, 1) for a, b in zip(here, there)]
        return float(np.nanmean(np.concatenate(alike)))


class ClassifyLeaves(CaptionsTask):
    """A classifier without words on the same pictures and parts, its classes the last tokens; what it says of the test part."""

    stage = "plain"
    files = ("model/", SAID)
    heavy = ("astronn.convolutional", *HEAVY)
    resumable = True
    options = luigi.DictParameter(default={}, description="options of ConvolutionalClassifier, as JSON")
    device = luigi.Parameter(default="auto", significant=False, description="auto, cpu, cuda, mps")

    def requires(self) -> MakeCaptions:
        return MakeCaptions(**CaptionsTask.common(self))

    def parameters(self) -> dict:
        return {**super().parameters(), "options": canonical({**self.about().plain, **self.options})}

    def make(self, folder: Path) -> dict:
        import pandas as pd

        captions = self.requires().read()
        leaves = np.array([caption.split()[-1] for caption in captions.caption])
        rows, tested = captions.rows("train"), captions.rows("test")
        given = {**self.about().plain, **self.options, "random_state": int(self.seed), "device": self.device}
        model = astronn.ConvolutionalClassifier(**given)
        with showing.training(self) as progress:
            model.fit(captions.stack.pixels[rows], leaves[rows], progress=progress, checkpoint=self.unfinished())
        model.save(folder / "model")
        posteriors = model.predict_proba(captions.stack.pixels[tested])
        said = {"object_id": captions.object_id[tested], "caption": captions.caption[tested]}
        said |= {f"posterior_{name}": column for name, column in zip(model.classes_, posteriors.T)}
        pd.DataFrame(said).to_parquet(folder / SAID, index=False)
        return {"n_train": len(rows)}


class ScoreCaptions(DescribingTask):
    """The main job: scores as JSON and text, pictures with their maps, and where the last token is a class the table of it."""

    stage = "report"
    heavy = ("matplotlib.figure", *HEAVY)

    @property
    def files(self) -> tuple[str, ...]:
        pages = (*PAGES, "summary.json", "comparison.json") if self.about().classes else ()
        return (SCORES, PAGE, DRAWN, *pages)

    def label(self) -> str:
        return f"report-{self.attention}"

    def requires(self) -> dict[str, FolderTask]:
        needed: dict[str, FolderTask] = {"set": self.set_task(), "said": DescribeObjects(**self.common())}
        if self.about().plain:
            needed["plain"] = ClassifyLeaves(**CaptionsTask.common(self))
        return needed

    def make(self, folder: Path) -> None:
        import pandas as pd

        task, needed = self.about(), self.requires()
        frame = pd.read_parquet(needed["said"].path(SAID))
        looks = pd.read_parquet(needed["said"].path(LOOKS)) if LOOKS in needed["said"].files else None
        manifest = json.loads((needed["said"].folder() / "manifest.json").read_text())
        scores = score(frame, looks, self.estimator().grammar, task.slots)
        scores |= {"captions": task.name, "attention": self.attention, "seed": int(self.seed), "simulated": task.simulated}
        scores |= {name: manifest[name] for name in ("turned_likeness", "grid")}
        (folder / SCORES).write_text(json.dumps(scores, indent=1))
        (folder / PAGE).write_text(description.page(task.title, scores))
        attention_maps.draw(folder / DRAWN, **_drawn(needed["said"].path(PICTURES), frame))
        if task.classes:
            write_report(folder, self._leaves(frame))

    def _leaves(self, frame) -> Comparison:
        """The table of the last token, beside that of the classifier without words."""
        from reports.comparison import compare

        task, needed = self.about(), self.requires()
        frames = {f"captions_{self.attention}": (f"Last token, {self.attention} attention", frame)}
        if "plain" in needed:
            import pandas as pd

            frames["convolutional"] = ("Convolutional network", pd.read_parquet(needed["plain"].path(SAID)))
        captions = needed["set"].read()
        return compare(
            [_predictions(name, title, frame, task.classes) for name, (title, frame) in frames.items()],
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
    """All scores of the test part as JSON values: of what was said, by attribute, and of where the network looked."""
    true, said = frame["caption"].tolist(), frame["said"].tolist()
    scores: dict[str, Any] = {
        "n": len(frame),
        "exact_match": caption_scores.exact_match(true, said),
        "token_accuracy": caption_scores.token_accuracy(true, said),
        "legal_rate": caption_scores.legal_rate(said, grammar) if grammar else None,
        "legal_rate_without_grammar": caption_scores.legal_rate(frame["said_freely"].tolist(), grammar) if grammar else None,
        "attributes": {name: one._asdict() for name, one in caption_scores.attributes(true, said, slots).items()},
    }
    if looks is not None:
        fields = list(attention_scores.Look._fields)
        for kind, part in {"all": looks, **dict(tuple(looks.groupby("region"))), **dict(tuple(looks.groupby("token")))}.items():
            found = [attention_scores.Look(*row) for row in part[fields].itertuples(index=False)]
            scores.setdefault("attention_on", {})[kind] = attention_scores.mean(found)._asdict()
    return scores


def _pictures(images: np.ndarray, found: list) -> dict[str, np.ndarray]:
    """Pictures and maps as arrays for one file: maps (n, T, H, W), zeros behind the end of a description."""
    longest = max(len(one.tokens) for one in found)
    maps = np.zeros((len(found), longest, *images.shape[2:]), np.float32)
    for row, one in enumerate(found):
        maps[row, : len(one.tokens)] = one.maps
    return {"images": np.asarray(images), "maps": maps}


def _drawn(path: Path, frame) -> dict[str, Any]:
    with np.load(path) as arrays:
        images, maps = arrays["images"], arrays["maps"]
    shown = frame.iloc[: len(images)]
    return {"images": images, "maps": maps, "said": shown["said"].tolist(), "true": shown["caption"].tolist()}


def _predictions(name: str, title: str, frame, classes: tuple[str, ...]):
    from reports.comparison import Predictions

    posteriors = np.zeros((len(frame), len(classes)))
    for k, label in enumerate(classes):
        if f"posterior_{label}" in frame:
            posteriors[:, k] = frame[f"posterior_{label}"]
    return Predictions(
        name=name,
        title=title,
        kind="network",
        inputs=("pictures",),
        object_id=frame["object_id"].to_numpy(dtype=str),
        reference=np.array([caption.split()[-1] for caption in frame["caption"]]),
        predicted=np.array(classes)[posteriors.argmax(axis=1)],
        posteriors=posteriors,
        classes=classes,
    )
