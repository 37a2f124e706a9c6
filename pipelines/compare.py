"""From predictions to tables: compare classifiers on the same test objects, render, and keep the index of reports."""

from __future__ import annotations

import json
from pathlib import Path

import luigi

from astronn import baselines
from catalogs.survey import Survey
from pipelines import manifest, predictions
from pipelines.base import FolderTask
from pipelines.classify import ALL_FEATURES, FILE, SURVEY_SCHEME, ClassifyObjects, RunBaseline, TakeSurveyClasses
from pipelines.errors import PipelineError
from pipelines.index import COMPARISON, Indexed
from pipelines.ingest import FittedTask, SplitCatalogue
from pipelines.keys import file_digest
from pipelines.train import ClassifierTask
from reports import published, render
from reports.comparison import Comparison, compare, compare_published, from_json, to_json, with_seeds

PAGES = {f"report{render.suffix(form)}": form for form in render.formats()}
SUMMARY = "summary.json"


class ComparisonTask(ClassifierTask):
    """A task that sets networks beside automatic schemes."""

    further = luigi.ListParameter(default=[], description="further networks to compare with, each as its preset has it")
    baselines = luigi.ListParameter(
        default=[], description="the schemes to compare with, as a JSON list; empty: those that suit the survey"
    )

    def common(self) -> dict:
        return {**super().common(), "further": self.further, "baselines": self.baselines}

    def network_tasks(self) -> list[ClassifyObjects]:
        """The network of the comparison, with its options, then the further ones."""
        common = ClassifierTask.common(self)
        others = [ClassifyObjects(**{**common, "classifier": name, "options": {}}) for name in self.further]
        return [ClassifyObjects(**common), *others]

    def check(self) -> None:
        """Raise PipelineError, CatalogueError or AstronnError for parameters that name nothing, before any work."""
        survey = self.about()
        if self.split_name() not in survey.splits:
            raise PipelineError(f"unknown split {self.split!r} of {self.survey}; choose one of: {', '.join(survey.splits)}")
        networks = self.network_tasks()
        names = [task.chosen_classifier() for task in networks]
        if len(set(names)) < len(names):
            raise PipelineError(f"networks {', '.join(names)} must differ; name each once")
        for task in networks:
            task.estimator().check_options()
        for name in set(self.chosen_baselines()) - {SURVEY_SCHEME}:
            baselines.describe(name.removesuffix(ALL_FEATURES))
        if SURVEY_SCHEME in self.chosen_baselines() and not survey.baseline:
            raise PipelineError(f"baseline {SURVEY_SCHEME!r}: {survey.name} has no automatic class of its own; leave it out")
        self.inputs_used()
        self.key()  # reads the user's own input files

    def chosen_baselines(self) -> list[str]:
        """The schemes asked for, or every automatic scheme that the survey's classes allow, on few and on all parameters."""
        return list(self.baselines) or default_baselines(self.about())


class TabulateClassifiers(ComparisonTask):
    """Confusion tables, statistics and paired tests of all classifiers on the test objects, for one seed."""

    stage = "comparison"
    files = (COMPARISON,)
    code_version = 2
    heavy = ("pandas", "pyarrow.parquet")

    def requires(self) -> dict:
        return {
            "split": self.split_task(),
            "networks": self.network_tasks(),
            "schemes": [self._scheme_task(name) for name in self.chosen_baselines()],
        }

    def _scheme_task(self, name: str) -> FolderTask:
        common = FittedTask.common(self)
        return TakeSurveyClasses(**common) if name == SURVEY_SCHEME else RunBaseline(**common, baseline=name)

    def make(self, folder: Path) -> dict:
        survey, needed = self.about(), self.requires()
        paths = [task.path(FILE) for task in (*needed["networks"], *needed["schemes"])]
        tested, left_out = predictions.read(paths, part="test")
        silent = f"{left_out} test {survey.noun} to which a scheme gives no class are left out of every table."
        comparison = compare(
            tested,
            groups=self.catalogue().select(tested[0].object_id).group,
            survey=survey.name,
            title=survey.title,
            split=self.split_name(),
            split_title=survey.splits[self.split_name()].description,
            ordered=survey.class_scheme().ordered,
            simulated=survey.simulated,
            seed=int(self.seed),
            n_train=needed["split"].read_split().count("train"),
            citation=survey.citation,
            noun=survey.noun,
            notes=[silent] if left_out else [],
            provenance=self._provenance(needed["split"]),
        )
        (folder / COMPARISON).write_text(to_json(comparison))
        return {"left_out": left_out}

    def _provenance(self, split: SplitCatalogue) -> dict:
        """What the page says of the making: only what is the same whenever and wherever it is made."""
        fetched = split.requires().requires()
        files = {f"SHA-256 of {name}": checksum for name, checksum in fetched.inputs().items()}
        return {**files, "seed": int(self.seed), "key": self.key(), "astronn": manifest.versions()["astronn-pipelines"]}

    def read(self) -> Comparison:
        return from_json(self.path(COMPARISON).read_text())


class CompareClassifiers(Indexed, ComparisonTask):
    """The main job: all of the above for a survey, then one report as text, Markdown, LaTeX, ECSV and an HTML page."""

    stage = "report"
    code_version = 2
    files = (*PAGES, SUMMARY, COMPARISON)
    seeds = luigi.IntParameter(default=1, description="how many seeds, from `seed` on: each splits and trains anew")

    def requires(self) -> list[TabulateClassifiers]:
        first = int(self.seed)
        common = self.common()
        return [TabulateClassifiers(**{**common, "seed": first + i}) for i in range(int(self.seeds))]

    def make(self, folder: Path) -> None:
        write_report(folder, with_seeds([task.read() for task in self.requires()]))


class PublishedReport(Indexed, FolderTask):
    """A published pair of tables, with every statistic that its numbers and margins allow."""

    stage = "published"
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


def default_baselines(survey: Survey) -> list[str]:
    """The survey's own automatic class, and the automatic schemes that its classes allow, on few and on all parameters; beside
    a classifier of pictures also the forest on all that is measured on them, the strongest that is known to need no network."""
    ordered, few = survey.class_scheme().ordered, set(survey.automatic_features)
    known = [baselines.describe(name) for name in baselines.names()]
    usable = [info for info in known if info.kind == "automatic" and (ordered or not info.needs_order)]
    seeing = [info.name for info in usable if info.uses_inputs]
    on_all = [f"{name}{ALL_FEATURES}" for name in seeing] if few and few < set(survey.inputs()) else []
    own = [SURVEY_SCHEME] if survey.baseline else []
    rivals = ["random_forest"] if survey.measures_images else []
    return [*own, *seeing, *on_all, *rivals, *(info.name for info in usable if not info.uses_inputs)]


def write_report(folder: Path, comparison: Comparison) -> None:
    """Write every rendering of ``comparison``, its summary for scripts, and the comparison itself into ``folder``."""
    for name, form in PAGES.items():
        (folder / name).write_text(render.render(comparison, form), encoding="utf-8")
    (folder / SUMMARY).write_text(json.dumps(comparison.summary(), indent=1))
    (folder / COMPARISON).write_text(to_json(comparison))
