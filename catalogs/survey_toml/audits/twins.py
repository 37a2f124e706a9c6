"""Objects that are in a catalogue twice under two identifiers: equal in all their numbers, or in
one place on the sky.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catalogs import texts
from catalogs.catalogue import Catalogue
from catalogs.splits.split import Split

if TYPE_CHECKING:
    import pandas as pd

NEAR_ARCSEC = 0.5  # closer objects are one, at the usual seeing
FEWEST_COLUMNS = 3  # of numbers for equal rows to mean anything


def same_objects(catalogue: Catalogue) -> np.ndarray:
    """A number for each object, (N,), equal for those that seem to be one object."""
    code = np.arange(len(catalogue))
    if len(catalogue) and _tells(catalogue.features):
        known = catalogue.features.notna().sum(axis=1).to_numpy() >= FEWEST_COLUMNS
        _, rows = np.unique(_hashed(catalogue.features), return_inverse=True)
        code = _joined(code, np.where(known, rows, len(rows) + code))  # blanks are no likeness
    if np.isfinite(catalogue.ra_deg).any():
        code = _joined(code, _places(catalogue))
    return code


def _hashed(features: pd.DataFrame) -> np.ndarray:
    """A number of 64 bits for each row, equal for equal rows."""
    found = np.zeros(len(features), dtype=np.uint64)
    for name in features:
        column = features[name].to_numpy()
        bits = np.where(np.isnan(column), np.nan, column + 0.0).view(np.uint64)
        found = (found ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def _tells(features: pd.DataFrame) -> bool:
    """Whether single columns have so many values that equal rows are no chance."""
    some = features.head(20_000).to_numpy(dtype=np.float64)
    kinds = [len(np.unique(column[np.isfinite(column)])) for column in some.T]
    telling = sum(kind > 0.2 * len(some) for kind in kinds)
    return features.shape[1] >= FEWEST_COLUMNS and telling >= FEWEST_COLUMNS - 1


def _joined(code: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The lowest number among the objects that share one of `other`."""
    first = np.full(int(other.max()) + 1, len(code))
    np.minimum.at(first, other, code)
    return first[other]


def _places(catalogue: Catalogue) -> np.ndarray:
    """A number for each object, equal for those within NEAR_ARCSEC of each other."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(catalogue)
    known = np.flatnonzero(np.isfinite(catalogue.ra_deg) & np.isfinite(catalogue.dec_deg))
    ra, dec = np.deg2rad(catalogue.ra_deg[known]), np.deg2rad(catalogue.dec_deg[known])
    points = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    reach = np.deg2rad(NEAR_ARCSEC / 3600.0)
    pairs = known[cKDTree(points).query_pairs(reach, output_type="ndarray")]
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1])


def across(split: Split, catalogue: Catalogue, code: np.ndarray) -> list[tuple[str, str]]:
    """Pairs (of the test part, of another part) that seem to be one object, one for each of the
    test part. `code` (N,): objects of one code seem to be one.
    """
    parts = parts_of(split, catalogue)
    elsewhere = np.flatnonzero((parts != "") & (parts != "test"))
    codes, first = np.unique(code[elsewhere], return_index=True)
    tested = np.flatnonzero(parts == "test")
    shared = tested[np.isin(code[tested], codes)]
    partners = elsewhere[first[np.searchsorted(codes, code[shared])]]
    names = catalogue.object_id
    return [(str(names[a]), str(names[b])) for a, b in zip(shared, partners, strict=True)]


def parts_of(split: Split, catalogue: Catalogue) -> np.ndarray:
    """The part of each object of the catalogue, (N,), '' for those that take no part."""
    if not len(split.object_id):
        return np.full(len(catalogue), "")
    place = texts.rows_of(split.object_id, catalogue.object_id)
    return np.where(place >= 0, split.part[place], "")
