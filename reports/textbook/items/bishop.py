"""Bishop's Fig. 5.3: what three hidden units can be made into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.drawings.theme import DASHES, Theme, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from astronn.textbook.fits import Fit

TITLES = {"x^2": "$x^2$", "sin x": r"$\sin\,x$", "|x|": "$|x|$", "H(x)": "$H(x)$"}


def item(fits: Mapping[str, Fit]) -> Item:
    """The item of the fits, by the name of the function."""
    worst = max(fits, key=lambda name: fits[name].rmse)
    first = next(iter(fits.values()))
    rows = [
        (
            name,
            f"{fit.rmse:.1e}",
            f"{fit.rmse_of_starts[len(fit.rmse_of_starts) // 2]:.1e}",
            f"{fit.rmse_of_starts[-1]:.1e}",
        )
        for name, fit in fits.items()
    ]
    return Item(
        title="Three hidden units imitate four functions",
        question="What can a network of one input, three tanh units and a linear output represent?",
        findings=(
            "All four are met by the same little network, each with its own weights: "
            + ", ".join(f"{name} to {fit.rmse:.1e}" for name, fit in fits.items())
            + " (root mean square over the points).",
            f"{worst} is the hardest here: smooth units can only round a corner.",
            f"Best of {len(first.rmse_of_starts)} starts of L-BFGS in float64; the table shows the median and the worst start.",
        ),
        source="Bishop 2006, Pattern Recognition and Machine Learning, Fig. 5.3.",
        drawings=(
            Drawing(
                "fits",
                f"Dots: {len(first.x)} points of the function. Full line: the network. Dashed: its three hidden units, tanh from "
                "-1 to 1. Look at how few bends the units have, and where each puts them: the output is only a weighted sum "
                "of the dashed lines and a constant.",
                "Four panels, for x squared, sine x, absolute x and the step: in each the network's curve runs through the "
                "points, and three dashed sigmoids show its hidden units.",
                lambda theme: panels(fits, theme),
            ),
        ),
        tables=(
            Table(
                f"Root mean square error over the {len(first.x)} points, of the best, the median and the worst start",
                ("function", "best start", "median start", "worst start"),
                tuple(rows),
            ),
        ),
        numbers={
            "rmse": {name: fit.rmse for name, fit in fits.items()},
            "starts": len(first.rmse_of_starts),
        },
    )


def panels(fits: Mapping[str, Fit], theme: Theme) -> Figure:
    """One panel a function: points, network, hidden units."""
    figure = new(height=6.4)
    for axes, (name, fit) in zip(figure.subplots(2, 2, sharex=True).flat, fits.items()):
        for unit, (hidden, colour) in enumerate(zip(fit.hidden, theme.series[2:5])):
            axes.plot(
                fit.grid,
                hidden,
                color=colour,
                dashes=DASHES[1],
                linewidth=1.3,
                label=f"hidden unit {unit + 1}",
            )
        axes.plot(fit.x, fit.target, "o", color=theme.series[0], markersize=4, label="points")
        axes.plot(fit.grid, fit.curve, color=theme.series[1], label="network")
        axes.set_title(f"{TITLES[name]}   RMSE {fit.rmse:.1e}")
        axes.set(xlim=(-1, 1), ylim=(-1.15, 1.15), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    return figure
