"""What a comparison holds: classifiers on one test set, with everything a page must say of them, as
plain data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports.confusion import ConfusionTable
from reports.drawings.picture import Picture
from reports.errors import ReportError
from reports.measures.learning import LearningCurve
from reports.measures.mistakes import MistakeSheet
from reports.measures.pairs import MarginBounds, PairTest
from reports.measures.posteriors import PosteriorReport
from reports.measures.reliability import ReliabilityBin
from reports.measures.seeds import SeedSummary
from reports.measures.statistics import Statistic

MAIN = ("accuracy", "balanced_accuracy", "macro_f1", "top_2", "kappa")  # of the short form


@dataclass(frozen=True)
class ClassifierResult:
    """One classifier: its table, its statistics by key, completeness and purity per class, what it
    saw, what its posteriors are worth.
    """

    table: ConfusionTable
    statistics: dict[str, Statistic]
    completeness: tuple[Statistic, ...]
    purity: tuple[Statistic, ...]
    inputs: tuple[str, ...] = ()
    note: str = ""
    reliability: tuple[ReliabilityBin, ...] = ()
    posteriors: PosteriorReport | None = None

    @property
    def name(self) -> str:
        """The name of its table."""
        return self.table.name

    @property
    def title(self) -> str:
        """What it is called in tables."""
        return self.table.title

    @property
    def kind(self) -> str:
        """One of `reports.confusion.KINDS`."""
        return self.table.kind


@dataclass(frozen=True)
class Comparison:
    """Classifiers on one test set. `survey` and `split` are names, `title` is the survey in words,
    `noun` its objects.

    `figures` lie beside the page; `mistakes` and `learning` are those of its networks. `quotes`
    are sentences that a source states and that its numbers here do not yield; `citation` is that
    source."""

    survey: str
    split: str
    classes: tuple[str, ...]
    ordered: bool
    simulated: bool
    seed: int
    n_test: int
    classifiers: tuple[ClassifierResult, ...]
    pairs: tuple[PairTest, ...] = ()
    bounds: tuple[MarginBounds, ...] = ()
    n_train: int | None = None
    grouped: bool = False
    n_groups: int = 0  # of the tested objects, where they come in groups; 0 in older files
    effective_groups: float = 0.0  # as how many groups of one size they count
    title: str = ""
    split_title: str = ""
    noun: str = "objects"
    notes: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    citation: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)
    seeds: SeedSummary | None = None
    figures: tuple[Picture, ...] = ()
    mistakes: tuple[MistakeSheet, ...] = ()
    learning: tuple[LearningCurve, ...] = ()

    def pair(self, a: ClassifierResult, b: ClassifierResult) -> PairTest | None:
        """The paired test of two classifiers, in whichever order it was made; None where there is
        none.

        Parameters
        ----------
        a, b : ClassifierResult
            Two of `classifiers`.

        Returns
        -------
        PairTest or None
            The test.
        """
        return next((test for test in self.pairs if {test.a, test.b} == {a.name, b.name}), None)

    def classifier(self, name: str) -> ClassifierResult:
        """The result of the classifier of that name; an unknown name raises ReportError.

        Parameters
        ----------
        name : str
            Of one of `classifiers`.

        Returns
        -------
        ClassifierResult
            Its result.

        Raises
        ------
        ReportError
            For an unknown name.
        """
        for result in self.classifiers:
            if result.name == name:
                return result
        raise ReportError(
            f"unknown classifier {name!r}; choose one of:"
            f" {', '.join(c.name for c in self.classifiers)}"
        )

    def summary(self) -> dict[str, Any]:
        """The short form for `--json`: survey, split, sizes and, by classifier name, the main
        statistics (or None).

        `classifiers` are those of this seed; with several seeds `over_seeds` holds mean and
        standard deviation of each.

        Returns
        -------
        dict
            Plain data for JSON.
        """
        by_name = {c.name: {key: c.statistics[key].value for key in MAIN} for c in self.classifiers}
        sizes = {"n_train": self.n_train, "n_test": self.n_test}
        head = {
            "survey": self.survey,
            "split": self.split,
            "simulated": self.simulated,
            "seed": self.seed,
        }
        if self.seeds is None:
            return {**head, **sizes, "classifiers": by_name}
        spreads = {
            name: {
                key: {"mean": found[key].mean, "sd": found[key].sd} for key in MAIN if key in found
            }
            for name, found in self.seeds.statistics.items()
        }
        return {
            **head,
            **sizes,
            "classifiers": by_name,
            "n_seeds": self.seeds.n,
            "over_seeds": spreads,
        }
