"""How well maps of attention show what a token speaks of, where that is known pixel by pixel.

Every score stands beside what attention without knowledge gives: weight spread evenly, whose
maximum is any pixel with the same probability, or all weight on the centre of the image, where
astronomers put their objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from astronn.errors import AstronnError


class Look(NamedTuple):
    """One map against one region. The scores of even attention are expected values."""

    # the pointing game: the largest weight lies inside (Zhang et al. 2016, ECCV, section 4.1)
    hit: bool
    even_hit: float  # the region's share of the image
    centre_hit: bool  # the centre of the image lies inside
    overlap: (
        float  # intersection over union of the region and as many pixels of the largest weights
    )
    even_overlap: (
        float  # of as many pixels drawn at random: k / (2 n - k) for a region of k of n pixels
    )
    inside: float  # weight inside; that of even attention is even_hit


class Looks(NamedTuple):
    """Means over ``n`` maps; NaN without any."""

    n: int
    hit: float
    even_hit: float
    centre_hit: float
    overlap: float
    even_overlap: float
    inside: float


def look(weights: np.ndarray, region: np.ndarray) -> Look:
    """Score a map (H, W) of non-negative weights with sum 1 against a region (H, W) of bool with at
    least one pixel.

    Parameters
    ----------
    weights : ndarray (H, W)
        The map.
    region : ndarray (H, W) bool
        Where the token's object is.

    Returns
    -------
    Look
        The scores.

    Raises
    ------
    AstronnError
        For a region of another shape or without a pixel.
    """
    if weights.shape != region.shape or not region.any():
        given = f"{region.shape} with {int(region.sum())} pixels"
        raise AstronnError(
            f"a map of {weights.shape} needs a region of that shape with a pixel, not {given}"
        )
    flat, inside = weights.ravel(), region.ravel().astype(bool)
    k, n = int(inside.sum()), inside.size
    chosen = np.zeros(n, dtype=bool)
    chosen[np.argsort(-flat, kind="stable")[:k]] = True
    height, width = region.shape
    middle = region[(height - 1) // 2 : height // 2 + 1, (width - 1) // 2 : width // 2 + 1]
    return Look(
        hit=bool(inside[flat.argmax()]),
        even_hit=k / n,
        centre_hit=bool(middle.any()),
        overlap=float((chosen & inside).sum() / (chosen | inside).sum()),
        even_overlap=k / (2 * n - k),
        inside=float(flat[inside].sum() / max(flat.sum(), 1e-30)),
    )


def mean(looks: Sequence[Look]) -> Looks:
    """The means of several looks.

    Parameters
    ----------
    looks : sequence of Look
        Of single maps.

    Returns
    -------
    Looks
        Their means; NaN without any.
    """
    if not looks:
        return Looks(0, *[float("nan")] * len(Look._fields))
    return Looks(
        len(looks), *(float(value) for value in np.mean(np.array(looks, dtype=float), axis=0))
    )


def turned_likeness(maps: np.ndarray, turned: np.ndarray, turns: int) -> np.ndarray:
    """Pearson's r of each map (T, H, W) with the one of the image turned anticlockwise by quarter
    ``turns``, turned back.

    (T,) from -1 to 1: 1 where the maps turn with the image; NaN where a map has one value
    everywhere.

    Parameters
    ----------
    maps : ndarray (T, H, W)
        Maps of the image.
    turned : ndarray (T, H, W)
        Maps of the turned image.
    turns : int
        Quarter turns, anticlockwise.

    Returns
    -------
    ndarray (T,)
        The correlations.
    """
    back = np.rot90(turned, -turns, (1, 2)).reshape(len(turned), -1)
    here = maps.reshape(len(maps), -1)
    a, b = (part - part.mean(axis=1, keepdims=True) for part in (here, back))
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 0, (a * b).sum(axis=1) / norm, np.nan)
