"""Sheets of images of classified objects as PNG: the most confident mistakes, where a network
looked, accuracy by truth.

matplotlib loads when one is drawn. The same input gives the same bytes with the same matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from astronn.statistics.metrics import wilson_interval
from reports.drawings import theme
from reports.errors import ReportError
from reports.predictions import Predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, MISTAKES = 6, 24
CELL = 1.45  # inches, one image with its words
DPI = 130
BINS = 8  # of equally many objects
LOOKED_AT = "inferno"  # the colours of maps


def worst_mistakes(predictions: Predictions, n: int = MISTAKES) -> np.ndarray:
    """The rows of the wrongly classified objects whose given class has the highest posteriors, at
    most n, highest first.

    Returns
    -------
    ndarray (m,) of int
        Numbers of rows.

    Raises
    ------
    ReportError
        If the classifier gives no posteriors.
    """
    wrong = np.flatnonzero(predictions.predicted != predictions.reference)
    sure = _confidence(predictions)[wrong]
    return wrong[np.argsort(-sure, kind="stable")][:n]


def surest(predictions: Predictions) -> dict[str, np.ndarray]:
    """For each class the rows of the two rightly classified objects with the highest posteriors, of
    one for many classes.

    Returns
    -------
    dict of str to ndarray (m,) of int
        Numbers of rows, by class.

    Raises
    ------
    ReportError
        If the classifier gives no posteriors.
    """
    n = 2 if len(predictions.classes) <= 6 else 1
    sure = _confidence(predictions)
    right = predictions.predicted == predictions.reference
    found = {}
    for name in predictions.classes:
        rows = np.flatnonzero(right & (predictions.reference == name))
        found[name] = rows[np.argsort(-sure[rows], kind="stable")][:n]
    return found


def _confidence(predictions: Predictions) -> np.ndarray:
    """The largest posterior of each object, (N,)."""
    if predictions.posteriors is None:
        raise ReportError(
            f"{predictions.name!r} gives no posteriors, by which its images are ordered; draw a"
            " classifier that does"
        )
    return predictions.posteriors.max(axis=1)


def as_colour(pixels: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) as (N, H, W, 3) from 0 to 1: three bands as red, green and blue, else
    their mean as grey.

    uint8 keeps its scale where any image uses more than half of it; everything else is stretched,
    each image from its lowest to its highest pixel; NaN is 0."""
    bands = (
        pixels[:, :3]
        if pixels.shape[1] >= 3
        else pixels.mean(axis=1, keepdims=True).repeat(3, axis=1)
    )
    colour = np.nan_to_num(np.moveaxis(bands.astype(np.float32), 1, -1))
    if pixels.dtype == np.uint8 and pixels.max(initial=0) > 127:
        return colour / 255
    low, high = (extreme(axis=(1, 2, 3), keepdims=True) for extreme in (colour.min, colour.max))
    return (colour - low) / np.maximum(high - low, 1e-6)


def draw_mistakes(
    path: Path, pixels: np.ndarray, predictions: Predictions, rows: np.ndarray
) -> None:
    """A sheet of the objects `rows`, their `pixels` (n, C, H, W) in the same order: reference,
    class given, posterior.
    """
    sure = _confidence(predictions)[rows]
    words = [
        f"{predictions.reference[r]}\ngiven {predictions.predicted[r]}, {s:.2f}"
        for r, s in zip(rows, sure)
    ]
    height = -(-len(rows) // COLUMNS)
    with _styled():
        figure = theme.new(COLUMNS * CELL, height * (CELL + 0.35))
        axes = figure.subplots(height, COLUMNS, squeeze=False).ravel()
        for place, colour, text in zip(axes, as_colour(pixels), words):
            _show(place, colour, text)
        for place in axes[len(rows) :]:
            place.set_axis_off()
        _save(figure, path)


def draw_maps(
    path: Path, pixels: np.ndarray, words: Sequence[str], maps: Mapping[str, np.ndarray]
) -> None:
    """Each object as it is and under every map (n, H, W) from 0 to 1: bright where the map is high.
    Two objects a row.
    """
    wide, colours = 1 + len(maps), as_colour(pixels)
    height = -(-len(pixels) // 2)
    with _styled():
        figure = theme.new(2 * wide * CELL, height * (CELL + 0.22))
        axes = figure.subplots(height, 2 * wide, squeeze=False).reshape(-1, wide)
        for number, places in enumerate(axes):
            if number >= len(pixels):
                for place in places:
                    place.set_axis_off()
                continue
            _show(places[0], colours[number], words[number])
            for place, (title, found) in zip(places[1:], maps.items()):
                _show(place, 0.35 * colours[number], title)
                place.imshow(
                    found[number], cmap=LOOKED_AT, vmin=0, vmax=1, alpha=0.15 + 0.5 * found[number]
                )
        _save(figure, path)


def draw_accuracy(
    path: Path, right: np.ndarray, truth: Mapping[str, np.ndarray], title: str
) -> None:
    """The share of right classes, `right` (N,) bool, in bins of equally many objects along each
    number of `truth` (N,).
    """
    with _styled():
        figure = theme.new(4.5 * len(truth), 3.4)
        for place, (name, values) in zip(
            figure.subplots(1, len(truth), squeeze=False)[0], truth.items()
        ):
            bins = accuracy_by(right, values)
            middle, share, low, high = bins.T
            place.errorbar(middle, share, [share - low, high - share], marker="o", capsize=3)
            place.set(xscale="log", xlabel=name, ylabel="accuracy", ylim=(0, 1.02), title=title)
        _save(figure, path)


def accuracy_by(right: np.ndarray, values: np.ndarray, n_bins: int = BINS) -> np.ndarray:
    """Median value, share right and its 95% Wilson interval in each bin of equally many objects,
    (bins, 4), values rising.
    """
    parts = [
        part for part in np.array_split(np.argsort(values, kind="stable"), n_bins) if len(part)
    ]
    rows = []
    for part in parts:
        low, high = wilson_interval(int(right[part].sum()), len(part))
        rows.append((np.median(values[part]), right[part].mean(), low, high))
    return np.array(rows)


def _show(place: Axes, colour: np.ndarray, text: str) -> None:
    place.imshow(colour.clip(0, 1), interpolation="nearest")
    place.set_title(text, fontsize=7.5, fontweight="normal", loc="left", pad=2)
    theme.bare(place)


def _styled() -> AbstractContextManager[None]:
    import matplotlib

    return matplotlib.rc_context(
        {**theme.LIGHT.rc(), "text.parse_math": False}
    )  # a "$" in a name is a dollar


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
