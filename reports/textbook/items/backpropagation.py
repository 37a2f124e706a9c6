"""Backpropagation by hand: every number on the network it belongs to, and in a table beside
automatic differentiation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from astronn.textbook import backpropagation as bp
from reports.drawings.theme import Theme, bare, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = (
    "1 forward: a_j = sum_i w_ji x_i + b_j, z_j = tanh(a_j), y_k = sum_j w_kj z_j + b_k",
    "2 errors of the outputs: delta_k = y_k - t_k",
    "3 back to the hidden units: delta_j = (1 - z_j^2) sum_k w_kj delta_k",
    "4 derivatives: dE/dw_ji = delta_j x_i, dE/dw_kj = delta_k z_j, dE/db = delta",
    f"5 update: w <- w - {bp.RATE} dE/dw",
)


def item(result: bp.Result) -> Item:
    """The item of a computed Result."""
    hand = result.by_hand
    return Item(
        title="Backpropagation in five steps",
        question="Forward, error, back, derivative, step: how does a network know which weight is to blame?",
        findings=(
            f"Before the step E = {hand.error:.6f}, after it {hand.error_after:.6f}.",
            "Every quantity worked out by hand agrees with automatic differentiation of the package's own network to "
            f"{max(result.largest_difference(), 1e-16):.1e} (float64).",
            "The errors travel back over the very weights that carried the signals forward; no unit needs to know more "
            "than its neighbours' numbers.",
        ),
        source="Rumelhart, Hinton & Williams 1986, Nature 323, 533; Bishop 2006, section 5.3, eqs. 5.48-5.56.",
        drawings=(
            Drawing(
                "network",
                "Above, forward: in each unit its input a and output z, on each line its weight. Below, backward: in each unit "
                "its output and its error delta, on each line the derivative dE/dw. Multiply the output at the left end of a line "
                "by the delta at its right end: that is the derivative on the line. Dashed lines are negative.",
                "Two drawings of the same network of two inputs, three hidden units and two outputs: the upper one with the "
                "numbers of the forward pass, the lower one with the errors and derivatives of the backward pass.",
                lambda theme: network(hand, theme),
            ),
        ),
        tables=(
            Table("The five steps", ("step",), tuple((step,) for step in STEPS)),
            Table(
                "Every number of the pass, by hand and by automatic differentiation",
                ("quantity", "step", "by hand", "automatic", "difference"),
                tuple(_rows(result)),
                folded=True,
            ),
        ),
        numbers={
            "largest_difference": result.largest_difference(),
            "error": hand.error,
            "error_after": hand.error_after,
            "gradient_1": hand.gradient_1.tolist(),
            "gradient_2": hand.gradient_2.tolist(),
        },
    )


def _rows(result: bp.Result) -> Iterator[tuple[str, ...]]:
    """(quantity, step, by hand, automatic, difference) of every number."""
    for label, step, field, places in _quantities():
        for place in places:
            one, other = (
                float(np.asarray(getattr(own, field))[place])
                for own in (result.by_hand, result.automatic)
            )
            index = "".join(str(k + 1) for k in place)
            yield (
                f"{label}{index}",
                str(step),
                f"{one:+.12f}",
                f"{other:+.12f}",
                f"{abs(one - other):.0e}",
            )


def _quantities() -> Iterator[tuple[str, int, str, list[tuple[int, ...]]]]:
    """(label, step, field of Pass, places) in the order of the steps; hidden units are j, outputs
    k.
    """
    hidden, outputs, nowhere, first, second = (
        list(np.ndindex(*shape)) for shape in ((3,), (2,), (), (3, 2), (2, 3))
    )
    yield from (
        ("a_j", 1, "a_hidden", hidden),
        ("z_j", 1, "z", hidden),
        ("y_k", 1, "y", outputs),
        ("E", 1, "error", nowhere),
    )
    yield from (("delta_k", 2, "delta", outputs), ("delta_j", 3, "delta_hidden", hidden))
    yield from (("dE/dw_kj", 4, "gradient_2", second), ("dE/dw_ji", 4, "gradient_1", first))
    yield from (("dE/db_k", 4, "delta", outputs), ("dE/db_j", 4, "delta_hidden", hidden))
    yield from (("new w_kj", 5, "weights_2", second), ("new b_k", 5, "biases_2", outputs))
    yield from (
        ("new w_ji", 5, "weights_1", first),
        ("new b_j", 5, "biases_1", hidden),
        ("new E", 5, "error_after", nowhere),
    )


PLACES = {  # of the units in a drawing
    "x": [(0.0, 0.78), (0.0, 0.22)],
    "h": [(1.0, 1.0), (1.0, 0.5), (1.0, 0.0)],
    "y": [(2.0, 0.78), (2.0, 0.22)],
}


SHARES = {
    (False, False): 0.6,
    (False, True): 0.36,
    (True, True): 0.2,
}  # where a line's number stands, by its steepness


def network(hand: bp.Pass, theme: Theme) -> Figure:
    """The network twice: signals forward, errors backward."""
    figure = new(height=8.0)
    above, below = figure.subplots(2, 1)
    above.set_title(f"forward: signals and weights, E = {hand.error:.4f}", loc="left")
    _edges(above, bp.WEIGHTS_1, bp.WEIGHTS_2, theme, theme.series[0], "{:+.1f}")
    inputs = [f"$x_{i + 1}$  {_signed('{:+.1f}', x)}" for i, x in enumerate(bp.INPUTS)]
    _units(above, "x", inputs, theme)
    _units(above, "h", [_two("a", a, "z", z) for a, z in zip(hand.a_hidden, hand.z)], theme)
    _units(above, "y", [_two("y", y, "t", t) for y, t in zip(hand.y, bp.TARGETS)], theme)
    below.set_title("backward: errors and derivatives", loc="left")
    _edges(below, hand.gradient_1, hand.gradient_2, theme, theme.series[1], "{:+.4f}")
    _units(below, "x", inputs, theme)
    _units(
        below, "h", [_two("z", z, r"$\delta$", d) for z, d in zip(hand.z, hand.delta_hidden)], theme
    )
    _units(below, "y", [_two("y", y, r"$\delta$", d) for y, d in zip(hand.y, hand.delta)], theme)
    return figure


def _edges(axes: Axes, first, second, theme: Theme, colour: str, form: str) -> None:
    """Lines between the layers, as wide as their number is large, each with its number near its
    upper end.
    """
    bare(axes)
    axes.set(xlim=(-0.2, 2.2), ylim=(-0.16, 1.16))
    for values, (lower, upper) in ((first, ("x", "h")), (second, ("h", "y"))):
        largest = np.abs(values).max()
        for (to, start), value in np.ndenumerate(values):
            (x0, y0), (x1, y1) = PLACES[lower][start], PLACES[upper][to]
            width, dash = 0.8 + 3.2 * abs(value) / largest, "solid" if value >= 0 else (0, (3, 1.5))
            axes.plot(
                [x0, x1],
                [y0, y1],
                color=colour,
                linewidth=width,
                linestyle=dash,
                alpha=0.55,
                zorder=1,
            )
            share = SHARES[abs(y1 - y0) > 0.5, abs(y1 - y0) > 0.25]
            share = share if lower == "x" else 1 - share
            label: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "zorder": 3}
            box = {"facecolor": theme.card, "edgecolor": "none", "pad": 1.0}
            axes.text(
                x0 + share * (x1 - x0),
                y0 + share * (y1 - y0),
                _signed(form, value),
                bbox=box,
                **label,
            )


def _units(axes: Axes, layer: str, texts: list[str], theme: Theme) -> None:
    for (x, y), text in zip(PLACES[layer], texts):
        box = {
            "boxstyle": "round,pad=0.45",
            "facecolor": theme.card,
            "edgecolor": theme.ink,
            "linewidth": 1.4,
        }
        axes.text(
            x, y, text, ha="center", va="center", fontsize=10, bbox=box, zorder=4, linespacing=1.35
        )


def _two(first: str, one: float, second: str, other: float) -> str:
    return "\n".join(
        f"{name}  {_signed('{:+.4f}', value)}" for name, value in ((first, one), (second, other))
    )


def _signed(form: str, value: float) -> str:
    return form.format(value).replace("-", "\N{MINUS SIGN}")
