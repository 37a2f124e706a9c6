"""Sheets of described objects: each object a line, and beside its image where the network
looked at each token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

INCHES, DPI = 1.3, 110  # side of one image, pixels an inch
BESIDE = 2  # objects beside each other


def draw(
    path: Path, *, images: np.ndarray, maps: np.ndarray, said: Sequence[str], true: Sequence[str]
) -> None:
    """Write a PNG of images (n, C, H, W) uint8 and maps (n, T, H, W), each token above its map and
    wrong ones marked.

    Above the image itself stands the true description. A map is shown as light: the brightest
    pixel has the most weight."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns, rows = 1 + max(len(text.split()) for text in said), -(-len(images) // BESIDE)
    figure = Figure(figsize=(INCHES * columns * BESIDE, 1.22 * INCHES * rows))
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns * BESIDE, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for row in range(len(images)):
        tokens, right = said[row].split(), true[row].split()
        image, first = shown(images[row]), columns * (row // rows)
        line = axes[row % rows, first : first + columns]
        line[0].imshow(image, vmin=0, vmax=1, cmap="gray")
        line[0].set_title(true[row], fontsize=7)
        for place, token in enumerate(tokens):
            good = place < len(right) and right[place] == token
            line[place + 1].imshow(lit(image, maps[row, place]), vmin=0, vmax=1)
            about = (
                {"label": token, "color": "black"}
                if good
                else {"label": f"× {token}", "color": "#b2182b"}
            )
            line[place + 1].set_title(**about, fontsize=8)
    figure.subplots_adjust(0.01, 0.01, 0.99, 1.0 - 0.17 / rows, 0.04, 0.22)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


def shown(image: np.ndarray) -> np.ndarray:
    """An image (C, H, W) uint8 as colours (H, W, 3) from 0 to 1: three bands as they are, else
    the mean of all as grey.
    """
    values = image.astype(float) / 255.0
    bands = values if len(values) == 3 else np.repeat(values.mean(axis=0, keepdims=True), 3, axis=0)
    return bands.transpose(1, 2, 0)


def lit(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The image (H, W, 3) in grey, a third as bright, with the map of weights (H, W) as orange
    light on it.
    """
    grey = image.mean(axis=2, keepdims=True)
    light = weights / max(weights.max(), 1e-30)
    orange = np.array([1.0, 0.62, 0.12])
    return np.clip(0.45 * grey + light[..., None] * (0.25 + 0.75 * grey) * orange, 0.0, 1.0)
