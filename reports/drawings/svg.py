"""Where things lie in the drawings of the page: heat maps, class by class intervals, reliability.
Geometry, no markup.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.comparison import ClassifierResult
from reports.drawings import palette
from reports.measures.reliability import ReliabilityBin
from reports.measures.statistics import Statistic
from reports.pages import layout


@dataclass(frozen=True)
class Cell:
    """A square of a heat map: its corner, what it says, its step on the ramp (None when unknown),
    whether it is right.
    """

    x: float
    y: float
    count: str
    percent: str
    level: int | None
    right: bool
    tip: str


@dataclass(frozen=True)
class HeatMap:
    """A confusion table as a drawing of `width` x `height` units, cells of `cell_width` x
    `cell_height`.
    """

    result: ClassifierResult
    title: str
    description: str
    width: float
    height: float
    left: float
    top: float
    cell_width: float
    cell_height: float
    cells: tuple[Cell, ...]
    columns: tuple[tuple[float, str, str], ...]  # x of the middle, class, purity
    rows: tuple[tuple[float, str, str, str], ...]  # y of the middle, class, number, completeness


def heat_map(result: ClassifierResult) -> HeatMap:
    """The drawing of one confusion table; wide for few classes, closer for many."""
    table = result.table
    few = table.size <= 6
    w, h = (56.0, 48.0) if few else (46.0, 38.0)
    widest = max(layout.cell(count) for row in table.counts for count in row)
    w = max(w, 9.5 * len(widest) + 12, *(9.6 * len(label) + 8 for label in table.classes))
    left, top = max(48.0, 9.6 * max(map(len, table.classes)) + 28), 50.0
    cells = [
        _cell(result, i, j, left + j * w, top + i * h)
        for i in range(table.size)
        for j in range(table.size)
    ]
    purity, complete = map(layout.short, result.purity), map(layout.short, result.completeness)
    middles = [left + (j + 0.5) * w for j in range(table.size)]
    heights = [top + (i + 0.5) * h for i in range(table.size)]
    return HeatMap(
        result=result,
        title=layout.table_title(result),
        description=describe(result),
        width=left + table.size * w + 62,
        height=top + table.size * h + 42,
        left=left,
        top=top,
        cell_width=w,
        cell_height=h,
        cells=tuple(cells),
        columns=tuple(zip(middles, table.classes, purity)),
        rows=tuple(zip(heights, table.classes, (f"{n:,}" for n in table.totals), complete)),
    )


def describe(result: ClassifierResult) -> str:
    """The drawing in words, for those who do not see it."""
    table = result.table
    if table.diagonal is None:
        return (
            f"{layout.table_title(result)}. The single cells are not available; class totals:"
            f" {_totals(result)}."
        )
    right = ", ".join(
        f"{label} {d} of {n}" for label, d, n in zip(table.classes, table.diagonal, table.totals)
    )
    return f"{layout.table_title(result)}. Right by reference class: {right}."


def _totals(result: ClassifierResult) -> str:
    return ", ".join(f"{label} {n}" for label, n in zip(result.table.classes, result.table.totals))


def _cell(result: ClassifierResult, i: int, j: int, x: float, y: float) -> Cell:
    table = result.table
    count, total = table.counts[i][j], table.totals[i]
    where = f"reference {table.classes[i]}, given {table.classes[j]}"
    if count is None:
        return Cell(x, y, layout.UNKNOWN_CELL, "", None, i == j, f"{where}: not available")
    fraction = count / total if total else 0.0
    percent = f"{100 * fraction:.0f}%" if total else ""
    return Cell(
        x,
        y,
        str(count),
        percent,
        palette.level(fraction),
        i == j,
        f"{where}: {count} of {total} ({percent})",
    )


@dataclass(frozen=True)
class Mark:
    """A value with its interval on a horizontal scale: positions in units of the drawing, and what
    it says.
    """

    x: float
    low: float
    high: float
    y: float
    who: int  # 0 the leading classifier, 1 the other
    tip: str


@dataclass(frozen=True)
class ClassPlot:
    """Completeness or purity class by class of two classifiers, on a scale from 0 to 100 per
    cent.
    """

    name: str
    width: float
    height: float
    left: float
    right: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]


def class_plot(name: str, results: list[ClassifierResult]) -> ClassPlot | None:
    """The drawing of "completeness" or "purity"; None when no class has a known value."""
    classes = results[0].table.classes
    left, width, step, top = max(44.0, 9.6 * max(map(len, classes)) + 16), 470.0, 42.0, 26.0
    right = width - 18

    def scale(value: float) -> float:
        return left + (right - left) * value

    marks = []
    for who, result in enumerate(results):
        for i, found in enumerate(getattr(result, name)):
            if found.known:
                y = top + step * (i + 0.5) + (-8 if who == 0 else 8) * (len(results) > 1)
                ends = (
                    (scale(found.low), scale(found.high))
                    if found.low is not None
                    else (scale(found.value),) * 2
                )
                marks.append(
                    Mark(scale(found.value), *ends, y, who, _tip(result, classes[i], name, found))
                )
    if not marks:
        return None
    ticks = tuple((scale(k / 4), f"{25 * k}%") for k in range(5))
    rows = tuple((top + step * (i + 0.5), label) for i, label in enumerate(classes))
    return ClassPlot(
        name, width, top + step * len(classes) + 8, left, right, ticks, rows, tuple(marks)
    )


def _tip(result: ClassifierResult, label: str, name: str, found: Statistic) -> str:
    value = f"{layout.value(found)} {layout.interval(found)}"
    return f"{result.title}, {name} of {label}: {value}".rstrip()


@dataclass(frozen=True)
class Bar:
    """A difference with its interval on a scale with zero inside: positions between 0 and
    `width`.
    """

    width: float
    zero: float
    x: float
    low: float
    high: float


def bars(intervals: list[tuple[float, float, float]], width: float = 150.0) -> list[Bar]:
    """Differences (value, low, high) on one common scale that holds them all and zero."""
    ends = [end for row in intervals for end in row]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = (high - low) or 1.0

    def scale(value: float) -> float:
        return 6 + (width - 12) * (value - low) / span

    return [Bar(width, scale(0.0), scale(value), scale(a), scale(b)) for value, a, b in intervals]


@dataclass(frozen=True)
class ReliabilityPlot:
    """Fraction right against confidence: dots (x, y, radius, what they say) in a square of `size`
    units with a margin.
    """

    size: float
    margin: float
    dots: tuple[tuple[float, float, float, str], ...]
    ticks: tuple[tuple[float, str], ...]


def reliability_plot(
    bins: Sequence[ReliabilityBin], size: float = 250.0, margin: float = 40.0
) -> ReliabilityPlot | None:
    """The drawing of one reliability table; None when it has no bins."""
    if not bins:
        return None
    most = max(row.n for row in bins)
    dots = [
        (
            margin + size * row.confidence,
            size * (1 - row.fraction_right) + 8,
            2.5 + 5.5 * math.sqrt(row.n / most),
            (
                f"{row.n} objects, mean confidence {row.confidence:.2f}, fraction right"
                f" {row.fraction_right:.2f}"
            ),
        )
        for row in bins
    ]
    ticks = tuple((size * k / 4, f"{25 * k}%") for k in range(5))
    return ReliabilityPlot(size, margin, tuple(dots), ticks)
