"""What became of the epochs and objects of a survey, in sentences: how many were read, what was
left out by each cause, which objects have no light curve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import listed

if TYPE_CHECKING:
    from catalogs.lightcurves.container import LightCurves

CAUSES = {
    "wrong_time": "their time is none, or not of the years 1858 to 2100",
    "no_magnitude": "they hold no measurement",
    "bad_error": "their error says that there is no measurement",
    "duplicate": "they repeat an earlier epoch",
    "upper_limit": "they are upper limits",
    "left_out": "the quality flags or the rule of the survey leave them out",
    "other_band": "they are of other bands than the survey's",
}


def epochs(light_curves: LightCurves) -> list[str]:
    """How many epochs were read and kept, and for each cause how many were left out."""
    read = light_curves.provenance.get("read")
    removed = light_curves.provenance.get("removed", {})
    if read is None:
        return []
    found = [f"{read} epochs read, {len(light_curves.time_days)} kept"]
    found += [
        f"{removed[name]} epochs left out: {why}"
        for name, why in CAUSES.items()
        if removed.get(name)
    ]
    if removed.get("out_of_order"):
        found.append(f"{removed['out_of_order']} epochs were out of order and are sorted")
    return found


def objects(
    light_curves: LightCurves, object_id: np.ndarray, labels: np.ndarray, fewest_epochs: int
) -> list[str]:
    """Which objects of the table (N,), with their labels ('' for none), have no light curve of that
    many epochs, and how many light curves are of no object of the table.
    """
    known = np.isin(object_id, light_curves.object_id)
    enough = light_curves.object_id[light_curves.n_epochs >= fewest_epochs]
    few = known & ~np.isin(object_id, enough)
    found = []
    if (~known).any():
        found.append(_lost(object_id, labels, ~known, "have no light curve in the files"))
    if few.any():
        found.append(
            _lost(object_id, labels, few, f"have fewer than {fewest_epochs} usable epochs")
        )
    strangers = light_curves.object_id[~np.isin(light_curves.object_id, object_id)]
    n = len(strangers) + int(light_curves.provenance.get("not_in_the_table", 0))
    if n:
        names = f" ({listed(strangers.tolist(), 3)})" if len(strangers) else ""
        found.append(f"{n} light curves are of no object of the table{names}")
    return found


def _lost(object_id: np.ndarray, labels: np.ndarray, lost: np.ndarray, why: str) -> str:
    labelled = int((lost & (labels != "")).sum())
    names = listed(object_id[lost].tolist(), 3)
    return f"{int(lost.sum())} objects, {labelled} of them labelled, {why} ({names})"
