"""All comparisons on one sheet: a row per survey and split, a column per method, accuracy and
macro-F1 where they meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.comparison import ClassifierResult, Comparison

KINDS = (
    "network",
    "published",
    "learned",
    "automatic",
    "human",
)  # of the columns, from left to right: the first are in sight


@dataclass(frozen=True)
class OverviewCell:
    """What one method reached: accuracy and macro-F1, as text ("-" where unknown), and whether no
    other of its row has a higher accuracy.
    """

    accuracy: str
    macro_f1: str
    best: bool


@dataclass(frozen=True)
class OverviewRow:
    """One comparison; `cells` are those of the columns, None where a method took no part."""

    href: str
    comparison: Comparison
    cells: tuple[OverviewCell | None, ...]


@dataclass(frozen=True)
class Overview:
    """The sheet: `methods` are (name, title) of its columns."""

    methods: tuple[tuple[str, str], ...]
    rows: tuple[OverviewRow, ...]


def overview(entries: Sequence[tuple[str, Comparison]]) -> Overview:
    """The sheet of comparisons given as (href, comparison), its rows in their order; methods by
    kind, the commonest first.
    """
    found: dict[str, list[ClassifierResult]] = {}
    for _, comparison in entries:
        for result in comparison.classifiers:
            found.setdefault(result.name, []).append(result)
    names = sorted(found, key=lambda name: (_rank(found[name][0]), -len(found[name]), name))
    rows = [
        OverviewRow(href, c, tuple(_cells(c).get(name) for name in names)) for href, c in entries
    ]
    return Overview(tuple((name, _title(found[name])) for name in names), tuple(rows))


def _rank(result: ClassifierResult) -> int:
    return KINDS.index(result.kind) if result.kind in KINDS else len(KINDS)


def _title(results: list[ClassifierResult]) -> str:
    """The title of a method where all comparisons agree on it; else, as sizes of networks differ,
    its name.
    """
    titles = {result.title for result in results}
    return titles.pop() if len(titles) == 1 else results[0].name.replace("_", " ")


def _cells(comparison: Comparison) -> dict[str, OverviewCell]:
    accuracy = {c.name: _value(comparison, c, "accuracy") for c in comparison.classifiers}
    best = max((value for value in accuracy.values() if value is not None), default=None)
    return {
        c.name: OverviewCell(
            _text(accuracy[c.name]),
            _text(_value(comparison, c, "macro_f1")),
            best is not None and accuracy[c.name] == best,
        )
        for c in comparison.classifiers
    }


def _value(comparison: Comparison, result: ClassifierResult, key: str) -> float | None:
    """The mean over seeds where there are several, else the value."""
    spreads = comparison.seeds.statistics.get(result.name, {}) if comparison.seeds else {}
    return spreads[key].mean if key in spreads else result.statistics[key].value


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
