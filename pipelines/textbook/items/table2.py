"""Table 2 of Storrie-Lombardi et al. (1992) beside this package, on the real catalogue where its
file is at hand.
"""

from __future__ import annotations

from pathlib import Path

import luigi

from pipelines.engine import settings
from pipelines.store import once
from pipelines.store.keys import file_digest
from pipelines.tasks.compare import TabulateClassifiers
from pipelines.textbook.task import TextbookTask
from reports import published
from reports.comparison import compare_published
from reports.textbook.item import Item
from reports.textbook.items.table2 import item

TABLE, REAL, SIMULATED = "storrie_lombardi_1992_table2", "openngc", "simulated_catalogue"
QUICK = {"options": {"max_epochs": 30, "ensemble_size": 1}}


class TextbookTable2(TextbookTask):
    """The published pair of tables, and the package's network and automatic schemes on a survey."""

    number = 8
    code_version = 3
    stage = "table2"
    survey = luigi.Parameter(
        default="",
        description="galaxies of our own tables; empty: openngc if at hand, else simulated",
    )

    def chosen_survey(self) -> str:
        """The survey asked for; else the real one if its file needs no download, else the simulated
        one.
        """
        return self.survey or (REAL if at_hand(REAL) else SIMULATED)

    def parameters(self) -> dict:
        return {**super().parameters(), "survey": self.chosen_survey()}

    def inputs(self) -> dict[str, str]:
        return {f"{TABLE}.ecsv": file_digest(published.path(TABLE))}

    def requires(self) -> TabulateClassifiers:
        return self.clone(
            TabulateClassifiers,
            survey=self.chosen_survey(),
            further=["storrie_lombardi_1992"],
            calibrate=False,  # the table of 1992 has none
            **(QUICK if self.quick else {}),
        )

    def item(self) -> Item:
        return item(compare_published(TABLE), self.requires().read())


def at_hand(survey: str) -> bool:
    """Whether every file of a survey lies in the cache or can be had from the mirror (an address is
    taken at its word).
    """
    mirror = settings.mirror() or ""
    if mirror.startswith(("http://", "https://")):
        return True
    folders = [settings.cache_folder(), *([Path(mirror)] if mirror else [])]
    files = once.survey(survey).files
    return all(
        any((folder / (file.survey or survey) / file.name).is_file() for folder in folders)
        for file in files
    )


TASK = TextbookTable2
