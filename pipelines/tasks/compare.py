"""From predictions to tables: compare classifiers on the same test objects, render, and keep the
index of reports.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import luigi

from astronn import baselines
from catalogs.catalogue import Catalogue
from catalogs.errors import did_you_mean
from catalogs.survey import Survey
from pipelines import drawings
from pipelines.answers.mistake_curves import folded_curves
from pipelines.drawings._task import FIGURES, DrawingTask
from pipelines.engine import settings
from pipelines.engine.base import FolderTask
from pipelines.engine.indexed import Indexed
from pipelines.errors import PipelineError
from pipelines.store import manifest, predictions
from pipelines.store.index import COMPARISON
from pipelines.store.keys import file_digest
from pipelines.tasks.classify import (
    ALL_FEATURES,
    FILE,
    SURVEY_SCHEME,
    ClassifyObjects,
    RunBaseline,
    TakeSurveyClasses,
)
from pipelines.tasks.ingest import CalibratedTask, FetchSurvey, SplitCatalogue
from pipelines.tasks.train import ClassifierTask, TrainClassifier
from reports import published, render
from reports.comparison import (
    Comparison,
    compare,
    compare_published,
    from_json,
    to_json,
    with_seeds,
)
from reports.measures import learning, mistakes
from reports.measures.folded import FoldedCurve
from reports.measures.learning import LearningCurve
from reports.measures.mistakes import MistakeSheet
from reports.predictions import Predictions, pool

PAGES = {f"report{render.suffix(form)}": form for form in render.formats()}
SUMMARY = "summary.json"
RENDERING = ("astropy.table", "astropy.io.ascii", "astropy.io.votable.tree", "jinja2")
LISTED = 20  # files of a folder whose checksums a page lists
SHOWN = 6  # measurements of an object in the sheet of mistakes


class Report(Indexed):
    """A task whose folder is a report."""

    def check(self) -> None:
        """Raise the error of a parameter that names nothing, before any work."""
        raise NotImplementedError


class ComparisonTask(ClassifierTask, CalibratedTask):
    """A task that sets networks beside automatic schemes."""

    further = luigi.ListParameter(
        default=settings.NO_NAMES,
        description="further networks to compare with, each as its preset has it",
    )
    baselines = luigi.ListParameter(
        default=settings.NO_NAMES,
        description=(
            "the schemes to compare with, as a JSON list; empty: those that suit the survey"
        ),
    )

    def split_names(self) -> tuple[str, ...]:
        """The split, or the folds that its name stands for: 'fold' for fold_1, fold_2, ..., pooled
        into one test set.

        Raises
        ------
        PipelineError
            If the survey has no such split.
        """
        survey, name = self.about(), self.split_name()
        found = (name,) if name in survey.splits else survey.pooled(name)
        if not found:
            pools = sorted(
                {
                    each.rpartition("_")[0]
                    for each in survey.splits
                    if survey.pooled(each.rpartition("_")[0])
                }
            )
            choices = ", ".join([*survey.splits, *(f"{pool} (all its folds)" for pool in pools)])
            raise PipelineError(
                f"unknown split {name!r} of {self.survey}; choose one of: {choices}"
                f"{did_you_mean(name, [*survey.splits, *pools])}"
            )
        return found

    def network_tasks(self, split: str) -> list[ClassifyObjects]:
        """The network of the comparison, with its options, then the further ones, on one split."""
        others = [
            self.clone(ClassifyObjects, split=split, classifier=name, options={})
            for name in self.further
        ]
        return [self.clone(ClassifyObjects, split=split), *others]

    def check(self) -> None:
        """Raise PipelineError, CatalogueError or AstronnError for parameters that name nothing,
        before any work.
        """
        survey = self.about()
        networks = self.network_tasks(self.split_names()[0])
        names = [task.chosen_classifier() for task in networks]
        if len(set(names)) < len(names):
            raise PipelineError(f"networks {', '.join(names)} must differ; name each once")
        for task in networks:
            task.estimator().check_options()
        for name in set(self.chosen_baselines()) - {SURVEY_SCHEME}:
            baselines.describe(name.removesuffix(ALL_FEATURES))
        if SURVEY_SCHEME in self.chosen_baselines() and not survey.baseline:
            raise PipelineError(
                f"baseline {SURVEY_SCHEME!r}: {survey.name} has no automatic class of its own;"
                " leave it out"
            )
        self.inputs_used()
        self.key()  # reads the user's own input files

    def chosen_baselines(self) -> list[str]:
        """The schemes asked for, or every automatic scheme that the survey's classes allow, on few
        and on all parameters.
        """
        return list(self.baselines) or default_baselines(self.about())


class TabulateClassifiers(ComparisonTask):
    """Confusion tables, statistics and paired tests of all classifiers on the test objects, for one
    seed.
    """

    stage = "comparison"
    files = (COMPARISON,)
    code_version = 12
    effort = 2.0
    heavy = ("pandas", "pyarrow.parquet")

    def requires(self) -> dict[str, dict]:
        """By split, one or all folds: the split, the networks and the schemes."""
        return {split: self._on(split) for split in self.split_names()}

    def _on(self, split: str) -> dict:
        return {
            "split": self.clone(SplitCatalogue, split=split),
            "networks": self.network_tasks(split),
            "trainings": [each.clone(TrainClassifier) for each in self.network_tasks(split)],
            "schemes": [self._scheme_task(name, split) for name in self.chosen_baselines()],
        }

    def _scheme_task(self, name: str, split: str) -> FolderTask:
        if name == SURVEY_SCHEME:
            return self.clone(TakeSurveyClasses, split=split)
        return self.clone(RunBaseline, split=split, baseline=name)

    def make(self, folder: Path) -> dict:
        survey, needed = self.about(), list(self.requires().values())
        tested, left_out = self.tested()
        trained = [each["split"].read_split().count("train") for each in needed]
        silent = (
            f"{left_out} test {survey.noun} to which a scheme gives no class are left out of every"
            " table."
        )
        comparison = compare(
            tested,
            groups=self.catalogue().select(tested[0].object_id).group,
            survey=survey.name,
            title=survey.title,
            split=self.split_name(),
            split_title=self._split_title(),
            ordered=survey.class_scheme().ordered,
            simulated=survey.simulated,
            seed=int(self.seed),
            n_train=round(sum(trained) / len(trained)),
            citation=survey.citation,
            noun=survey.noun,
            notes=[needed[0]["split"].apart(), *([silent] if left_out else []), *self._account()],
            provenance=self._provenance([each["split"] for each in needed]),
        )
        networks = needed[0]["networks"]
        looked_at = replace(
            comparison,
            mistakes=self._mistakes(tested[: len(networks)]),
            learning=_learning(networks),
        )
        (folder / COMPARISON).write_text(to_json(looked_at))
        return {"left_out": left_out}

    def _account(self) -> list[str]:
        """What was read of a user's own files, and what was left out, in one sentence."""
        account = self.catalogue().provenance.get("account", [])
        return [f"Read: {'; '.join(account)}."] if account else []

    def tested(self) -> tuple[list[Predictions], int]:
        """What each classifier said of the test objects, of all folds where there are several, and
        how many are left out.
        """
        needed = self.requires().values()
        read = [
            predictions.read([task.path(FILE) for task in _classifying(each)], part="test")
            for each in needed
        ]
        tested = [
            pool(parts) if len(parts) > 1 else parts[0]
            for parts in zip(*(found for found, _ in read))
        ]
        return tested, sum(number for _, number in read)

    def _mistakes(self, tested: list[Predictions]) -> tuple[MistakeSheet, ...]:
        """The surest mistakes of each network, with a few measurements: those that the automatic
        schemes see, or the first.
        """
        survey, found = self.about(), self.catalogue().select(tested[0].object_id)
        names = [*(survey.automatic_features or survey.inputs())][:SHOWN]
        values = {name: found.features[name].to_numpy() for name in names if name in found.features}
        sheets = [
            mistakes.surest(each, found.ra_deg, found.dec_deg, values, curves=self._curves(found))
            for each in tested
        ]
        return tuple(sheet for sheet in sheets if sheet is not None)

    def _curves(
        self, objects: Catalogue
    ) -> Callable[[Sequence[str]], Mapping[str, FoldedCurve]] | None:
        """What draws the light curves of objects; None where the survey has none."""
        if self.about().light_curves is None:
            return None
        return partial(folded_curves, self.catalogue_folder() / "light_curves", objects)

    def _split_title(self) -> str:
        names = self.split_names()
        first = self.about().splits[names[0]].description
        return (
            first
            if len(names) == 1
            else f"{len(names)} folds, each tested by what the others trained, pooled ({first})"
        )

    def _provenance(self, splits: list[SplitCatalogue]) -> dict:
        """What the page says of the making: only what is the same whenever and wherever it is
        made.
        """
        digests = self.clone(FetchSurvey).inputs()
        files = {f"SHA-256 of {name}": checksum for name, checksum in by_folder(digests).items()}
        files |= {
            f"SHA-256 of split {split.split_name()}": split.read_split().digest for split in splits
        }
        return {
            **files,
            "seed": int(self.seed),
            "key": self.key(),
            "astronn": manifest.versions()["astronn-pipelines"],
        }

    def read(self) -> Comparison:
        return from_json(self.path(COMPARISON).read_text())


class CompareClassifiers(ComparisonTask, Report):
    """The main job: all of the above for a survey, then one report as text, Markdown, LaTeX, ECSV
    and an HTML page.
    """

    stage = "report"
    code_version = 11
    effort = 1.0
    heavy = (*TabulateClassifiers.heavy, *RENDERING)
    seeds = luigi.IntParameter(
        default=1, description="how many seeds, from `seed` on: each splits and trains anew"
    )

    @property
    def files(self) -> tuple[str, ...]:
        return (*PAGES, SUMMARY, COMPARISON, *([FIGURES] if self.drawings() else []))

    def requires(self) -> list[FolderTask]:
        return [*self.tables(), *self.drawings()]

    def tables(self) -> list[TabulateClassifiers]:
        """One comparison a seed."""
        first = int(self.seed)
        return [self.clone(TabulateClassifiers, seed=first + i) for i in range(int(self.seeds))]

    def drawings(self) -> list[DrawingTask]:
        """What is drawn of the networks of the first split and seed."""
        return [
            drawing
            for network in self.network_tasks(self.split_names()[0])
            for drawing in drawings.of(network)
        ]

    def make(self, folder: Path) -> None:
        drawn = self.drawings()
        figures = [figure for drawing in drawn for figure in drawing.pictures()]
        for drawing in drawn:
            shutil.copytree(drawing.folder() / "figures", folder / "figures", dirs_exist_ok=True)
        tables = self.tables()
        said = [task.tested()[0] for task in tables] if len(tables) > 1 else []
        groups = [
            task.catalogue().select(tested[0].object_id).group for task, tested in zip(tables, said)
        ]
        comparison = with_seeds([task.read() for task in tables], said, groups)
        write_report(folder, replace(comparison, figures=tuple(figures)))


class PublishedReport(Report):
    """A published pair of tables, with every statistic that its numbers and margins allow."""

    stage = "published"
    code_version = 6
    heavy = RENDERING
    files = (*PAGES, SUMMARY, COMPARISON)
    table = luigi.Parameter(description="name of the published table: reports/published lists them")

    def check(self) -> None:
        """Raise ReportError for a table that is not there."""
        published.load(self.table)

    def place(self) -> tuple[str, ...]:
        return ("published",)

    def label(self) -> str:
        return self.table

    def inputs(self) -> dict[str, str]:
        return {f"{self.table}.ecsv": file_digest(published.path(self.table))}

    def make(self, folder: Path) -> None:
        write_report(folder, compare_published(self.table))


def _classifying(tasks: dict) -> list[FolderTask]:
    """The tasks of one split that classify, in the order of the tables."""
    return [*tasks["networks"], *tasks["schemes"]]


def _learning(networks: list[ClassifyObjects]) -> tuple[LearningCurve, ...]:
    """The learning curve of each network, of those that kept one."""
    found = []
    for network in networks:
        training = network.clone(TrainClassifier)
        history = json.loads(training.path("history.json").read_text())
        found.append(
            learning.curve(network.chosen_classifier(), network.chosen_classifier(), history)
        )
    return tuple(each for each in found if each is not None)


def by_folder(digests: Mapping[str, str]) -> dict[str, str]:
    """File name to digest, for a page: of a folder of many files one digest, of the lines that
    `sha256sum` prints of them in alphabetical order.
    """
    files: dict[str, dict[str, str]] = {}
    for name, digest in sorted(digests.items()):
        files.setdefault(name.rpartition("/")[0], {})[name] = digest
    found = {}
    for folder, own in files.items():
        if len(own) > LISTED:
            lines = "".join(f"{digest}  {name}\n" for name, digest in own.items())
            name = f"the checksums of {len(own):,} files in {folder or '.'}"
            found[name] = hashlib.sha256(lines.encode()).hexdigest()
        else:
            found |= own
    return found


def default_baselines(survey: Survey) -> list[str]:
    """The survey's own automatic class, and the automatic schemes that its classes allow, on few
    and on all parameters; and the strongest learners without a network, a random forest and
    gradient boosting on all parameters, so that a reader sees what the network is worth.
    """
    ordered, few = survey.class_scheme().ordered, set(survey.automatic_features)
    known = [baselines.describe(name) for name in baselines.names()]
    usable = [
        info for info in known if info.kind == "automatic" and (ordered or not info.needs_order)
    ]
    seeing = [info.name for info in usable if info.uses_inputs]
    on_all = (
        [f"{name}{ALL_FEATURES}" for name in seeing] if few and few < set(survey.inputs()) else []
    )
    own = [SURVEY_SCHEME] if survey.baseline else []
    learned = ["random_forest", "hist_gradient_boosting"] if seeing else []
    return [
        *own,
        *seeing,
        *on_all,
        *learned,
        *(info.name for info in usable if not info.uses_inputs),
    ]


def write_report(folder: Path, comparison: Comparison) -> None:
    """Write every rendering of ``comparison``, its summary for scripts, and the comparison itself
    into ``folder``.
    """
    for name, form in PAGES.items():
        (folder / name).write_text(render.render(comparison, form), encoding="utf-8")
    (folder / SUMMARY).write_text(json.dumps(comparison.summary(), indent=1))
    (folder / COMPARISON).write_text(to_json(comparison))
