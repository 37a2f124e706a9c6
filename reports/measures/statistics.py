"""Every number that a confusion table must carry, each with its interval and with where it comes
from.

Proportions (accuracy, top-2, within one class, completeness, purity) have Wilson score intervals,
the other statistics those of `reports.measures.table_intervals`; where rows come in groups both are
those of the groups. A number that a source states and that its cells do not yield is marked as
quoted; one that neither yields is not derivable."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from astronn.statistics import grouped, metrics
from reports.confusion import ConfusionTable
from reports.errors import ReportError
from reports.measures import table_intervals
from reports.measures.table_intervals import LEVEL, Ends

CALIBRATED = "_calibrated"  # the end of the keys of statistics after calibration
DERIVED, QUOTED, UNKNOWN, NOT_APPLICABLE = "derived", "quoted", "not derivable", "not applicable"


@dataclass(frozen=True)
class Definition:
    """A statistic: its key, its name in words, what it is, and what it needs."""

    key: str
    title: str
    meaning: str
    ordered: bool = False  # defined for classes in order only
    posteriors: bool = False  # needs posterior probabilities
    section: str = (
        ""  # of the report: "" the statistics, "calibrated" what stands after calibration, "sets"
    )
    proportion: bool = False  # k of n objects: Wilson
    error: bool = False  # smaller is better
    of_table: Callable | None = None


DEFINITIONS = (
    Definition(
        "accuracy",
        "Accuracy",
        "fraction of objects given their own class",
        proportion=True,
        of_table=metrics.accuracy,
    ),
    Definition(
        "balanced_accuracy",
        "Balanced accuracy",
        "mean completeness of the classes",
        of_table=metrics.balanced_accuracy,
    ),
    Definition("macro_f1", "Macro-F1", "mean over classes of F1", of_table=metrics.macro_f1),
    Definition(
        "kappa",
        "Cohen's kappa",
        "agreement beyond that of the margins",
        of_table=metrics.cohen_kappa,
    ),
    Definition(
        "quadratic_kappa",
        "Quadratic kappa",
        "kappa with disagreements weighted by squared class distance",
        ordered=True,
        of_table=lambda C: metrics.cohen_kappa(C, weights="quadratic"),
    ),
    Definition(
        "matthews",
        "Matthews coefficient",
        "correlation of reference and prediction",
        of_table=metrics.matthews,
    ),
    Definition(
        "top_2", "Top-2", "class among the two most probable", posteriors=True, proportion=True
    ),
    Definition(
        "within_one",
        "Within one class",
        "own or neighbouring class",
        ordered=True,
        proportion=True,
        of_table=metrics.within_one,
    ),
    Definition(
        "no_information_rate",
        "No-information rate",
        "largest class over all: what one constant answer scores",
        of_table=metrics.no_information_rate,
    ),
    Definition(
        "log_loss",
        "Log loss",
        "mean -ln(posterior of the reference class), nats",
        posteriors=True,
        error=True,
    ),
    Definition(
        "brier",
        "Brier score",
        "mean squared error of the posteriors, 0 to 2",
        posteriors=True,
        error=True,
    ),
    Definition(
        "calibration_error",
        "ECE",
        "expected calibration error: mean |confidence - fraction right|",
        posteriors=True,
        error=True,
    ),
    Definition(
        "classwise_ece",
        "Classwise ECE",
        "the calibration error of every class's posterior, mean over classes",
        posteriors=True,
        error=True,
    ),
    Definition(
        "stage_error",
        "T rms",
        "root mean square of predicted less reference stage T",
        ordered=True,
        error=True,
    ),
    *(
        Definition(
            f"{key}{CALIBRATED}",
            f"{title}, calibrated",
            "after temperature scaling",
            posteriors=True,
            section="calibrated",
            error=True,
        )
        for key, title in (
            ("log_loss", "Log loss"),
            ("brier", "Brier score"),
            ("calibration_error", "ECE"),
            ("classwise_ece", "Classwise ECE"),
        )
    ),
    *(
        Definition(key, title, meaning, posteriors=True, section="sets")
        for kind, words in (("adaptive", "one threshold"), ("by_class", "one per class"))
        for key, title, meaning in (
            (
                f"coverage_{kind}",
                f"Coverage, {words}",
                "fraction of sets that hold the reference class",
            ),
            (f"set_size_{kind}", f"Set size, {words}", "mean number of classes in a set"),
        )
    ),
)
MISSING = {"stage_error": "no stages T"}  # why a number of ObjectScores is not there
KEYS = tuple(definition.key for definition in DEFINITIONS)


@dataclass(frozen=True)
class Statistic:
    """A value, its 95 per cent interval and its origin: derived, quoted, not derivable or not
    applicable (then `why`).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    origin: str = DERIVED
    why: str = ""
    digits: int | None = None  # decimals that the source prints, for a quoted number
    few: bool = False  # of too few objects for the interval to be sure of its 95 per cent

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def number(self) -> float:
        """The value; NaN where there is none."""
        return math.nan if self.value is None else self.value

    @property
    def half_width(self) -> float | None:
        """Half the width of the interval; None without one."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def quoted(digits: str) -> Statistic:
    """The statistic that a source prints as `digits`, "0.578" for example."""
    return Statistic(float(digits), origin=QUOTED, digits=len(digits.partition(".")[2]))


def not_derivable() -> Statistic:
    """A statistic that the numbers at hand do not give."""
    return Statistic(None, origin=UNKNOWN)


def statistic(value: float, low: float = math.nan, high: float = math.nan) -> Statistic:
    """A derived statistic; a NaN becomes None, with the reason when it is the value."""
    why = "" if math.isfinite(value) else "undefined here"
    return Statistic(
        _known(value), _known(low), _known(high), DERIVED if not why else NOT_APPLICABLE, why
    )


@dataclass(frozen=True)
class ObjectScores:
    """What needs more than the table: top-2 right per object (N,) bool, or None without posteriors;
    numbers by key, each with the ends of its interval (NaN where there is none).
    """

    top_2: np.ndarray | None
    numbers: dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class TableStatistics:
    """The statistics of one table by key, and completeness and purity per class."""

    values: dict[str, Statistic]
    completeness: tuple[Statistic, ...]
    purity: tuple[Statistic, ...]


def of_table(
    table: ConfusionTable,
    *,
    ordered: bool,
    scores: ObjectScores | None = None,
    codes: tuple[np.ndarray, np.ndarray] | None = None,
    groups: np.ndarray | None = None,
    seed: Sequence[int] = (0,),
) -> TableStatistics:
    """Every statistic that `table`, and the `scores` of single objects where there are any, allow.

    `codes` (reference, predicted), (N,) each, and `groups`, (N,), are given together when several
    rows belong to one object; ReportError where one is given without the other.
    """
    if not table.complete:
        return _of_margins(table, ordered)
    functions = {d.key: d.of_table for d in DEFINITIONS if d.of_table and not d.proportion}
    C = table.matrix()
    if groups is None:
        ends = table_intervals.of_objects(C, functions, seed)
    elif codes is None:
        raise ReportError("groups need the codes of their rows; give both")
    else:
        ends = table_intervals.of_groups(
            table_intervals.group_tables(codes, groups, table.size), functions
        )
    hits = None if codes is None else _hits(codes, scores)
    values = {
        d.key: _of_definition(d, table, ordered, scores, ends, hits, groups) for d in DEFINITIONS
    }
    return TableStatistics(
        values,
        _per_class(np.diag(C), C.sum(1), codes, 0, groups),
        _per_class(np.diag(C), C.sum(0), codes, 1, groups),
    )


def _hits(
    codes: tuple[np.ndarray, np.ndarray], scores: ObjectScores | None
) -> dict[str, np.ndarray]:
    """Which rows count for a proportion, (N,) bool by its key."""
    apart = np.abs(codes[0] - codes[1])
    found = {"accuracy": apart == 0, "within_one": apart <= 1}
    return found if scores is None or scores.top_2 is None else {**found, "top_2": scores.top_2}


def _of_definition(
    d: Definition,
    table: ConfusionTable,
    ordered: bool,
    scores: ObjectScores | None,
    ends: Mapping[str, Ends],
    hits: Mapping[str, np.ndarray] | None,
    groups: np.ndarray | None,
) -> Statistic:
    """One statistic of a full table, or why it has none."""
    if d.ordered and not ordered:
        return Statistic(None, origin=NOT_APPLICABLE, why="classes not ordered")
    if d.of_table is None and d.key in table.quoted:
        return quoted(table.quoted[d.key])
    top_2 = None if scores is None else scores.top_2
    if d.posteriors and top_2 is None:
        return Statistic(None, origin=NOT_APPLICABLE, why="no posteriors")
    if d.proportion and top_2 is not None and d.of_table is None:
        return _share(top_2, groups)
    if d.of_table is None:
        found = None if scores is None else scores.numbers.get(d.key)
        missing = Statistic(None, origin=NOT_APPLICABLE, why=MISSING.get(d.key, "not calibrated"))
        return missing if found is None else statistic(*found)
    value = d.of_table(table.matrix())
    if d.key == "no_information_rate" or not table.n:
        return statistic(value)
    if not d.proportion:
        few = table_intervals.few(d.key, np.array(table.totals))
        return replace(statistic(value, *ends[d.key]), few=few)
    if groups is None or hits is None:
        return statistic(value, *metrics.wilson_interval(round(value * table.n), table.n, LEVEL))
    return _share(hits[d.key], groups)


def _of_margins(table: ConfusionTable, ordered: bool) -> TableStatistics:
    """What a table with unknown cells still gives: its margins, then what its source states."""
    values = {}
    for d in DEFINITIONS:
        values[d.key] = quoted(table.quoted[d.key]) if d.key in table.quoted else not_derivable()
        if d.ordered and not ordered:
            values[d.key] = Statistic(None, origin=NOT_APPLICABLE, why="classes not ordered")
    values["no_information_rate"] = statistic(max(table.totals) / table.n)
    if table.n_right is not None:
        values["accuracy"] = statistic(
            table.n_right / table.n, *metrics.wilson_interval(table.n_right, table.n, LEVEL)
        )
    blank = (not_derivable(),) * table.size
    if table.diagonal is None:
        return TableStatistics(values, blank, blank)
    found = _per_class(np.array(table.diagonal), np.array(table.totals), None)
    values["balanced_accuracy"] = statistic(float(np.mean([c.number for c in found if c.known])))
    return TableStatistics(values, found, blank)


def _per_class(
    right: np.ndarray,
    of: np.ndarray,
    codes: tuple[np.ndarray, np.ndarray] | None = None,
    which: int = 0,
    groups: np.ndarray | None = None,
) -> tuple[Statistic, ...]:
    """right / of per class, (K,) both, with Wilson's interval; where rows come in groups that of
    the groups of the rows whose code number `which` is the class."""
    with np.errstate(invalid="ignore"):
        value = np.where(of > 0, right / np.maximum(of, 1), np.nan)
    low, high = metrics.wilson_interval(right, of, LEVEL)
    if groups is not None and codes is not None:
        own = [codes[which] == k for k in range(len(of))]
        hits = codes[0] == codes[1]
        low, high = zip(*(grouped.proportion(hits[rows], groups[rows], LEVEL) for rows in own))
    return tuple(statistic(float(v), float(a), float(b)) for v, a, b in zip(value, low, high))


def _share(hits: np.ndarray, groups: np.ndarray | None) -> Statistic:
    """The fraction of hits, (N,) bool, with Wilson's interval, or that of the groups."""
    if groups is None:
        interval = metrics.wilson_interval(int(hits.sum()), len(hits), LEVEL)
    else:
        interval = grouped.proportion(hits, groups, LEVEL)
    return statistic(float(hits.mean()) if len(hits) else math.nan, *interval)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
