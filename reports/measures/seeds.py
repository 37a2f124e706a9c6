"""Several seeds of one comparison: how much the numbers move when split and starting weights are
drawn again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from astronn.statistics import metrics
from astronn.statistics.paired_measures import MEASURES, Answers
from reports.errors import ReportError
from reports.measures import pairs
from reports.measures.pairs import Gain
from reports.measures.statistics import DEFINITIONS, Statistic

if TYPE_CHECKING:
    from reports.predictions import Predictions
    from reports.results import Comparison


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
    """A less B in each measure, by the keys of statistics: seed by seed, and the mean over seeds
    with its interval and p values.

    An object (or group) is drawn with what was said of it in all seeds; `gains` is empty where the
    predictions of single objects were not given."""

    a: str
    b: str
    spreads: dict[str, Spread]
    gains: dict[str, Gain]

    def over(self, name: str, key: str) -> Gain | None:
        """The mean gain in a measure of the classifier `name` over the other; None if unknown."""
        return pairs.over(self.gains, key, name == self.a)


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
    comparisons: Sequence[Comparison],
    said: Sequence[Sequence[Predictions]] = (),
    groups: Sequence[ArrayLike] = (),
) -> SeedSummary:
    """The spread over seeds of every statistic that all the comparisons have.

    The comparisons must be of one survey, split and set of classifiers, each with its own seed;
    else ReportError. Seeds that draw overlapping training sets are not independent: the standard
    deviation says how far a repeat moves, and is not an error of the mean. `said`, the predictions
    of each comparison, gives the intervals of the mean differences; none are given without it.
    `groups`, one (N,) a comparison in the row order of its first predictions, says which objects
    belong together; without it every object stands alone."""
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
    if groups and len(groups) != len(said):
        raise ReportError(
            f"{len(groups)} sets of groups for {len(said)} sets of predictions; give one for each,"
            " or none"
        )
    both = list(combinations(names, 2))
    each: Sequence[ArrayLike | None] = groups or [None] * len(said)
    named = [_names(one, own) for one, own in zip(said, each, strict=True)]
    gains = [_gains(a, b, comparisons, said, named) if said else {} for a, b in both]
    adjusted = pairs.adjust(gains) if said and both else gains
    found = tuple(
        PairedSpread(a, b, _differences(statistics[a], statistics[b]), own)
        for (a, b), own in zip(both, adjusted, strict=True)
    )
    return SeedSummary(tuple(c.seed for c in comparisons), statistics, found)


def _differences(a: Mapping[str, Spread], b: Mapping[str, Spread]) -> dict[str, Spread]:
    """A less B, seed by seed, in each measure that both have."""
    return {
        key: _spread(np.subtract(a[key].values, b[key].values))
        for key in MEASURES
        if key in a and key in b
    }


def _gains(
    a: str,
    b: str,
    comparisons: Sequence[Comparison],
    said: Sequence[Sequence[Predictions]],
    named: Sequence[Mapping[str, str]],
) -> dict[str, Gain]:
    """The mean gains of A over B, each object (or group) drawn with all that was said of it."""
    first = comparisons[0]
    tests = [_answers(a, b, one, names) for one, names in zip(said, named, strict=True)]
    seed = [first.seed, *f"pair over seeds {a} {b}".encode()]
    return pairs.gains_of(tests, len(first.classes), seed, first.ordered)


def _names(said: Sequence[Predictions], groups: ArrayLike | None) -> dict[str, str]:
    """The name of the group of each object, which is the object's own without groups."""
    ids = said[0].object_id
    own = ids if groups is None else np.asarray(groups).astype(str)
    if np.shape(own) != np.shape(ids):
        raise ReportError(
            f"groups must have one entry a test object, {len(ids)}, got the shape {np.shape(own)}"
        )
    return dict(zip(ids.tolist(), own.tolist()))


def _answers(
    a: str, b: str, predictions: Sequence[Predictions], names: Mapping[str, str]
) -> Answers:
    """What two classifiers said of one test set, their rows in one order."""
    of = {p.name: p for p in predictions}
    first, second = of[a], of[b].in_order(of[a].object_id)
    reference, own, other = (
        metrics.encode(labels, first.classes)
        for labels in (first.reference, first.predicted, second.predicted)
    )
    return Answers(reference, own, other, np.array([names[i] for i in first.object_id.tolist()]))


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
