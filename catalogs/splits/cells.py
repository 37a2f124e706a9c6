"""The sky as it concerns splits: cells of equal area, pairs of objects closer than an angle, groups
that those make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError

if TYPE_CHECKING:
    from collections.abc import Sequence

ARCSEC_PER_RADIAN = np.degrees(1.0) * 3600.0


def unit_vectors(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """Positions as points of the unit sphere, (N, 3); NaN where a coordinate is."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def sky_cells(ra_deg: np.ndarray, dec_deg: np.ndarray, cell_deg: float) -> np.ndarray:
    """The number of the sky cell of each position, (N,) int64 from the south pole northwards; -1
    without a position.

    All cells have the same area, near cell_deg squared: rings between parallels, each cut into
    equal pieces of right ascension. A ring about cell_deg high gets the number of cells nearest to
    its area over cell_deg^2; its borders are then moved so that the area is exact (zones of equal
    area as in Leopardi 2006, Electron. Trans. Numer. Anal. 25, 309).

    Raises
    ------
    CatalogueError
        If cell_deg is not above 0 and at most 90.
    """
    if not 0.0 < cell_deg <= 90.0:
        raise CatalogueError(
            f"cell_deg {cell_deg} must be above 0 and at most 90 degrees; remedy: give such a size"
        )
    pieces, first, borders = _rings(float(cell_deg))
    placed = np.isfinite(ra_deg) & np.isfinite(dec_deg)
    height = np.sin(np.radians(np.where(placed, dec_deg, 0.0)))
    ring = np.clip(np.searchsorted(borders, height, side="right") - 1, 0, len(pieces) - 1)
    turn = np.mod(np.where(placed, ra_deg, 0.0), 360.0) / 360.0
    piece = np.minimum((turn * pieces[ring]).astype(np.int64), pieces[ring] - 1)
    return np.where(placed, first[ring] + piece, -1)


def _rings(cell_deg: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The number of cells of each of R rings (R,), that of the first cell of each (R,), sin(Dec) of
    the borders (R + 1,).
    """
    parallels = np.radians(np.linspace(-90.0, 90.0, max(2, round(180.0 / cell_deg)) + 1))
    areas = 2.0 * np.pi * np.diff(np.sin(parallels))  # steradians
    pieces = np.maximum(1, np.round(areas / np.radians(cell_deg) ** 2)).astype(np.int64)
    counted = np.concatenate([[0], np.cumsum(pieces)])
    return pieces, counted[:-1], 2.0 * counted / counted[-1] - 1.0


def close_pairs(vectors: np.ndarray, separation_arcsec: float) -> np.ndarray:
    """The pairs (i, j), i < j, of points of the unit sphere (N, 3) within an angle of each other,
    (P, 2) int64; points with NaN are in none.
    """
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    pairs = cKDTree(vectors[rows]).query_pairs(_chord(separation_arcsec), output_type="ndarray")
    return np.sort(rows[pairs], axis=1)


def nearest(
    vectors: np.ndarray, others: np.ndarray, separation_arcsec: float
) -> tuple[np.ndarray, np.ndarray]:
    """For each point (N, 3) the row of the nearest of the other points (M, 3), -1 if none is within
    the angle, and the angle to it in arcsec (infinite then), (N,) both.
    """
    from scipy.spatial import cKDTree

    if not len(vectors) or not len(others):
        return np.full(len(vectors), -1), np.full(len(vectors), np.inf)
    chord, row = cKDTree(others).query(vectors, distance_upper_bound=_chord(separation_arcsec))
    found = np.isfinite(chord)
    angle = 2.0 * np.arcsin(np.where(found, chord, 0.0) / 2.0) * ARCSEC_PER_RADIAN
    return np.where(found, row, -1), np.where(found, angle, np.inf)


def _chord(separation_arcsec: float) -> float:
    """The straight distance between two points of the unit sphere at that angle, a hair longer:
    rounding keeps none out.
    """
    return 2.0 * np.sin(separation_arcsec / ARCSEC_PER_RADIAN / 2.0) * (1.0 + 1e-9)


def joined(n: int, links: Sequence[np.ndarray]) -> np.ndarray:
    """The group of each of n objects, (n,) int64, when all that are linked, directly or by way of
    others, are one group.

    Each of `links` is an (n,) array, and objects with an equal entry are linked, or a (P, 2) array
    of linked pairs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns, nodes = [], [], n  # a shared entry is a further node, linked to all that have it
    for link in links:
        link = np.asarray(link)
        if link.ndim == 2:
            rows.append(link[:, 0])
            columns.append(link[:, 1])
            continue
        _, entry = np.unique(link, return_inverse=True)
        rows.append(np.arange(n))
        columns.append(nodes + entry)
        nodes += int(entry.max(initial=-1)) + 1
    ends = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(ends[0]), dtype=bool), ends), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1][:n].astype(np.int64)
