"""What a split must not do: the same object or group in two parts, objects too close on the sky."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from catalogs import texts
from catalogs.errors import Faults, listed
from catalogs.splits import cells
from catalogs.splits.split import TEST, TRAIN, UNUSED, VALIDATION, Split

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue


def check_leaks(split: Split, catalogue: Catalogue, min_separation_arcsec: float = 0.0) -> None:
    """Raise CatalogueError if the same object or the same group stands in two parts, or an
    unlabelled or unknown object in one, or if two objects closer than `min_separation_arcsec` stand
    in two parts; all faults at once.
    """
    faults = Faults(f"split {split.name!r} of {split.survey!r}")
    used = split.part != UNUSED
    rows = texts.rows_of(catalogue.object_id, split.object_id[used])
    unknown = split.object_id[used][rows < 0]
    if len(unknown):
        faults.add(
            f"objects that the catalogue does not have: {listed(unknown)}",
            "draw the split from this catalogue",
        )
    parts = split.part[used]
    for what, values in (("object", split.object_id[used]), ("group", catalogue.group[rows])):
        if not len(texts.repeated(values)):
            continue  # each stands once
        found = texts.encoded(values)
        members = {}
        for name in (TRAIN, VALIDATION, TEST):
            held = np.zeros(len(found.names), dtype=bool)  # the part has the text
            held[found.codes[(parts == name) & (rows >= 0)]] = True
            members[name] = held
        for one, other in combinations(members, 2):
            both = found.names[members[one] & members[other]].tolist()
            if both:
                where = f"{one.replace(TRAIN, 'training')} and {other}"
                faults.add(
                    f"the same {what} is in {where}: {listed(both)}", "draw it again by group"
                )
    unlabelled = split.object_id[used][(rows >= 0) & (catalogue.labels[rows] == "")]
    if len(unlabelled):
        faults.add(
            f"objects without a label: {listed(unlabelled)}", "draw the split from labelled objects"
        )
    if min_separation_arcsec > 0.0:
        part = np.where(rows >= 0, split.part[used], UNUSED)
        check_separation(catalogue, rows, part, min_separation_arcsec, faults)
    faults.raise_if_any()


def closest_pair(catalogue: Catalogue, split: Split) -> tuple[float, str, str] | None:
    """The smallest angle (arcsec) between an object of the test part and one of any other part, and
    both names; None where no object of one of them has a position.
    """
    place = [
        np.flatnonzero(texts.rows_of(split.object_id[own], catalogue.object_id) >= 0)
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
    one, other = (catalogue.object_id[row] for row in (rows[0][best], rows[1][found[best]]))
    return float(angle[best]), str(one), str(other)


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
    than the separation, and the objects whose position is not known; '' is no part. ``rows`` and
    ``part``: (n,) each.
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
