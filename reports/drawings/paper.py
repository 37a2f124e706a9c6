"""Vector figures (PDF) for a paper, at the widths of journal columns: the same numbers as on the
page.

A column of Astronomy & Astrophysics is 88 mm wide and its page 180 mm; MNRAS and ApJ differ by a
few millimetres. Text is embedded as TrueType, 8 points high, and no date is written: the same
comparison gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.comparison import ClassifierResult, Comparison
from reports.pages import layout, wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

LONGEST = 50  # characters of a line of the key: what a column holds
COLUMN, PAGE = 88 / 25.4, 180 / 25.4  # inches
STYLE: dict[RcKeyType, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "pdf.fonttype": 42,
    "axes.linewidth": 0.6,
    "font.family": "DejaVu Sans",
    "text.parse_math": False,  # a "$" in a name is a dollar
}
MARKS = (
    ("o", "#1d4f91", "-"),
    ("s", "#a8500a", "--"),
)  # shape, colour and line: never colour alone


def draw(comparison: Comparison, folder: Path) -> list[str]:
    """Write the figures that the comparison allows into `folder`; return their names."""
    import matplotlib

    matplotlib.use("Agg")
    left, right = wording.leading_pair(comparison)
    leading = [left] if right is None else [left, right]
    makers = {
        "confusion.pdf": confusion,
        "classes.pdf": classes,
        "reliability.pdf": reliability,
        "learning.pdf": learning,
    }
    written = []
    with matplotlib.rc_context(STYLE):
        for name, make in makers.items():
            figure = make(comparison, leading)
            if figure is not None:
                about = {"CreationDate": None, "Title": layout.marked(comparison, comparison.title)}
                figure.savefig(folder / name, metadata=about)
                written.append(name)
    return written


def confusion(comparison: Comparison, leading: Sequence[ClassifierResult]) -> Figure | None:
    """The confusion tables of the leading pair side by side, over the whole page; None where cells
    are not known.
    """
    if layout.has_unknown_cells(comparison):
        return None
    figure, axes = _figure(PAGE, 0.46 * PAGE, columns=len(leading))
    for ax, result in zip(axes, leading, strict=True):
        counts = np.array(result.table.counts, dtype=float)  # (K, K)
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for (i, j), value in np.ndenumerate(counts):
            ink = "white" if share[i, j] > 0.55 else "black"
            ax.text(
                j,
                i,
                f"{value:.0f}",
                ha="center",
                va="center",
                color=ink,
                fontsize=7 if len(counts) <= 6 else 5,
            )
        ticks = range(len(result.table.classes))
        ax.set_xticks(ticks, result.table.classes, rotation=45 if len(counts) > 6 else 0)
        ax.set_yticks(ticks, result.table.classes)
        title = layout.marked(comparison, layout.table_title(result)).replace(
            ": ", ":\n"
        )  # else wider than its table
        ax.set(title=title, xlabel="prediction", ylabel="reference")
    return figure


def classes(comparison: Comparison, leading: Sequence[ClassifierResult]) -> Figure | None:
    """Completeness and purity class by class with 95 per cent intervals, one column wide; None
    where neither is known.
    """
    if not any(
        found.known for result in leading for found in (*result.completeness, *result.purity)
    ):
        return None
    figure, axes = _figure(COLUMN, 0.34 * COLUMN + 0.16 * len(comparison.classes), columns=2)
    for ax, name in zip(axes, ("completeness", "purity"), strict=True):
        for which, result in enumerate(leading):
            _intervals(ax, result, name, which, len(leading))
        ax.set_yticks(
            range(len(comparison.classes)), comparison.classes if name == "completeness" else []
        )
        ax.set(xlim=(0, 1), xlabel=name, ylim=(len(comparison.classes) - 0.5, -0.5))
    _key_above(figure, axes[0], comparison)
    return figure


def _intervals(ax: Axes, result: ClassifierResult, name: str, which: int, of: int) -> None:
    marker, colour, line = MARKS[which]
    for i, found in enumerate(getattr(result, name)):
        if found.known:
            low, high = (found.value if end is None else end for end in (found.low, found.high))
            y = i + (0.2 * (2 * which - 1) if of > 1 else 0)
            ax.plot([low, high], [y, y], line, color=colour, lw=1)
            label = result.title if i == 0 else None
            ax.plot(
                found.value,
                y,
                marker,
                color=colour,
                mfc="white" if which else colour,
                ms=4,
                label=label,
                clip_on=False,
            )


def reliability(comparison: Comparison, leading: Sequence[ClassifierResult]) -> Figure | None:
    """The fraction right against confidence, one column wide; None where nobody gives
    posteriors.
    """
    shown = [result for result in leading if result.reliability]
    if not shown:
        return None
    figure, (ax,) = _figure(COLUMN, 0.8 * COLUMN)
    ax.plot([0, 1], [0, 1], ":", color="0.5", lw=0.8)
    for which, result in enumerate(shown):
        marker, colour, line = MARKS[which]
        points = [(row.confidence, row.fraction_right) for row in result.reliability]
        how: dict[str, Any] = {
            "marker": marker,
            "ls": line,
            "color": colour,
            "lw": 0.8,
            "ms": 4,
            "clip_on": False,
        }
        ax.plot(*zip(*points, strict=True), label=result.title, **how)
    ax.set(
        xlabel="confidence (largest posterior)", ylabel="fraction right", xlim=(0, 1), ylim=(0, 1)
    )
    _key_above(figure, ax, comparison)
    return figure


def learning(comparison: Comparison, leading: Sequence[ClassifierResult]) -> Figure | None:
    """The learning curve of the first network, one column wide; None without one."""
    if not comparison.learning:
        return None
    figure, (ax,) = _figure(COLUMN, 0.6 * COLUMN)
    ax.locator_params(axis="x", integer=True)
    found = comparison.learning[0]
    lines = {"training": found.loss, "set aside": found.validation_loss}
    for (_, colour, line), (label, losses) in zip(MARKS, lines.items(), strict=True):
        if losses:
            ax.plot(range(1, len(losses) + 1), losses, line, color=colour, lw=1, label=label)
    ax.set(
        xlabel="epoch", ylabel="loss", title=layout.marked(comparison, comparison.learning[0].title)
    )
    ax.legend(frameon=False, fontsize=7)
    return figure


def _key_above(figure: Figure, ax: Axes, comparison: Comparison) -> None:
    """The key over the axes: a long name within them would hide what is drawn, and one past their
    edge be cut.
    """
    handles, labels = ax.get_legend_handles_labels()
    wrapped = [fill(label, LONGEST) for label in labels]
    title = wording.SIMULATED if comparison.simulated else None
    figure.legend(
        handles,
        wrapped,
        title=title,
        loc="outside upper center",
        frameon=False,
        fontsize=7,
        title_fontsize=7,
    )


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns, squeeze=False)[0]
