"""The convolutional network on digits: feature maps as images, kinds of pooling, shifts, and
sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.drawings.theme import DASHES, Theme, bare, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from astronn.textbook.convolution import Result, Trained

LECUN = "LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86, 2278, section II"


def item(result: Result, shifts: tuple[int, ...]) -> Item:
    """The item of a computed Result, and the shifts (pixels) at which it was measured."""
    ours = result.by_pooling["max"]
    return Item(
        title="A convolutional network on handwritten digits",
        question="What do local connections, shared weights and pooling buy?",
        findings=(_cost(result), *_moved(result, shifts)),
        source=f"{LECUN}; pooling across maps: Goodfellow et al. 2013, ICML, eq. 2; change under a shift: Goodfellow et al. "
        "2009, NIPS 22; digits: Alpaydin & Kaynak 1998, UCI repository, as in scikit-learn.",
        drawings=(
            Drawing(
                "maps",
                f"A {result.digit} on its way through the network. Look at one map from row to row: each is the same 5 x 5 "
                "weights slid over the picture above, so it keeps the shape of the digit and shows one kind of stroke; "
                "pooling halves it and keeps what was strong. Right, the posterior probabilities that come out.",
                f"A handwritten {result.digit}, eight feature maps of the first layer before and after pooling, sixteen of the "
                "second before and after pooling, and a bar chart of ten posterior probabilities.",
                lambda theme: maps(result, theme),
            ),
            Drawing(
                "pooling",
                "Left, one feature map pooled 2 x 2 by the largest and by the mean: the largest keeps thin strokes bright. "
                "Middle, how much the answer of each stage changes when the digit moves, relative to its size: pooling "
                "brings it down, stage by stage. Right, what is left of the accuracy when test digits move and training "
                "digits never did.",
                "A feature map before and after two kinds of pooling; relative change of five stages against the shift in "
                "pixels; accuracy against the shift for three kinds of pooling and a fully connected network.",
                lambda theme: pooling(result, shifts, theme),
            ),
            Drawing(
                "sizes",
                "Accuracy on test digits against the number of weights that are learned. Follow a height from left to "
                "right: the fully connected networks need many times the weights, for they must learn each stroke at each "
                "place anew.",
                "Accuracy against number of parameters for convolutional and fully connected networks; the convolutional "
                "ones lie to the left of and above the others.",
                lambda theme: sizes(result, theme),
            ),
        ),
        tables=(
            Table(
                f"Accuracy on {result.n_test} test digits that were moved by so many pixels (mean of four directions, "
                f"{len(ours.accuracy)} seed{'s' if len(ours.accuracy) > 1 else ''}); trained on {result.n_train} in the middle",
                ("network", "parameters", *(f"{shift} px" for shift in shifts)),
                tuple(_rows(result)),
            ),
        ),
        numbers={
            "parameters": ours.n_parameters,
            "accuracy_by_shift": {
                name: found.accuracy.mean(0).tolist() for name, found in _shown(result).items()
            },
            "dense": {
                str(hidden): [found.n_parameters, found.centred]
                for hidden, found in result.dense.items()
            },
            "convolutional": {
                str(m): [found.n_parameters, found.centred]
                for m, found in result.convolutional.items()
            },
            "dense_that_does_as_well": result.dense_that_does_as_well(),
            "change_by_stage": {name: values.tolist() for name, values in result.change.items()},
        },
    )


def _cost(result: Result) -> str:
    """How many weights the fully connected network needs that does as well."""
    ours, enough = result.by_pooling["max"], result.dense_that_does_as_well()
    words = f"{ours.n_parameters:,} weights reach an accuracy of {ours.centred:.3f}; "
    if enough is None:
        largest = result.dense[max(result.dense)]
        best = max(found.centred for found in result.dense.values())
        return (
            words + f"no fully connected network up to {largest.n_parameters:,} weights does (best"
            f" {best:.3f})."
        )
    n = result.dense[enough].n_parameters
    times = n / ours.n_parameters
    return (
        words
        + f"the smallest fully connected network that does as well has {n:,}, {times:.1f} times as"
        " many."
    )


def _moved(result: Result, shifts: tuple[int, ...]) -> list[str]:
    """What a shift of one pixel does to accuracies and to the answers of stages."""
    one = shifts.index(1)
    wide = result.dense[max(result.dense)]
    lost = [
        100 * (found.accuracy[:, 0] - found.accuracy[:, one]).mean()
        for found in (result.by_pooling["max"], wide)
    ]
    first, last = result.change["inputs"][one], result.change["layer 2: pooling"][one]
    return [
        (
            f"A shift by 1 pixel costs the convolutional network {lost[0]:.1f} points of accuracy"
            f" and the largest fully connected one {lost[1]:.1f}. The inputs change by"
            f" {100 * first:.0f}% of their size, the maps after the second pooling by"
            f" {100 * last:.0f}%."
        ),
        (
            "Invariance is partial: two poolings forgive about their width, and the last matrix"
            f" still knows places. At {max(shifts)} pixels the accuracy is down to"
            f" {result.by_pooling['max'].accuracy[:, -1].mean():.2f}; training on moved digits, as"
            " the package's presets do, is what teaches the rest."
        ),
    ]


def _shown(result: Result) -> dict[str, Trained]:
    """The networks whose accuracy is drawn against the shift."""
    widest = max(result.dense)
    own = {f"convolution, {name} pooling": found for name, found in result.by_pooling.items()}
    return {**own, f"fully connected, {widest} hidden units": result.dense[widest]}


def _rows(result: Result) -> list[tuple[str, ...]]:
    small = {
        f"convolution, maps {a} and {b}": found for (a, b), found in result.convolutional.items()
    }
    small.pop(f"convolution, maps {result.sizes.shown[0]} and {result.sizes.shown[1]}", None)
    dense = {
        f"fully connected, {hidden} hidden units": found for hidden, found in result.dense.items()
    }
    every = {**_shown(result), **small, **dense}
    means = {
        name: [f"{value:.3f}" for value in found.accuracy.mean(0)] for name, found in every.items()
    }
    return [(name, f"{found.n_parameters:,}", *means[name]) for name, found in every.items()]


def maps(result: Result, theme: Theme) -> Figure:
    """The digit, then a row of maps a stage, and the posteriors."""
    figure = new(height=6.2)
    heights = [1.15, 1.15, 1.15, 0.7, 0.7]  # of the rows: sixteen maps are smaller than eight
    grid = figure.add_gridspec(len(result.stages), 2, width_ratios=[5, 1.2], height_ratios=heights)
    for number, (name, images) in enumerate(result.stages):
        axes = figure.add_subplot(grid[number, 0])
        bare(axes)
        axes.imshow(
            mosaic(images),
            cmap=theme.ramp(),
            interpolation="nearest",
            vmin=min(0.0, images.min()),
        )
        axes.set_anchor("W")
        size = f"{len(images)} of {images.shape[1]} x {images.shape[2]}"
        axes.set_title(f"{name}: {size}", fontsize=9.5, fontweight="normal")
    axes = figure.add_subplot(grid[:, 1])
    places = np.arange(len(result.classes))
    best = result.posterior.argmax()
    axes.barh(
        places,
        result.posterior,
        color=[theme.series[1] if k == best else theme.series[0] for k in places],
    )
    axes.set(
        yticks=places, yticklabels=result.classes, xlim=(0, 1.02), xticks=[0, 1], title="posterior"
    )
    axes.invert_yaxis()
    axes.grid(False)
    return figure


def mosaic(images: np.ndarray) -> np.ndarray:
    """Images (F, h, w) side by side with gaps of NaN between them, (h, ...)."""
    count, height, width = images.shape
    gap = max(1, width // 8)
    out = np.full((height, count * (width + gap) - gap), np.nan)
    for number, image in enumerate(images):
        start = number * (width + gap)
        out[:, start : start + width] = image
    return out


def pooling(result: Result, shifts: tuple[int, ...], theme: Theme) -> Figure:
    """A map pooled two ways; change of each stage against the shift; accuracy against the shift."""
    figure = new(height=4.3)
    ((left, rest),) = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 4.6])
    shown = [
        ("a feature map", result.unpooled),
        *((f"{name} of 2 x 2", p) for name, p in result.pooled.items()),
    ]
    for axes, (name, image) in zip(left.subplots(3, 1), shown):
        bare(axes)
        axes.imshow(
            image, cmap=theme.ramp(), interpolation="nearest", vmin=0, vmax=result.unpooled.max()
        )
        axes.set_title(name, fontsize=9.5, loc="center", fontweight="normal")
    change, accuracy = rest.subplots(1, 2)
    stages = ["inputs", "layer 1: pooling", "layer 2: pooling"]
    _lines(change, shifts, {name: result.change[name] for name in stages}, theme)
    change.set(
        title="change of a stage's answer",
        xlabel="shift, pixels",
        ylabel="relative to its size",
        ylim=(0, None),
    )
    means = {name: found.accuracy.mean(0) for name, found in _shown(result).items()}
    short = {
        name.replace("convolution, ", "").replace(" hidden units", ""): curve
        for name, curve in means.items()
    }
    _lines(accuracy, shifts, short, theme)
    accuracy.set(title="accuracy on moved digits", xlabel="shift, pixels", ylim=(0, 1.02))
    return figure


def _lines(
    axes: Axes, shifts: tuple[int, ...], curves: dict[str, np.ndarray], theme: Theme
) -> None:
    for (name, values), colour, dash, marker in zip(curves.items(), theme.series, DASHES, "osD^"):
        axes.plot(
            shifts, values, color=colour, dashes=dash, marker=marker, markersize=5, label=name
        )
    axes.set_xticks(shifts)
    axes.legend(fontsize=8.5)


def sizes(result: Result, theme: Theme) -> Figure:
    """Accuracy against learned numbers, every seed a dot, means joined."""
    figure = new(width=7.0, height=3.8)
    axes = figure.subplots()
    families: tuple[tuple[str, Mapping[Any, Trained], str], ...] = (
        ("convolutional", result.convolutional, "o"),
        ("fully connected", result.dense, "s"),
    )
    for (name, family, marker), colour in zip(families, theme.series):
        n = [found.n_parameters for found in family.values()]
        axes.plot(
            n, [found.centred for found in family.values()], color=colour, marker=marker, label=name
        )
        for found in family.values():
            every = found.accuracy[:, 0]
            axes.plot(
                [found.n_parameters] * len(every),
                every,
                marker,
                color=colour,
                alpha=0.4,
                markersize=4,
            )
    axes.axhline(
        result.by_pooling["max"].centred, color=theme.soft, linestyle="dotted", linewidth=1.2
    )
    axes.set(
        xscale="log",
        xlabel="weights and biases",
        ylabel="accuracy on test digits",
        xlim=(1e3, 2.2e5),
    )
    axes.set_xticks(
        [1e3, 3e3, 1e4, 3e4, 1e5], ["1,000", "3,000", "10,000", "30,000", "100,000"], minor=False
    )
    axes.minorticks_off()
    axes.legend(loc="lower right")
    return figure
