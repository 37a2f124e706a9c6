"""Several seeds of one comparison: how much the numbers move when split and starting weights are
drawn again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from astronn.statistics import metrics
from astronn.statistics.paired_macro_f1 import Answers, paired_macro_f1
from reports.errors import ReportError
from reports.measures.statistics import DEFINITIONS, Statistic

if TYPE_CHECKING:
    from reports.comparison import Comparison
    from reports.predictions import Predictions


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n - 1; None for one seed) of a number over seeds, and the
    numbers themselves.
    """

    mean: float
    sd: float | None
    values: tuple[float, ...]

    @property
    def positive(self) -> int:
        """In how many seeds the number is above zero."""
        return sum(value > 0 for value in self.values)


@dataclass(frozen=True)
class PairedSpread:
    """Accuracy(A) - accuracy(B) and macro-F1(A) - macro-F1(B), seed by seed.

    `f1_low` and `f1_high` are the 95 per cent interval of the mean of the latter under a bootstrap
    over objects, each drawn with what was said of it in all seeds; None where the predictions of
    single objects were not given."""

    a: str
    b: str
    difference: Spread
    f1: Spread
    f1_low: float | None = None
    f1_high: float | None = None


@dataclass(frozen=True)
class SeedSummary:
    """statistics[classifier][key] over the seeds, and the paired differences of every two
    classifiers.
    """

    seeds: tuple[int, ...]
    statistics: dict[str, dict[str, Spread]]
    pairs: tuple[PairedSpread, ...]

    @property
    def n(self) -> int:
        """The number of seeds."""
        return len(self.seeds)


def summarise_seeds(
    comparisons: Sequence[Comparison], said: Sequence[Sequence[Predictions]] = ()
) -> SeedSummary:
    """The spread over seeds of every statistic that all the comparisons have.

    The comparisons must be of one survey, split and set of classifiers, each with its own seed;
    else ReportError. Seeds that draw overlapping training sets are not independent: the standard
    deviation says how far a repeat moves, and is not an error of the mean. `said`, the predictions
    of each comparison, gives the intervals of the mean differences in macro-F1; none are given
    without it."""
    if not comparisons:
        raise ReportError("no comparisons to summarise; give one for each seed")
    names = _common_names(comparisons)
    results = {name: [c.classifier(name) for c in comparisons] for name in names}
    statistics = {name: _spreads([r.statistics for r in results[name]]) for name in names}
    if said and len(said) != len(comparisons):
        raise ReportError(
            f"{len(said)} sets of predictions for {len(comparisons)} comparisons; give one for"
            " each, or none"
        )
    pairs = tuple(_pair(a, b, statistics, comparisons, said) for a, b in combinations(names, 2))
    return SeedSummary(tuple(c.seed for c in comparisons), statistics, pairs)


def _pair(
    a: str,
    b: str,
    statistics: Mapping[str, Mapping[str, Spread]],
    comparisons: Sequence[Comparison],
    said: Sequence[Sequence[Predictions]],
) -> PairedSpread:
    """The differences of two classifiers over the seeds."""
    gain, f1 = (
        _spread(np.subtract(statistics[a][key].values, statistics[b][key].values))
        for key in ("accuracy", "macro_f1")
    )
    if not said:
        return PairedSpread(a, b, gain, f1)
    seed = [comparisons[0].seed, *f"macro-F1 over seeds {a} {b}".encode()]
    tests = [_answers(a, b, predictions) for predictions in said]
    found = paired_macro_f1(tests, len(comparisons[0].classes), seed=seed)
    return PairedSpread(a, b, gain, f1, found.low, found.high)


def _answers(a: str, b: str, predictions: Sequence[Predictions]) -> Answers:
    """What two classifiers said of one test set, their rows in one order."""
    of = {p.name: p for p in predictions}
    first, second = of[a], of[b].in_order(of[a].object_id)
    reference, own, other = (
        metrics.encode(labels, first.classes)
        for labels in (first.reference, first.predicted, second.predicted)
    )
    return Answers(reference, own, other, first.object_id)


def _common_names(comparisons: Sequence[Comparison]) -> list[str]:
    """Classifiers with per-object results, the same in all the comparisons."""
    first = comparisons[0]
    names = [c.name for c in first.classifiers if c.kind != "published"]
    for other in comparisons:
        same = (other.survey, other.split) == (first.survey, first.split)
        if not same or [c.name for c in other.classifiers if c.kind != "published"] != names:
            raise ReportError(
                f"seeds must repeat one comparison: {other.survey}/{other.split} differs from"
                f" {first.survey}/{first.split} in survey, split or classifiers"
            )
    if len({c.seed for c in comparisons}) != len(comparisons):
        raise ReportError(f"seeds must differ, got {', '.join(str(c.seed) for c in comparisons)}")
    return names


def _spreads(statistics: Sequence[Mapping[str, Statistic]]) -> dict[str, Spread]:
    keys = [d.key for d in DEFINITIONS if all(values[d.key].known for values in statistics)]
    return {key: _spread([values[key].number for values in statistics]) for key in keys}


def _spread(values: Iterable[float]) -> Spread:
    numbers = tuple(float(value) for value in values)
    return Spread(
        float(np.mean(numbers)),
        float(np.std(numbers, ddof=1)) if len(numbers) > 1 else None,
        numbers,
    )
