"""The Luigi task of a bulk classification: in this process, or submitted to a Dask cluster."""

from __future__ import annotations

import json
from pathlib import Path

import luigi

from pipelines.bulk.job import ROWS_PER_PART, Job, key, marked
from pipelines.engine import settings
from pipelines.engine.base import FolderTask
from pipelines.engine.cards import OnCard, own_card

SUCCESS = "_SUCCESS.json"  # that of pipelines.bulk.run, which is not imported before there is work


class ClassifyFiles(OnCard, FolderTask):
    """Every object of some files, classified by a saved model into the folder ``results``: Parquet,
    part by part.

    Unlike the folders of other tasks this one fills up in sight, part by part, so that an
    interrupted job goes on."""

    stage = "bulk"
    files = (SUCCESS,)
    heavy = ("astronn.classifiers.feature_major", "pyarrow.parquet")
    model = luigi.Parameter(description="a folder that save() or a training task wrote")
    sources = luigi.ListParameter(
        description="files, folders of files, image stacks, HATS catalogues, as a JSON list"
    )
    identifier = luigi.Parameter(
        default="", description="the column that names an object; empty: as the model's recipe says"
    )
    features = luigi.ListParameter(
        default=(), description="the columns to use, in the model's order; [] for its own names"
    )
    keep = luigi.ListParameter(
        default=settings.NO_NAMES, description="columns of the input to carry along"
    )
    format = luigi.Parameter(default="", description="of the input; empty: told from its content")
    format_options = luigi.DictParameter(
        default=settings.NOTHING, description='of the format, as JSON: {"hdu": 2}'
    )
    rows_per_part = luigi.IntParameter(
        default=ROWS_PER_PART, description="objects of one output file"
    )
    calibration = luigi.Parameter(
        default="", description="predictions.parquet of a report: adds sets of classes"
    )
    alpha = luigi.FloatParameter(
        default=0.1, description="how often such a set may miss the true class"
    )
    device = luigi.Parameter(
        default="auto", significant=False, description="for networks that see images"
    )
    threads = luigi.IntParameter(
        default=0, significant=False, description="of this process; 0: one a core"
    )
    scheduler = luigi.Parameter(
        default="", significant=False, description="'local' or the address of a Dask scheduler"
    )
    workers = luigi.IntParameter(
        default=0, significant=False, description="processes of a local Dask cluster; 0: one a core"
    )

    def job(self) -> Job:
        return Job(
            model=self.model,
            inputs=tuple(self.sources),
            output=self.results,
            identifier=self.identifier,
            features=tuple(self.features),
            keep=tuple(self.keep),
            format=self.format,
            options=tuple(sorted(self.format_options.items())),
            rows_per_part=int(self.rows_per_part),
            calibration=self.calibration,
            alpha=float(self.alpha),
            device=self.device,
        )

    def key(self) -> str:
        if not hasattr(self, "_key"):
            self._key = key(self.job())
        return self._key

    def folder(self) -> Path:
        return Path(self.results)

    def output(self) -> dict[str, luigi.LocalTarget]:
        return {SUCCESS: luigi.LocalTarget(str(self.folder() / SUCCESS))}

    def complete(self) -> bool:
        """Whether the mark is this job's, and as many parts are there as it says."""
        mark = self.folder() / SUCCESS
        if marked(mark) != self.key():
            return False
        found = [path for path in self.folder().glob("part-*.parquet") if path.stat().st_size]
        return len(found) == json.loads(mark.read_bytes()).get("n_parts")

    def run(self) -> None:
        if self.scheduler:
            from pipelines.bulk import cluster

            plan = cluster.classify(
                self.job(), self.scheduler, workers=int(self.workers), tell=self.say
            )
        else:
            from pipelines.bulk import run

            with own_card(str(self.device)):
                plan = run.classify(self.job(), threads=int(self.threads), tell=self.say)
        self.say(f"done: {plan.n_objects} objects in {len(plan.parts)} parts")

    def describe(self) -> str:
        return f"classify into {self.results}"
