"""From a survey's files to a checked catalogue and its split."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import luigi

from catalogs.catalogue import Catalogue
from catalogs.errors import did_you_mean
from catalogs.files.digests import sha256_unless_unchanged
from catalogs.files.fetch import fetch
from catalogs.images.plan import ImagePlan
from catalogs.images.stack import ImageStack
from catalogs.splits.checks import closest_pair
from catalogs.splits.split import Split
from catalogs.survey import Survey
from pipelines.engine import settings
from pipelines.engine.base import FolderTask
from pipelines.engine.showing import counting
from pipelines.errors import PipelineError
from pipelines.store import manifest, once
from pipelines.store.keys import canonical, file_digest


class SurveyTask(FolderTask):
    """A task of one survey; its results lie in a folder of the survey's name."""

    survey = luigi.Parameter(
        description="name of a survey (`astronn surveys` lists them), or the path of a survey.toml"
    )
    inputs_from = luigi.DictParameter(
        default=settings.NOTHING,
        description="your own files in place of the survey's pinned ones: file name to path",
    )

    def about(self) -> Survey:
        """The survey: one that is shipped, or the user's own."""
        return once.survey(self.survey)

    def image_plan(self) -> ImagePlan:
        """The survey's images; PipelineError where it has none."""
        survey = self.about()
        if survey.images is None:
            raise PipelineError(
                f"survey {survey.name!r} has no images; `astronn surveys` lists those that have"
            )
        return survey.images

    def place(self) -> tuple[str, ...]:
        return (self.about().name,)

    def parameters(self) -> dict:
        values = {**super().parameters(), "survey": self.about().name}
        del values["inputs_from"]  # the bytes count, not where they lie: see FetchSurvey.inputs
        return values


class FetchSurvey(SurveyTask):
    """The survey's files, downloaded or taken from a mirror, each with a verified SHA-256."""

    stage = "files"
    files = ("files.json",)

    def inputs(self) -> dict[str, str]:
        """The files by name; PipelineError for a name that the survey does not read."""
        wanted = {file.name: file.sha256 for file in self.about().files}
        unknown = sorted(set(self.inputs_from) - set(wanted))
        if unknown:
            raise PipelineError(
                f"input {unknown[0]!r}: survey {self.survey!r} reads no such file; choose one of:"
                f" {', '.join(wanted)}"
            )
        own = self._own_paths()
        return {**wanted, **dict(zip(own, _digests(own), strict=True))}

    def _own_paths(self) -> dict[str, Path]:
        """The files that are not fetched: those of the user's own survey, and those given in place
        of pinned ones.
        """
        given = {name: Path(path) for name, path in self.inputs_from.items()}
        return {**self.about().toml_files, **given}

    def complete(self) -> bool:
        """True while the record and every file that it names are there (the user may have emptied
        the cache).
        """
        return super().complete() and all(path.is_file() for path in self._recorded().values())

    def _recorded(self) -> dict[str, Path]:
        return {
            name: Path(path)
            for name, path in json.loads(self.path("files.json").read_text()).items()
        }

    def paths(self) -> dict[str, Path]:
        """File name to path, of a completed task, each file with the bytes that it had when it was
        fetched.

        If one has changed since, the record is removed, so that the next run fetches it anew, and
        PipelineError says so."""
        paths, digests = self._recorded(), manifest.read(self.folder())["inputs"]
        found = self.inputs()  # those of the user's own files as they are now
        found |= {name: file_digest(paths[name]) for name in paths.keys() - self._own_paths()}
        changed = [str(path) for name, path in paths.items() if found.get(name) != digests[name]]
        if changed:
            shutil.rmtree(self.folder(), ignore_errors=True)
            raise PipelineError(
                f"{', '.join(changed)}: the bytes are not those that were fetched (the disk or"
                " another program changed them); remedy: run the same command again: what is"
                " damaged is fetched anew"
            )
        return paths

    def make(self, folder: Path) -> None:
        cache, mirror = settings.cache_folder(), settings.mirror()
        paths = {name: os.path.abspath(path) for name, path in self._own_paths().items()}
        for file in self.about().files:
            if file.name not in paths:
                self.say(f"fetching {file.name}")
                paths[file.name] = str(
                    fetch(file, self.about().name, cache=cache, mirror=mirror).resolve()
                )
        (folder / "files.json").write_text(json.dumps(paths, indent=1))


class IngestSurvey(SurveyTask):
    """The survey as a checked catalogue: identifiers, features with units, labels, coordinates.

    The images of a survey are decoded into a stack, light curves are cleaned and
    stored, and what the automatic schemes measure on either is the catalogue's features."""

    stage = "catalogue"
    code_version = 6
    heavy = ("pandas", "pyarrow.parquet")

    @property
    def files(self) -> tuple[str, ...]:
        survey = self.about()
        images = ("stack/",) if survey.measures_images else ()
        curves = ("light_curves/",) if survey.light_curves else ()
        return ("catalogue.parquet", *images, *curves)

    @property
    def resumable(self) -> bool:
        return self.about().measures_images

    def requires(self) -> FetchSurvey:
        return self.clone(FetchSurvey)

    def make(self, folder: Path) -> dict:
        survey, paths = self.about(), self.requires().paths()
        catalogue = survey.ingest(paths)
        if survey.measures_images:
            unfinished = self.unfinished() / "stack"
            with counting(self, "images") as progress:
                catalogue = self.image_plan().measured(
                    catalogue, paths, unfinished, survey.columns, progress
                )
            unfinished.rename(folder / "stack")
        if plan := survey.light_curves:
            with counting(self, "epochs") as progress:
                light_curves = plan.store(paths, folder / "light_curves", progress)
            with counting(self, "light curves") as progress:
                catalogue = plan.describe(survey, catalogue, light_curves, progress)
        catalogue.write(folder / "catalogue.parquet")
        return {
            "rows": len(catalogue),
            "labelled": len(catalogue.labelled()),
            "simulated": catalogue.simulated,
            "account": list(catalogue.provenance.get("account", [])),
        }

    def catalogue(self) -> Catalogue:
        return once.catalogue(self.path("catalogue.parquet"))


class IngestImages(SurveyTask):
    """The survey's images as classifiers see them: one stack, and the list of those that were set
    aside.
    """

    stage = "images"
    code_version = 2
    files = ("stack/",)
    heavy = IngestSurvey.heavy
    resumable = True

    def requires(self) -> FetchSurvey:
        return self.clone(FetchSurvey)

    def parameters(self) -> dict:
        plan = self.image_plan()
        return {**super().parameters(), "size": plan.size, "crop": canonical(plan.crop)}

    def make(self, folder: Path) -> dict:
        unfinished = self.unfinished() / "stack"
        with counting(self, "images") as progress:
            stack = self.image_plan().stack(self.requires().paths(), unfinished, progress=progress)
        unfinished.rename(folder / "stack")
        return {"images": len(stack), "set_aside": len(stack.set_aside)}

    def stack(self) -> ImageStack:
        return ImageStack.read(self.folder() / "stack")


class SplitTask(SurveyTask):
    """A task that works with one split of the survey."""

    split = luigi.Parameter(
        default="", description="which of the survey's splits; empty: its first"
    )
    seed = luigi.IntParameter(
        default=0, description="the one number all random choices derive from"
    )
    n_train = luigi.IntParameter(
        default=0, description="objects to train on; 0: as many as the split says"
    )
    n_test = luigi.IntParameter(
        default=0, description="objects to test on; 0: as many as the split says"
    )
    min_separation_arcsec = luigi.FloatParameter(
        default=0.0,
        description=(
            "objects closer than that stay together; a closer pair in two parts fails the run"
        ),
    )

    def place(self) -> tuple[str, ...]:
        return (self.about().name, self.split_name())

    def split_name(self) -> str:
        """The split asked for, or the survey's first."""
        return self.split or next(iter(self.about().splits))

    def check_split(self) -> None:
        """Raise PipelineError for a split that the survey does not have."""
        known = self.about().splits
        if self.split_name() not in known:
            raise PipelineError(
                f"unknown split {self.split!r} of {self.survey}; choose one of:"
                f" {', '.join(known)}{did_you_mean(self.split, known)}"
            )

    def has_validation(self) -> bool:
        """Whether the split sets a validation part aside."""
        return self.about().splits[self.split_name()].has_validation

    def parameters(self) -> dict:
        return {**super().parameters(), "split": self.split_name()}


class SplitCatalogue(SplitTask):
    """Which objects train and which are held out for the test; made before anything else looks at
    the data.
    """

    stage = "split"
    files = ("split.parquet",)
    heavy = IngestSurvey.heavy

    def requires(self) -> IngestSurvey:
        return self.clone(IngestSurvey)

    def make(self, folder: Path) -> dict:
        sizes = {"n_train": int(self.n_train) or None, "n_test": int(self.n_test) or None}
        catalogue = self.requires().catalogue()
        apart = float(self.min_separation_arcsec)
        split = self.about().split(
            catalogue, self.split_name(), int(self.seed), **sizes, min_separation_arcsec=apart
        )
        split.write(folder / "split.parquet")
        return {
            "n_train": split.count("train"),
            "n_test": split.count("test"),
            "digest": split.digest,
        }

    def apart(self) -> str:
        """How the test part is kept apart from the others, in a sentence."""
        found = closest_pair(self.requires().catalogue(), self.read_split())
        shared = "No object and no group is in the test part and in another"
        if found is None:
            return f"{shared}."
        return (
            f"{shared}; the closest pair of the two is {found[0]:.1f} arcsec apart ({found[1]},"
            f" {found[2]})."
        )

    def read_split(self) -> Split:
        return once.split(self.path("split.parquet"))


class FittedTask(SplitTask):
    """A task that fits something to the training part."""

    features = luigi.ListParameter(
        default=settings.NO_NAMES,
        description="the inputs to use, as a JSON list; empty: all the survey has",
    )

    def split_task(self) -> SplitCatalogue:
        return self.clone(SplitCatalogue)

    def inputs_used(self) -> list[str]:
        """The names of the inputs; one that the survey forbids, or does not have, raises
        CatalogueError.
        """
        return list(self.about().inputs(self.features or None))

    def catalogue_task(self) -> IngestSurvey:
        return self.clone(IngestSurvey)

    def catalogue(self) -> Catalogue:
        return self.catalogue_task().catalogue()

    def catalogue_folder(self) -> Path:
        """Where the catalogue lies, and its light curves where the survey has some."""
        return self.catalogue_task().folder()

    def training_part(self) -> Catalogue:
        """The rows of the catalogue that train; nothing else may be fitted to."""
        return self.catalogue().select(self.split_task().read_split().ids("train"))

    def validation_part(self) -> Catalogue | None:
        """The rows that the split sets aside to choose by and to stop training by; None where it
        sets none aside.
        """
        ids = self.split_task().read_split().ids("validation")
        return self.catalogue().select(ids) if len(ids) else None


class CalibratedTask(FittedTask):
    """A task whose posteriors are calibrated."""

    calibrate = luigi.BoolParameter(
        default=True,
        parsing=luigi.BoolParameter.EXPLICIT_PARSING,
        description="calibrate posteriors: true or false",
    )


def _digests(files: Mapping[str, Path]) -> list[str]:
    """The SHA-256 of each of the user's own files, of which there may be tens of thousands."""
    for name, path in files.items():
        if not path.is_file():
            raise PipelineError(
                f"input {name!r}: there is no file at {path}; give the path of an existing file"
            )
    return sha256_unless_unchanged(files.values())
