"""Which objects of two catalogues are one, by identifier or by place on the sky, and what can be
made of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalogs.catalogue import Catalogue


def pgc_names(texts: Sequence[str]) -> np.ndarray:
    """Numbers of the Principal Galaxies Catalogue in one form, 'PGC 212' and 'PGC0000212' as
    'PGC0000212'; (N,) text.

    A text that is no PGC number is a CatalogueError."""
    import pandas as pd

    cells = pd.Series(np.asarray(texts, dtype=str))
    number = cells.str.extract(r"^\s*PGC\s*0*([1-9]\d*)\s*$", expand=False)
    bad = number.isna().to_numpy(dtype=bool)
    if bad.any():
        raise CatalogueError(
            f"no PGC number: {listed(map(repr, cells[bad]))}; remedy: write it like 'PGC 212'"
        )
    return ("PGC" + number.str.zfill(7)).to_numpy(dtype=str)


def by_name(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The row of each left identifier, (N,), among the right ones, (M,): (N,) int64, -1 where it is
    not there or ''.

    Raises
    ------
    CatalogueError
        If a right identifier stands there twice.
    """
    import pandas as pd

    right = np.asarray(right, dtype=str)
    index = pd.Index(right)
    if index[right != ""].has_duplicates:
        raise CatalogueError(
            f"identifiers twice: {listed(index[index.duplicated()].unique())}; remedy: keep each"
            " once"
        )
    rows = pd.Series(np.arange(len(right)), index=index)[right != ""].reindex(
        np.asarray(left, dtype=str)
    )
    return rows.fillna(-1).to_numpy(dtype=np.int64)


def by_position(left: Catalogue, right: Catalogue, max_arcsec: float) -> np.ndarray:
    """The row of `right` that is the nearest to each object of `left` and has it as its own
    nearest, within an angle: (N,) int64, -1 without such a one or without a position. So no object
    of either is matched twice.
    """
    from astropy.coordinates import SkyCoord

    result = np.full(len(left), -1)
    here, there = (
        np.flatnonzero(np.isfinite(c.ra_deg) & np.isfinite(c.dec_deg)) for c in (left, right)
    )
    if not len(here) or not len(there):
        return result
    ours, theirs = (
        SkyCoord(c.ra_deg[rows], c.dec_deg[rows], unit="deg")
        for c, rows in ((left, here), (right, there))
    )
    row, angle, _ = ours.match_to_catalog_sky(theirs)
    back, _, _ = theirs.match_to_catalog_sky(ours)
    mutual = (back[row] == np.arange(len(here))) & (angle.arcsec <= max_arcsec)
    result[here[mutual]] = there[row[mutual]]
    return result


def with_inputs_of(left: Catalogue, right: Catalogue, rows: np.ndarray, survey: str) -> Catalogue:
    """The objects of `left` that have a counterpart, rows (N,) of `right` or -1, with the inputs of
    `right` in place of their own; a catalogue of the survey of that name that keeps the files of
    both as provenance.
    """
    found = rows >= 0
    files = {**left.provenance.get("files", {}), **right.provenance.get("files", {})}
    return replace(
        left.select(found),
        survey=survey,
        features=right.features.iloc[rows[found]],
        columns=right.columns,
        provenance={
            "files": files,
            "joined": int(found.sum()),
            "left": len(left),
            "right": len(right),
        },
    )


def common_labels(
    reference: Catalogue, predicted: Catalogue
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Objects that two catalogues both label, by identifier: their names and both classes, (n,)
    text each, in the order of `reference`. Two lists of classes are a CatalogueError.
    """
    if reference.scheme.classes != predicted.scheme.classes:
        raise CatalogueError(
            f"class schemes {reference.scheme.name!r} and {predicted.scheme.name!r} differ; remedy:"
            " use one for both"
        )
    rows = by_name(reference.object_id, predicted.object_id)
    classes = (
        np.where(rows >= 0, predicted.labels[rows], "")
        if len(predicted)
        else np.full(len(rows), "")
    )
    both = (reference.labels != "") & (classes != "")
    return reference.object_id[both], reference.labels[both], classes[both]
