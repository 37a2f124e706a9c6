"""All comparisons on one sheet: of each survey and split its methods, one a row, with accuracy,
balanced accuracy and macro-F1, so that it is read from top to bottom on a screen of any width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.comparison import ClassifierResult, Comparison

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1")
HEADS = ("accuracy", "balanced", "macro-F1")
UNKNOWN = "-"


@dataclass(frozen=True)
class OverviewCell:
    """A number as text ("-" where unknown), and whether no other of its comparison has a higher
    one.
    """

    text: str
    best: bool


@dataclass(frozen=True)
class OverviewRow:
    """One method: its title in this comparison, and a cell for each of MEASURES."""

    title: str
    cells: tuple[OverviewCell, ...]


@dataclass(frozen=True)
class OverviewGroup:
    """One comparison: where its page is, what it is about, a row a method."""

    href: str
    comparison: Comparison
    about: str
    rows: tuple[OverviewRow, ...]


def overview(entries: Sequence[tuple[str, Comparison]]) -> list[OverviewGroup]:
    """The sheet of comparisons given as (href, comparison), in their order.

    Parameters
    ----------
    entries : sequence of (str, Comparison)
        Address and comparison.

    Returns
    -------
    list of OverviewGroup
        One a comparison.
    """
    return [OverviewGroup(href, c, about(c), _rows(c)) for href, c in entries]


def about(comparison: Comparison) -> str:
    """The split, how many objects and classes, and the seeds; a published table has none."""
    said = f"{comparison.split_title}; {comparison.n_test:,} {comparison.noun}"
    said += f", {len(comparison.classes)} classes"
    if comparison.seeds is not None:
        return f"{said}, {comparison.seeds.n} seeds"
    printed = all(c.kind == "published" for c in comparison.classifiers)
    return said if printed else f"{said}, seed {comparison.seed}"


def _rows(comparison: Comparison) -> tuple[OverviewRow, ...]:
    columns = [_column(comparison, key) for key in MEASURES]
    return tuple(
        OverviewRow(result.title, cells)
        for result, cells in zip(comparison.classifiers, zip(*columns))
    )


def _column(comparison: Comparison, key: str) -> list[OverviewCell]:
    """One measure of all methods."""
    values = [_value(comparison, result, key) for result in comparison.classifiers]
    best = max((value for value in values if value is not None), default=None)
    return [
        OverviewCell(
            UNKNOWN if value is None else f"{value:.3f}", value is not None and value == best
        )
        for value in values
    ]


def _value(comparison: Comparison, result: ClassifierResult, key: str) -> float | None:
    """The mean over seeds where there are several, else the value."""
    spreads = comparison.seeds.statistics.get(result.name, {}) if comparison.seeds else {}
    return spreads[key].mean if key in spreads else result.statistics[key].value
