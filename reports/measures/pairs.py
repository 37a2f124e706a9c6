"""Two classifiers on one test set: object by object where both are known, from margins where a
table is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from astronn.statistics import significance
from astronn.statistics.paired_macro_f1 import Answers, paired_macro_f1
from astronn.statistics.paired_proportions import paired_difference
from reports.confusion import ConfusionTable
from reports.errors import ReportError

LEVEL = 0.05  # a difference is called one when Holm's adjusted p value is under this


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
class PairTest:
    """A against B on the same objects: discordant counts, McNemar, accuracy(A) - accuracy(B) with
    its bootstrap interval, and macro-F1(A) - macro-F1(B) with its own.
    """

    a: str
    b: str
    n: int
    only_a: int
    only_b: int
    chi2: float
    method: str  # "exact" or "chi2", as `astronn.statistics.significance.mcnemar` chose
    p_value: float
    p_holm: float  # adjusted for all pairs of the comparison
    difference: float
    low: float
    high: float
    f1_difference: float
    f1_low: float
    f1_high: float
    classes: tuple[
        ClassDifference | None, ...
    ] = ()  # in the order of the classes; None for one without objects

    @property
    def better(self) -> str:
        """The name of the classifier shown to be better, or "" where the test set does not show
        one.
        """
        if not self.p_holm < LEVEL:
            return ""
        return self.a if self.only_a > self.only_b else self.b


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


def paired_tests(
    reference: np.ndarray,
    answers: dict[str, np.ndarray],
    n_classes: int,
    groups: np.ndarray | None,
    seed: int,
) -> tuple[PairTest, ...]:
    """Every two classifiers tested, with Holm over all of them.

    `reference` (N,) and answers[name] (N,) are numbers of classes from 0, in one order of the
    objects."""
    tests = [
        _test(a, b, Answers(reference, answers[a], answers[b], groups), n_classes, seed)
        for a, b in combinations(answers, 2)
    ]
    adjusted = significance.holm([test.p_value for test in tests])
    return tuple(replace(test, p_holm=float(p)) for test, p in zip(tests, adjusted))


def _test(a: str, b: str, said: Answers, n_classes: int, seed: int) -> PairTest:
    right_a, right_b = said.a == said.reference, said.b == said.reference
    found = significance.mcnemar(int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()))
    gain = significance.paired_bootstrap(
        right_a, right_b, said.groups, seed=[seed, *f"bootstrap {a} {b}".encode()]
    )
    f1 = paired_macro_f1([said], n_classes, seed=[seed, *f"macro-F1 {a} {b}".encode()])
    counts = (found.only_a, found.only_b, found.chi2, found.method, found.p_value, found.p_value)
    ends = (gain.value, gain.low, gain.high, f1.value, f1.low, f1.high)
    own = [said.reference == k for k in range(n_classes)]
    groups = [None if said.groups is None else np.asarray(said.groups)[rows] for rows in own]
    seeds = [[seed, *f"class {k} {a} {b}".encode()] for k in range(n_classes)]
    by_class = tuple(
        _on_class(right_a[r], right_b[r], g, s) for r, g, s in zip(own, groups, seeds, strict=True)
    )
    return PairTest(a, b, len(right_a), *counts, *ends, by_class)


def _on_class(
    right_a: np.ndarray, right_b: np.ndarray, groups: np.ndarray | None, seed: list[int]
) -> ClassDifference | None:
    """Newcombe's interval, or where objects come in groups the bootstrap's over groups."""
    if not len(right_a):
        return None
    both, neither = int((right_a & right_b).sum()), int((~right_a & ~right_b).sum())
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    if groups is None:
        found = paired_difference(both, only_a, only_b, neither)
    else:
        found = significance.paired_bootstrap(right_a, right_b, groups, seed=seed)
    return ClassDifference(len(right_a), only_a, only_b, found.value, found.low, found.high)


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
