"""What a classifier says as a light curve grows: shares right after so many epochs, and posteriors
against time, drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

LIGHTEST = 0.02  # posteriors that never reach this are not drawn
INCHES, DPI, COLUMNS = (3.4, 2.5), 110, 3


class Growth(NamedTuple):
    """How many of the objects that have at least ``epochs`` epochs are right after them, and their
    mean true posterior.
    """

    epochs: int
    n: int
    right: int
    true_posterior: float  # mean posterior of the true class


class Example(NamedTuple):
    """One object with its light curve and the posteriors (n, K) after each of its n epochs."""

    name: str
    true: str
    time_days: np.ndarray
    magnitude: np.ndarray
    posteriors: np.ndarray


def growth(posteriors: Sequence[np.ndarray], true: np.ndarray, most: int = 1024) -> list[Growth]:
    """The Growth after 1, 2, 4, ... epochs, of posteriors (n_i, K) of each object and the numbers
    of the true classes.
    """
    found, epochs = [], 1
    while epochs <= most and any(len(p) >= epochs for p in posteriors):
        rows = [(p[epochs - 1], k) for p, k in zip(posteriors, true) if len(p) >= epochs]
        right = sum(int(p.argmax() == k) for p, k in rows)
        found.append(Growth(epochs, len(rows), right, float(np.mean([p[k] for p, k in rows]))))
        epochs *= 2
    return found


def text(rows: Sequence[Growth], noun: str) -> str:
    """The growth as a table of plain text."""
    lines = [f"epochs  {noun:>8}  right   mean posterior of the true class"]
    return "\n".join(
        [
            *lines,
            *(
                f"{row.epochs:6}  {row.n:8}  {row.right / row.n:.3f}   {row.true_posterior:.3f}"
                for row in rows
            ),
        ]
    )


def draw(
    path: Path,
    *,
    examples: Sequence[Example],
    classes: Sequence[str],
    rows: Sequence[Growth],
    title: str,
) -> None:
    """Write a PNG: shares right against epochs, then for each example its light curve over the
    posteriors against time.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    lines = -(-(len(examples) + 1) // COLUMNS)
    figure = Figure(figsize=(INCHES[0] * COLUMNS, INCHES[1] * lines), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(lines, COLUMNS, squeeze=False).flatten()
    figure.suptitle(title, fontsize=9)
    _draw_growth(axes[0], rows)
    for axis, example in zip(axes[1:], examples):
        _draw_example(axis, example, classes)
    for axis in axes[len(examples) + 1 :]:
        axis.axis("off")
    keys = [Line2D([], [], color=_colour(k), label=name) for k, name in enumerate(classes)]
    figure.legend(handles=keys, loc="outside lower center", ncols=5, fontsize=7)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


def _draw_growth(axis, rows: Sequence[Growth]) -> None:
    epochs = [row.epochs for row in rows]
    axis.plot(epochs, [row.right / row.n for row in rows], "o-", ms=3, label="share right")
    axis.plot(
        epochs,
        [row.true_posterior for row in rows],
        "s--",
        ms=3,
        label="mean posterior of the true class",
    )
    axis.set(xscale="log", ylim=(0, 1), xlabel="epochs seen")
    axis.legend(fontsize=6, loc="lower right")
    _small(axis)


def _draw_example(axis, example: Example, classes: Sequence[str]) -> None:
    """Posteriors as lines, the true class's the thickest; the light curve as grey dots, up is
    bright.
    """
    days = example.time_days - example.time_days[0]
    for k, name in enumerate(classes):
        if example.posteriors[:, k].max() >= LIGHTEST:
            width = 2.2 if name == example.true else 0.9
            axis.plot(
                days, example.posteriors[:, k], lw=width, color=_colour(k), drawstyle="steps-post"
            )
    curve = axis.twinx()
    curve.plot(days, example.magnitude, ".", ms=1.5, color="0.6", zorder=0)
    curve.invert_yaxis()
    curve.tick_params(labelsize=5, colors="0.5")
    curve.set_ylabel("magnitude", fontsize=6, color="0.5")
    axis.set(
        ylim=(0, 1.02), xlabel="days", ylabel="posterior", title=f"{example.name}: {example.true}"
    )
    _small(axis)


def _colour(k: int) -> tuple:
    """The colour of class number k, one of twenty."""
    from matplotlib import colormaps

    return colormaps["tab20"]((2 * k + k // 10) % 20)


def _small(axis) -> None:
    axis.tick_params(labelsize=6)
    axis.xaxis.label.set_size(7)
    axis.yaxis.label.set_size(7)
    axis.title.set_size(7)
