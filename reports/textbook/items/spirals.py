"""The very simple network: the plane of two inputs and its image under each hidden layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.drawings.theme import Theme, bare, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from astronn.textbook.spirals import Result


def item(result: Result) -> Item:
    """The item of a computed Result."""
    tried = next(iter(result.by_depth.values()))[1]
    rows = [
        (str(depth), str(2 * depth), f"{n} of {of}")
        for depth, (n, of) in sorted(result.by_depth.items())
    ]
    never = [depth for depth, (n, _) in sorted(result.by_depth.items()) if n == 0]
    failing = f"No start out of {tried} separates them with {_either(never)}." if never else ""
    return Item(
        title="A very simple network: spirals untangled",
        question="Two inputs, a few units: how do hidden layers make a tangled problem one that a straight line solves?",
        findings=tuple(
            filter(
                None,
                [
                    f"{result.depth} hidden layers of two tanh units each put {100 * result.accuracy:.0f}% of the "
                    f"{len(result.classes)} points on the right side (cross-entropy {result.loss:.2g}).",
                    failing,
                    "Whether training finds a way hangs on the starting weights: the table counts the starts that did. Shown is, of "
                    "those that did, the one whose planes are least pressed together.",
                ],
            )
        ),
        source="LeCun, Bengio & Hinton 2015, Nature 521, 436, Fig. 1a; Olah 2014, Neural Networks, Manifolds, and Topology.",
        drawings=(
            Drawing(
                "planes",
                "Look at the grid. Left the inputs; then what each hidden layer makes of the same points and grid lines. "
                "Every layer turns, shears and squeezes the plane, and never tears it; in the last plane one straight line "
                "(dashed) has all of one spiral on its one side.",
                f"{result.depth + 1} panels. The first shows two interleaved spirals on a square grid; the following ones "
                "the same points and grid, more bent in each layer, until a dashed straight line separates the two colours.",
                lambda theme: planes(result, theme),
            ),
            Drawing(
                "boundary",
                "The same network seen from its inputs: the straight line of the last plane, carried back, is the bent "
                "border between the shades. The shade is the posterior probability of the second spiral.",
                "The input plane shaded by the network's posterior probability: a winding border follows the gap between "
                "the two spirals.",
                lambda theme: boundary(result, theme),
            ),
        ),
        tables=(
            Table(
                "Hidden layers of two tanh units, and the starts from which training separated every point",
                ("hidden layers", "hidden units", "starts that separate all points"),
                tuple(rows),
            ),
        ),
        numbers={
            "accuracy": result.accuracy,
            "loss": result.loss,
            "points": len(result.classes),
            "separating_starts": {
                str(depth): list(counts) for depth, counts in result.by_depth.items()
            },
        },
    )


def planes(result: Result, theme: Theme) -> Figure:
    """Grid and points in the inputs and after each hidden layer, and the last layer's line."""
    n = len(result.planes)
    figure = new(height=9.0 / n + 0.55)
    for number, (axes, points, lines) in enumerate(
        zip(figure.subplots(1, n), result.planes, result.lines)
    ):
        bare(axes)
        axes.set_aspect("equal")
        for line in lines:
            axes.plot(*line.T, color=theme.soft, alpha=0.45, linewidth=0.7)
        _points(axes, points, result.classes, theme, size=9)
        axes.set_title("inputs" if number == 0 else f"after hidden layer {number}", loc="center")
        if number:
            axes.set(xlim=(-1.12, 1.12), ylim=(-1.12, 1.12))
    _line(axes, result.boundary, theme)
    return figure


def boundary(result: Result, theme: Theme) -> Figure:
    """The posterior over the square of inputs, with the points."""
    figure = new(width=6.0, height=4.8)
    axes = figure.subplots()
    bare(axes)
    side = (-result.extent, result.extent)
    shade = axes.imshow(
        1 - result.field,
        origin="lower",
        extent=(*side, *side),
        cmap=theme.diverging(),
        alpha=0.55,
        vmin=0,
        vmax=1,
        interpolation="bilinear",
    )
    axes.contour(
        np.linspace(*side, len(result.field)),
        np.linspace(*side, len(result.field)),
        result.field,
        levels=[0.5],
        colors=[theme.ink],
        linestyles="dashed",
        linewidths=1.2,
    )
    _points(axes, result.planes[0], result.classes, theme, size=16)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", xlim=side, ylim=side)
    bar = figure.colorbar(shade, ax=axes, shrink=0.85, label="posterior of the second spiral")
    bar.ax.set_yticks([0, 0.5, 1], ["1", "0.5", "0"])
    bar.ax.invert_yaxis()  # the shades run down from the second spiral's
    bar.outline.set_visible(False)
    return figure


def _points(axes: Axes, points: np.ndarray, classes: np.ndarray, theme: Theme, size: float) -> None:
    for kind, colour, marker in ((0, theme.series[0], "o"), (1, theme.series[1], "s")):
        axes.scatter(
            points[classes == kind, 0],
            points[classes == kind, 1],
            s=size,
            color=colour,
            marker=marker,
            zorder=3,
            linewidths=0,
        )


def _line(axes: Axes, line: np.ndarray, theme: Theme) -> None:
    """w1 x + w2 y + b = 0 across the axes, whatever its direction."""
    (w1, w2, b), reach = line, 4.0
    foot, along = -b * np.array([w1, w2]) / (w1**2 + w2**2), np.array([-w2, w1]) / np.hypot(w1, w2)
    ends = foot + np.outer([-reach, reach], along)
    axes.plot(
        *ends.T,
        color=theme.ink,
        linestyle="dashed",
        linewidth=1.4,
        zorder=4,
        scalex=False,
        scaley=False,
    )


def _either(depths: list[int]) -> str:
    words = " or ".join(map(str, depths))
    return f"{words} hidden layer{'' if depths == [1] else 's'} of two units"
