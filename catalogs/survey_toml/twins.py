"""Objects that are in a catalogue twice under two identifiers: equal in all their numbers, or in
one place on the sky.
"""

from __future__ import annotations

import numpy as np

from catalogs.catalogue import Catalogue
from catalogs.splits.split import Split

NEAR_ARCSEC = 0.5  # closer objects are one, at the usual seeing
FEWEST_COLUMNS, DISTINCT = 3, 0.9  # of numbers for equal rows to mean anything


def same_objects(catalogue: Catalogue) -> np.ndarray:
    """A number for each object, (N,), equal for those that seem to be one object."""
    code = np.arange(len(catalogue))
    values = catalogue.features.to_numpy(dtype=np.float64)
    if values.shape[1] >= FEWEST_COLUMNS and len(values):
        _, rows = np.unique(np.nan_to_num(values, nan=np.inf), axis=0, return_inverse=True)
        if _tells(values):
            code = _joined(code, rows.ravel())
    if np.isfinite(catalogue.ra_deg).any():
        code = _joined(code, _places(catalogue))
    return code


def _tells(values: np.ndarray) -> bool:
    """Whether single columns have so many values that equal rows are no chance."""
    some = values[:20_000]
    kinds = [len(np.unique(column[np.isfinite(column)])) for column in some.T]
    return sum(kind > 0.2 * len(some) for kind in kinds) >= FEWEST_COLUMNS - 1


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
    test part.
    """
    place = dict(zip(split.object_id.tolist(), split.part.tolist(), strict=True))
    parts = np.array([place.get(name, "") for name in catalogue.object_id.tolist()])
    other: dict[int, str] = {}
    for row in np.flatnonzero((parts != "") & (parts != "test")):
        other.setdefault(int(code[row]), str(catalogue.object_id[row]))
    return [
        (str(catalogue.object_id[row]), other[int(code[row])])
        for row in np.flatnonzero(parts == "test")
        if int(code[row]) in other
    ]
