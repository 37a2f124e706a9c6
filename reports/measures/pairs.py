"""Two classifiers on one test set: object by object where both are known, from margins where a
table is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from astronn.statistics import grouped, significance
from astronn.statistics.paired_measures import Answers, paired_measures
from astronn.statistics.paired_proportions import paired_difference
from reports.confusion import ConfusionTable
from reports.errors import ReportError
from reports.measures import table_intervals

LEVEL = 0.05  # a difference is called one when Holm's adjusted p value is under this
BY_GROUPS = "groups"  # the method of a test whose rows come in groups


@dataclass(frozen=True)
class ClassDifference:
    """A against B on the objects of one reference class: completeness(A) - completeness(B) with its
    95 per cent interval.
    """

    n: int
    only_a: int
    only_b: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Gain:
    """A measure of A less that of B: the difference with its 95 per cent interval, the p value that
    it is none, alone and adjusted by Holm for all pairs of the comparison (None where unknown).

    `few`: it rests on a class of too few objects for the interval to be sure."""

    difference: float
    low: float
    high: float
    p_value: float | None = None
    p_holm: float | None = None
    few: bool = False

    @property
    def shown(self) -> int:
        """1 where A is shown to be better, -1 where B is, 0 where the test set does not say."""
        if self.p_holm is None or not self.p_holm < LEVEL:
            return 0
        return 1 if self.difference > 0 else -1


@dataclass(frozen=True)
class PairTest:
    """A against B on the same objects: discordant counts, McNemar's test or where rows come in
    groups a t test of the groups, and the gain of A over B in each measure.

    `chi2` is McNemar's chi-square, or the square of t; `n_groups` 0 where every row is an object of
    its own."""

    a: str
    b: str
    n: int
    only_a: int
    only_b: int
    chi2: float
    method: (
        str  # "exact" or "chi2", as `astronn.statistics.significance.mcnemar` chose, or "groups"
    )
    gains: dict[str, Gain]  # by the keys of statistics
    classes: tuple[
        ClassDifference | None, ...
    ] = ()  # in the order of the classes; None for one without objects
    n_groups: int = 0

    @property
    def accuracy(self) -> Gain:
        """The gain in accuracy."""
        return self.gains["accuracy"]

    @property
    def p_value(self) -> float:
        """That the two are right equally often; NaN where unknown."""
        return np.nan if self.accuracy.p_value is None else self.accuracy.p_value

    @property
    def p_holm(self) -> float:
        """The same, adjusted by Holm for all pairs of the comparison."""
        return np.nan if self.accuracy.p_holm is None else self.accuracy.p_holm

    @property
    def better(self) -> str:
        """The name of the classifier shown to be right more often, or "" where the test set does
        not show one.
        """
        return {1: self.a, -1: self.b, 0: ""}[self.accuracy.shown]

    def over(self, name: str, key: str) -> Gain | None:
        """The gain in a measure of the classifier `name` over the other; None where there is
        none."""
        return over(self.gains, key, name == self.a)


@dataclass(frozen=True)
class MarginBounds:
    """A against B when a published table is all there is: the McNemar chi-squares that its margins
    allow.

    `margins` says which: "numbers right per class" or "numbers right". `quoted_low` and
    `quoted_high` are bounds that a source states from cells that are not available here."""

    a: str
    b: str
    n: int
    margins: str
    difference: float  # accuracy(A) - accuracy(B)
    chi2_low: float
    chi2_high: float
    quoted_low: str = ""
    quoted_high: str = ""

    @property
    def verdict(self) -> str:
        """ "significant" or "not significant" at 5 per cent when all allowed values agree, else
        "undecidable".
        """
        return significance.verdict(self.chi2_low, self.chi2_high)


def over(gains: Mapping[str, Gain], key: str, of_a: bool) -> Gain | None:
    """The gain of A over B in a measure, or that of B over A; None where there is none."""
    found = gains.get(key)
    if found is None or of_a:
        return found
    return replace(found, difference=-found.difference, low=-found.high, high=-found.low)


def paired_tests(
    reference: np.ndarray,
    answers: dict[str, np.ndarray],
    n_classes: int,
    groups: np.ndarray | None,
    seed: int,
    *,
    ordered: bool,
) -> tuple[PairTest, ...]:
    """Every two classifiers tested, with Holm over all of them in each measure.

    `reference` (N,) and answers[name] (N,) are numbers of classes from 0, in one order of the
    objects; `groups` (N,) where rows come in groups. Within-one is of `ordered` classes alone."""
    tests = [
        _test(a, b, Answers(reference, answers[a], answers[b], groups), n_classes, seed, ordered)
        for a, b in combinations(answers, 2)
    ]
    if not tests:
        return ()
    adjusted = adjust([test.gains for test in tests])
    return tuple(replace(test, gains=gains) for test, gains in zip(tests, adjusted, strict=True))


def adjust(gains: Sequence[dict[str, Gain]]) -> list[dict[str, Gain]]:
    """The gains of several pairs with Holm's p values, measure by measure over all pairs."""
    found = [dict(own) for own in gains]
    for key in gains[0]:
        p_values = [_or_one(own[key].p_value) for own in gains]
        for own, p in zip(found, significance.holm(p_values), strict=True):
            own[key] = replace(own[key], p_holm=float(p))
    return found


def _or_one(p: float | None) -> float:
    return 1.0 if p is None else p


def gains_of(
    tests: Sequence[Answers], n_classes: int, seed: list[int], ordered: bool
) -> dict[str, Gain]:
    """The gains of A over B by measure, not yet adjusted."""
    totals = np.min([np.bincount(t.reference, minlength=n_classes) for t in tests], axis=0)
    return {
        key: Gain(
            found.value,
            *_possible(found.low, found.high),
            found.p_value,
            few=table_intervals.few(key, totals),
        )
        for key, found in paired_measures(tests, n_classes, seed=seed).items()
        if ordered or key != "within_one"
    }


def _test(a: str, b: str, said: Answers, n_classes: int, seed: int, ordered: bool) -> PairTest:
    right_a, right_b = said.a == said.reference, said.b == said.reference
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    gains = gains_of([said], n_classes, [seed, *f"pair {a} {b}".encode()], ordered)
    own = [said.reference == k for k in range(n_classes)]
    groups = [None if said.groups is None else np.asarray(said.groups)[rows] for rows in own]
    by_class = tuple(_on_class(right_a[r], right_b[r], g) for r, g in zip(own, groups, strict=True))
    if said.groups is None:
        found = significance.mcnemar(only_a, only_b)
        how, n_groups = (found.chi2, found.method), 0
    else:
        n_groups = len(np.unique(said.groups))
        how = (_t(gains["accuracy"], n_groups) ** 2, BY_GROUPS)
    return PairTest(a, b, len(right_a), only_a, only_b, *how, gains, by_class, n_groups)


def _t(gain: Gain, n_groups: int) -> float:
    """The t of a gain whose interval is difference -+ quantile x error; 0 without an error."""
    half = (gain.high - gain.low) / 2
    found = gain.difference * grouped.t_quantile(0.95, n_groups) / half if half > 0 else 0.0
    return found if np.isfinite(found) else 0.0


def _on_class(
    right_a: np.ndarray, right_b: np.ndarray, groups: np.ndarray | None
) -> ClassDifference | None:
    """The score interval, or where objects come in groups that of the groups."""
    if not len(right_a):
        return None
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    if groups is None:
        found = paired_difference(only_a, only_b, len(right_a))
        value, ends = found.value, (found.low, found.high)
    else:
        net = right_a.astype(np.int64) - right_b
        units = grouped.sums(np.column_stack([net, np.ones_like(net)]), groups)
        (one,) = grouped.jackknife(lambda s: s[:, 0] / np.maximum(s[:, 1], 1), units)
        value, ends = one.value, one.interval()
    return ClassDifference(len(right_a), only_a, only_b, value, *_possible(*ends))


def _possible(low: float, high: float) -> tuple[float, float]:
    """The ends; those that a single group cannot give are those of any difference, -1 and 1."""
    return (-1.0, 1.0) if np.isnan(low) or np.isnan(high) else (low, high)


def bound_pairs(tables: Sequence[ConfusionTable]) -> tuple[MarginBounds, ...]:
    """Bounds for every two tables of one sample of which at least one is published; none where the
    samples differ.
    """
    return tuple(
        bounds(a, b)
        for a, b in combinations(tables, 2)
        if "published" in (a.kind, b.kind)
        and a.sample
        and a.sample == b.sample
        and a.n_right is not None
        and b.n_right is not None
    )


def bounds(a: ConfusionTable, b: ConfusionTable) -> MarginBounds:
    """What the numbers right of two tables of the same objects allow McNemar's chi-square to be.

    Raises
    ------
    ReportError
        If a table does not say how many of its objects were right.
    """
    if a.n_right is None or b.n_right is None:
        unsaid = a if a.n_right is None else b
        raise ReportError(
            f"table {unsaid.name!r} does not say how many of its objects were right; give n_right"
        )
    if (
        a.diagonal is not None
        and b.diagonal is not None
        and a.totals == b.totals
        and a.classes == b.classes
    ):
        margins, low, high = (
            "numbers right per class",
            *significance.mcnemar_bounds(a.diagonal, b.diagonal, a.totals),
        )
    else:
        margins, low, high = (
            "numbers right",
            *significance.mcnemar_bounds(a.n_right, b.n_right, a.n),
        )
    return MarginBounds(a.name, b.name, a.n, margins, (a.n_right - b.n_right) / a.n, low, high)
