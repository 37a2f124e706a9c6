"""Recurrent networks: temporal XOR, recall after a lag, and how far a derivative reaches back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.drawings.theme import DASHES, Theme, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from astronn.textbook.memory import Result

TITLES = {"elman": "Elman", "gru": "GRU", "lstm": "LSTM"}
LATER = (
    "What differs is how soon: trained longer and on shorter lags, Elman's network, whose matrix"
    " starts orthogonal here, can learn this task too."
)
HOLDS = 0.9  # share recalled that counts as holding a lag


def item(result: Result, chance: float) -> Item:
    """The item of a computed Result; ``chance`` is the share recalled by guessing."""
    sizes = result.sizes
    seeds = f"{sizes.seeds} seed{'s' if sizes.seeds > 1 else ''}"
    return Item(
        title="Recurrent networks and memory",
        question="Elman's network, LSTM and GRU all learn what depends on the last two entries; which remember longer?",
        findings=(_xor(result), _recall(result, chance), _reach(result), LATER),
        source="Elman 1990, Cognitive Science 14, 179; Hochreiter & Schmidhuber 1997, Neural Computation 9, 1735; Cho et al. "
        "2014, EMNLP; Bengio, Simard & Frasconi 1994, IEEE Trans. Neural Networks 5, 157.",
        drawings=(
            Drawing(
                "xor",
                "Temporal XOR: two bits at random, then their exclusive or, and so on; the network guesses each next bit. "
                "Look at every third guess: only there can the error fall below that of a coin, 0.25, and only if the two "
                "bits before are remembered. Elman 1990, Fig. 3.",
                "Mean squared error of twelve successive guesses for three networks: near 0.25 everywhere but at every third "
                "place, where it falls.",
                lambda theme: xor(result, theme),
            ),
            Drawing(
                "recall",
                f"One of {round(1 / chance)} symbols, then nothing for a number of entries (the lag), then the question "
                f"which it was. Lines: mean of {seeds}; dots: single seeds; dotted: guessing. Look at the right end.",
                "Share of symbols recalled against the lag for Elman, GRU and LSTM networks, with the level of guessing.",
                lambda theme: recall(result, chance, theme),
            ),
            Drawing(
                "reach",
                "How much the answer would change if an entry some steps back changed, on a logarithmic scale, before and "
                "after training. A derivative that falls by a constant factor a step is a straight line here: what lies "
                "far back can then not be learnt from. The far left end of each curve is the symbol itself, time runs to "
                "the right.",
                "Norm of the derivative of the answer against the distance in time, before and after training, for three "
                "networks.",
                lambda theme: reach(result, theme),
            ),
        ),
        tables=(
            Table(
                f"Share of symbols recalled by lag, mean (lowest) of {seeds}; guessing gives {chance:.3f}",
                ("network", *(f"lag {lag}" for lag in sizes.lags)),
                tuple(
                    (TITLES[k], *(f"{c.mean():.2f} ({c.min():.2f})" for c in r.T))
                    for k, r in result.recall.items()
                ),
            ),
            Table(
                "Temporal XOR: mean squared error by place in the three; a bit that cannot be known costs 0.25",
                ("network", "first, random", "second, random", "third, exclusive or"),
                tuple(
                    (TITLES[k], *(f"{third(e, place):.3f}" for place in range(3)))
                    for k, e in result.xor_error.items()
                ),
            ),
        ),
        numbers={
            "lags": list(sizes.lags),
            "recall": {kind: found.tolist() for kind, found in result.recall.items()},
            "xor_third": {kind: third(errors, 2) for kind, errors in result.xor_error.items()},
            "xor_others": {kind: third(errors, 0) for kind, errors in result.xor_error.items()},
            "reach_ratio": {kind: _ratio(found) for kind, found in result.reach.items()},
            "reach_ratio_trained": {
                kind: _ratio(found) for kind, found in result.reach_trained.items()
            },
        },
    )


def third(errors: np.ndarray, place: int) -> float:
    """The mean error of the guesses of the bits at a place (0, 1 or 2) of their three; guess k is
    of bit k + 1.
    """
    return float(errors[:, (np.arange(errors.shape[1]) + 1) % 3 == place].mean())


def _ratio(reached: np.ndarray) -> float:
    """The geometric mean over seeds of the derivative by the symbol over that by the last entry."""
    tiny = np.finfo(np.float32).tiny
    return float(
        np.exp(np.log(np.maximum(reached[:, -1], tiny) / np.maximum(reached[:, 0], tiny)).mean())
    )


def _xor(result: Result) -> str:
    known = ", ".join(
        f"{TITLES[kind]} {third(errors, 2):.3f}" for kind, errors in result.xor_error.items()
    )
    return f"Temporal XOR, squared error of the bit that can be known (0.25 is a coin's): {known}."


def _recall(result: Result, chance: float) -> str:
    """Which networks hold the longest lag, which no lag at all."""
    lags = result.sizes.lags
    last = {TITLES[kind]: found[:, -1].mean() for kind, found in result.recall.items()}
    holding = [name for name, share in last.items() if share >= HOLDS]
    failing = [f"{name} ({share:.2f})" for name, share in last.items() if share < HOLDS]
    words = f"At a lag of {lags[-1]} "
    if holding:
        words += (
            f"{' and '.join(holding)} recalled a share of {min(last[name] for name in holding):.2f}"
            " at least"
        )
    else:
        words += "none holds"
    return words + (
        f"; {' and '.join(failing)} did not (guessing gives {chance:.3f})." if failing else "."
    )


def _reach(result: Result) -> str:
    found = ", ".join(
        f"{TITLES[kind]} {_ratio(values):.1e}" for kind, values in result.reach_trained.items()
    )
    return (
        f"After training, the derivative of the answer by the symbol {result.sizes.longest + 1}"
        f" steps back, relative to that by the last entry: {found}."
    )


def _curves(
    axes: Axes,
    x: np.ndarray,
    by_kind: dict[str, np.ndarray],
    theme: Theme,
    *,
    dots: bool,
    middle=np.mean,
) -> None:
    for (kind, values), colour, dash, marker in zip(
        by_kind.items(), theme.series[1::-1] + theme.series[2:], DASHES, "sod"
    ):
        axes.plot(
            x,
            middle(values, axis=0),
            color=colour,
            dashes=dash,
            label=TITLES[kind],
            marker=marker if dots else None,
        )
        if dots:
            for one in values:
                axes.plot(x, one, marker, color=colour, alpha=0.4, markersize=4)


def xor(result: Result, theme: Theme) -> Figure:
    """The error of each guess over four threes."""
    figure = new(height=3.4)
    axes = figure.subplots()
    places = np.arange(1, 13)
    for place in places[1::3]:
        axes.axvspan(place - 0.4, place + 0.4, color=theme.line, alpha=0.6, linewidth=0)
    _curves(axes, places, result.xor_error, theme, dots=True)
    axes.axhline(0.25, color=theme.soft, linestyle="dotted", linewidth=1.2)
    axes.set(
        xticks=places,
        xlabel="number of the guess (shaded: the exclusive or of the two bits before)",
        ylim=(0, 0.32),
    )
    axes.set_ylabel("mean squared error")
    axes.legend(loc="upper right", ncols=3)
    return figure


def recall(result: Result, chance: float, theme: Theme) -> Figure:
    """Share recalled against the lag."""
    figure = new(height=3.8)
    axes = figure.subplots()
    _curves(axes, np.array(result.sizes.lags), result.recall, theme, dots=True)
    axes.axhline(chance, color=theme.soft, linestyle="dotted", linewidth=1.2)
    axes.set(
        xlabel="lag: entries between symbol and question",
        ylabel="share of symbols recalled",
        ylim=(0, 1.05),
    )
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=3
    )  # above: the curves may lie anywhere
    return figure


def reach(result: Result, theme: Theme) -> Figure:
    """The derivative against the distance, before and after training; medians over seeds."""
    figure = new(height=3.8)
    found_in = {"before": result.reach, "after": result.reach_trained}
    for axes, (name, found) in zip(figure.subplots(1, 2, sharey=True), found_in.items()):
        _curves(
            axes, np.arange(found["elman"].shape[1]), found, theme, dots=False, middle=np.median
        )
        axes.set(yscale="log", title=f"{name} training", xlabel="steps back in time")
        axes.invert_xaxis()
    figure.axes[0].set_ylabel("|d answer / d entry|")
    figure.axes[0].legend()
    return figure
