"""The page that gathers the systems of the textbook."""

from __future__ import annotations

import json
from pathlib import Path

import luigi

from catalogs.files.atomic import write_text
from pipelines.engine.indexed import Indexed
from pipelines.store import manifest
from pipelines.store.index import TEXTBOOK as PAGE
from pipelines.textbook import items
from pipelines.textbook.task import TextbookTask
from reports.textbook import page

SUMMARY = "summary.json"


class Textbook(Indexed):
    """The systems asked for, or all, on one self-contained HTML page; the newest also lies at
    results/textbook.html, and the index of reports links it.
    """

    stage = "page"
    files = (PAGE, SUMMARY)
    systems = luigi.ListParameter(
        default=(), description="names of systems, as a JSON list; empty: all"
    )
    quick, seed = TextbookTask.quick, TextbookTask.seed

    def place(self) -> tuple[str, ...]:
        return ("textbook",)

    def requires(self) -> list[TextbookTask]:
        return [self.clone(task) for task in items.in_order(tuple(self.systems))]

    def check(self) -> None:
        """Raise PipelineError for a name that is no system, before any work."""
        self.requires()

    def make(self, folder: Path) -> None:
        tasks = self.requires()
        about = {
            "key": self.key(),
            "astronn": manifest.versions()["astronn-pipelines"],
            "torch": manifest.versions()["torch"],
        }
        entries = [task.record_of_item() for task in tasks]
        html = page.render(entries, quick=bool(self.quick), seed=int(self.seed), provenance=about)
        (folder / PAGE).write_text(html, encoding="utf-8")
        (folder / SUMMARY).write_text(
            json.dumps({task.name(): task.numbers() for task in tasks}, indent=1)
        )

    def complete(self) -> bool:
        """Whether it is made, and is the page that lies at results/textbook.html: another one asked
        for later is put back.
        """
        return super().complete() and self.listed().read_bytes() == self.path(PAGE).read_bytes()

    def listed(self) -> Path:
        return Path(self.results) / PAGE

    def show(self) -> None:
        write_text(self.listed(), self.path(PAGE).read_text(encoding="utf-8"))
