"""Table 2 of Storrie-Lombardi et al. (1992), and the same two columns made by this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reports.drawings import palette
from reports.drawings.theme import Theme, bare, new
from reports.measures.statistics import QUOTED
from reports.pages import layout, wording
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from reports.comparison import ClassifierResult, Comparison

SHOWN = ("accuracy", "balanced_accuracy", "kappa", "top_2")
NAMES = ("accuracy", "balanced accuracy", "kappa", "top-2")


def item(published: Comparison, ours: Comparison) -> Item:
    """The item of the published comparison and of the package's own, on galaxies of ``ours``."""
    return Item(
        title="Table 2 of 1992, and this package",
        question="Storrie-Lombardi et al. set a network of 13 inputs beside ESO's automatic classifier. What did the network "
        "gain, and what does one gain today?",
        findings=tuple(_findings(published, ours)),
        source=f"{published.citation}. Ours: {ours.citation}.",
        simulated=ours.simulated,
        drawings=(
            Drawing(
                "tables",
                f"Rows: reference class; columns: the class given; shade: share of the row. {_where(published, ours)} "
                "Look at the first and the last row: rare classes are where overall accuracy hides most.",
                f"Confusion tables. Published: {_sizes(published)}. This package: {_sizes(ours)}.",
                lambda theme: tables(_known(published, ours), theme),
            ),
            Drawing(
                "scores",
                "Filled: accuracy, which counts galaxies; open: balanced accuracy, which counts classes alike. Lines: 95% "
                "intervals where the tables allow one. Look at 1992: the network wins by the filled marks and not by the "
                "open ones.",
                "Accuracy and balanced accuracy of the published and of the package's own classifiers.",
                lambda theme: scores(published, ours, theme),
            ),
        ),
        tables=(
            Table(
                "Scores. 1992 and ours are of other galaxies and other inputs: compare within each, not across",
                ("classifier", "tested on", "right", *NAMES),
                tuple(
                    _row(c, comparison)
                    for comparison in (published, ours)
                    for c in comparison.classifiers
                ),
            ),
        ),
        numbers={
            "simulated": ours.simulated,
            "survey": ours.survey,
            "published": {c.name: _numbers(c) for c in published.classifiers},
            "ours": {c.name: _numbers(c) for c in ours.classifiers},
            "leading": [c.name for c in _pair(ours)],
        },
    )


def _findings(published: Comparison, ours: Comparison) -> list[str]:
    """First of all whether our galaxies are simulated; then both results, and whether each is
    real.
    """
    missing = (
        "SIMULATED: the file of the real catalogue, OpenNGC, is not on this machine, so the lower"
        " tables are of simulated galaxies and say nothing about the sky. Run astronn report"
        " openngc once, or give --mirror, and make this page again."
    )
    both = [
        sentence
        for c in (published, ours)
        for sentence in (wording.headline(c), *wording.findings(c)[:3])
    ]
    return [*([missing] if ours.simulated else []), *both]


def _ours(ours: Comparison) -> str:
    return f"{'SIMULATED galaxies' if ours.simulated else ours.title}, {ours.n_test:,} of them"


def _pair(comparison: Comparison) -> list[ClassifierResult]:
    return [c for c in wording.leading_pair(comparison) if c is not None]


def _sizes(comparison: Comparison) -> str:
    return "; ".join(layout.table_title(c) for c in _pair(comparison))


def _numbers(c: ClassifierResult) -> dict[str, Any]:
    return {
        "n": c.table.n,
        "right": c.table.n_right,
        **{key: c.statistics[key].value for key in SHOWN},
    }


def _row(c: ClassifierResult, comparison: Comparison) -> tuple[str, ...]:
    tested = f"{'SIMULATED' if comparison.simulated else comparison.title.partition(',')[0]}"
    return (
        c.title,
        tested,
        f"{c.table.n_right} of {c.table.n}",
        *(layout.value(c.statistics[key]) for key in SHOWN),
    )


def _known(*comparisons: Comparison) -> list[Comparison]:
    """Those of which cells are known, not only totals: a table of unknown cells shows nothing."""
    return [
        c
        for c in comparisons
        if any(cell is not None for one in _pair(c) for row in one.table.counts for cell in row)
    ]


def _where(published: Comparison, ours: Comparison) -> str:
    """Which tables stand where, and what is known of those of 1992 if they are not drawn."""
    own = f"{_ours(ours)}: the package's network, and the best automatic scheme."
    if published in _known(published):
        return f"Above the tables of 1992. Below, {own}"
    table = published.classifiers[0].table
    totals = ", ".join(f"{name} {total}" for name, total in zip(table.classes, table.totals))
    right = " and ".join(f"{c.table.n_right} ({c.title})" for c in _pair(published))
    return (
        f"Of 1992 no cell is at hand, only totals: {totals}; right {right} of {table.n}. Drawn:"
        f" {own}"
    )


def tables(comparisons: list[Comparison], theme: Theme) -> Figure:
    """The leading pair of each comparison as heat maps."""
    figure = new(height=4.3 * len(comparisons))
    grid = figure.subplots(len(comparisons), 2, squeeze=False)
    for row, comparison in zip(grid, comparisons):
        for axes, result in zip(row, _pair(comparison)):
            _heat_map(axes, result, "SIMULATED: " if comparison.simulated else "", theme)
    return figure


def _heat_map(axes: Axes, result: ClassifierResult, mark: str, theme: Theme) -> None:
    """One confusion table: counts on shades of their share of the row; unknown cells hatched."""
    table, ramp = result.table, palette.ramp(theme.dark)
    bare(axes)
    size = table.size
    axes.set(xlim=(0, size + 0.75), ylim=(size, 0))
    axes.set_title(f"{mark}{result.title}\n{table.n_right} of {table.n} right", fontsize=9.5)
    for i in range(size):
        for j in range(size):
            count, total = table.counts[i][j], table.totals[i]
            fill, ink = (
                (theme.card, theme.soft)
                if count is None
                else ramp[palette.level(count / total if total else 0.0)]
            )
            look = {
                "facecolor": fill,
                "edgecolor": theme.line,
                "hatch": "///" if count is None else None,
            }
            axes.add_patch(_square(j, i, **look))
            axes.text(
                j + 0.5,
                i + 0.5,
                layout.cell(count),
                ha="center",
                va="center",
                color=ink,
                fontsize=9.5,
            )
        axes.add_patch(
            _square(i, i, facecolor="none", edgecolor=theme.ink, linewidth=1.4, zorder=2)
        )
        axes.text(
            size + 0.1,
            i + 0.5,
            f"{table.totals[i]}",
            ha="left",
            va="center",
            color=theme.soft,
            fontsize=9,
        )
    middles = np.arange(size) + 0.5
    axes.set_xticks(middles, table.classes)
    axes.set_yticks(middles, table.classes)
    axes.tick_params(length=0)


def _square(x: float, y: float, **look: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), 1, 1, **look)


def scores(published: Comparison, ours: Comparison, theme: Theme) -> Figure:
    """Accuracy and balanced accuracy of every classifier, with intervals where there are any."""
    rows = [
        (c, group)
        for group, comparison in enumerate((published, ours))
        for c in comparison.classifiers
    ]
    figure = new(height=0.34 * len(rows) + 1.3)
    axes = figure.subplots()
    for place, (result, group) in enumerate(rows):
        colour = theme.series[group]
        for key, face, lift in (
            ("accuracy", colour, -0.14),
            ("balanced_accuracy", theme.card, 0.14),
        ):
            found = result.statistics[key]
            if not found.known and found.origin != QUOTED:
                continue
            if found.low is not None and found.high is not None:
                axes.plot([found.low, found.high], [place + lift] * 2, color=colour, linewidth=1.4)
            axes.plot(
                found.number, place + lift, "o", color=colour, markerfacecolor=face, markersize=7
            )
    axes.axhline(len(published.classifiers) - 0.5, color=theme.soft, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [result.title for result, _ in rows])
    axes.invert_yaxis()
    mark = "SIMULATED galaxies" if ours.simulated else ours.title
    axes.set(xlabel=f"share right (above the line: 1992; below: {mark})", xlim=(0, 1))
    axes.grid(axis="y", visible=False)
    for label, face in (("accuracy", theme.soft), ("balanced accuracy", theme.card)):
        axes.plot([], [], "o", color=theme.soft, markerfacecolor=face, markersize=7, label=label)
    axes.legend(loc="lower right")
    return figure
