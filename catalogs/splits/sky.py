"""What splits need of the sky: groups of cells and of close pairs, a zone of declination, and the
check of separations.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, Faults, listed
from catalogs.splits import cells

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue
    from catalogs.splits.plan import SplitPlan
    from catalogs.splits.split import Split

FOLDED = ("group_folds", "sky_cells")  # kinds that deal whole groups into folds
PLACED = ("sky_cells", "declination")  # kinds that ask where an object is


def placed(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    """Which objects have the position that the plan needs, (N,); all of them for a plan that needs
    none.

    CatalogueError if it is needed and no object has one.
    """
    if plan.kind not in PLACED and plan.min_separation_arcsec <= 0.0:
        return np.ones(len(catalogue), dtype=bool)
    has = np.isfinite(catalogue.ra_deg) & np.isfinite(catalogue.dec_deg)
    if not has.any():
        raise CatalogueError(
            f"catalogue {catalogue.survey!r} has no positions, which a split of kind {plan.kind!r}"
            f" with min_separation_arcsec {plan.min_separation_arcsec:g} needs; remedy: give the"
            " columns of RA and Dec, or choose another split"
        )
    return has


def groups(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    """The groups that the plan keeps together, (N,): the catalogue's own, joined with those of
    cells and close pairs.
    """
    links = []
    if plan.kind == "sky_cells":
        number = cells.sky_cells(catalogue.ra_deg, catalogue.dec_deg, plan.cell_deg)
        links.append(
            np.where(number < 0, -1 - np.arange(len(number)), number)
        )  # without a position: each for itself
    if plan.min_separation_arcsec > 0.0:
        vectors = cells.unit_vectors(catalogue.ra_deg, catalogue.dec_deg)
        links.append(cells.close_pairs(vectors, plan.min_separation_arcsec))
    if not links:
        return catalogue.group
    group = cells.joined(len(catalogue), [catalogue.group, *links])
    return _named_after_first(group, catalogue.object_id)


def _named_after_first(group: np.ndarray, object_id: np.ndarray) -> np.ndarray:
    """Each group under the name of its alphabetically first object: the names do not depend on the
    order of the rows.
    """
    order = np.argsort(object_id, kind="stable")
    _, first, inverse = np.unique(group[order], return_index=True, return_inverse=True)
    names = np.empty(len(group), dtype=object_id.dtype)
    names[order] = object_id[order][first][inverse]
    return names


def in_zone(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    """Which objects lie in the plan's zone of declination, south border included, north border not
    (but the pole is), (N,).
    """
    south, north = plan.test_dec_deg or (np.nan, np.nan)
    if not -90.0 <= south < north <= 90.0:
        raise CatalogueError(
            f"test_dec_deg ({south}, {north}) must be -90 <= south < north <= 90 degrees; remedy:"
            " give such"
        )
    dec = catalogue.dec_deg
    return (dec >= south) & ((dec < north) | (north == 90.0))


def closest_pair(catalogue: Catalogue, split: Split) -> tuple[float, str, str] | None:
    """The smallest angle (arcsec) between an object of the test part and one of any other part, and
    both names; None where no object of one of them has a position.
    """
    place = [
        np.flatnonzero(np.isin(catalogue.object_id, split.object_id[own]))
        for own in _sides(split.part)
    ]
    vectors = [
        cells.unit_vectors(catalogue.ra_deg[rows], catalogue.dec_deg[rows]) for rows in place
    ]
    placed = [np.isfinite(vector).all(axis=1) for vector in vectors]
    if not all(known.any() for known in placed):
        return None
    (tested, others), rows = (
        (vector[known] for vector, known in zip(vectors, placed)),
        [r[k] for r, k in zip(place, placed)],
    )
    found, angle = cells.nearest(tested, others, 180.0 * 3600.0)
    best = int(angle.argmin())
    return float(angle[best]), *(
        str(catalogue.object_id[row]) for row in (rows[0][best], rows[1][found[best]])
    )


def _sides(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who is tested, and who is in any other part, (N,) bool both."""
    return part == "test", (part != "test") & (part != "")


def check_separation(
    catalogue: Catalogue,
    rows: np.ndarray,
    part: np.ndarray,
    min_separation_arcsec: float,
    faults: Faults,
) -> None:
    """Note in `faults` the pairs of objects (rows of the catalogue) that stand in two parts, closer
    than the separation, and the objects whose position is not known; '' is no part.
    """
    vectors = cells.unit_vectors(catalogue.ra_deg[rows], catalogue.dec_deg[rows])
    lost = (part != "") & ~np.isfinite(vectors).all(axis=1)
    if lost.any():
        names = listed(catalogue.object_id[rows[lost]])
        faults.add(
            f"{lost.sum()} objects without a position, so that no separation can be checked:"
            f" {names}",
            "leave them out",
        )
    members = {name: np.flatnonzero((part == name) & ~lost) for name in np.unique(part[part != ""])}
    for one, other in combinations(members, 2):
        found, angle = cells.nearest(
            vectors[members[one]], vectors[members[other]], min_separation_arcsec
        )
        close = np.flatnonzero(angle < min_separation_arcsec)
        close = close[np.argsort(angle[close], kind="stable")]
        if len(close):
            a, b = (
                catalogue.object_id[rows[m]]
                for m in (members[one][close], members[other][found[close]])
            )
            shown = listed(
                (
                    f"{x} and {y} ({s:.3g} arcsec)"
                    for x, y, s in zip(a, b, angle[close], strict=True)
                ),
                3,
            )
            rule = f"closer than {min_separation_arcsec:g} arcsec in {one} and {other}"
            remedy = "draw it with min_separation_arcsec, which keeps such pairs together"
            faults.add(f"{len(close)} objects {rule}: {shown}", remedy)
