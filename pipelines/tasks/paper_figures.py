"""Vector figures of a report for a paper."""

from __future__ import annotations

from pathlib import Path

from pipelines.store.index import COMPARISON
from pipelines.tasks.compare import CompareClassifiers, ComparisonTask
from reports.comparison import from_json
from reports.drawings import paper as paper_figures


class PaperFigures(ComparisonTask):
    """The figures of a report as PDF, at the widths of journal columns."""

    stage = "figures"
    files = ("figures/",)
    code_version = 2
    heavy = ("matplotlib.figure", "matplotlib.backends.backend_pdf")
    seeds = CompareClassifiers.seeds

    def requires(self) -> CompareClassifiers:
        return self.clone(CompareClassifiers)

    def make(self, folder: Path) -> dict:
        (folder / "figures").mkdir()
        comparison = from_json(self.requires().path(COMPARISON).read_text())
        return {"figures": paper_figures.draw(comparison, folder / "figures")}
