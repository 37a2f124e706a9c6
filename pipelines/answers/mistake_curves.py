"""The light curves of the stars that a page shows, folded with the periods that were found in
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from catalogs.catalogue import Catalogue
from pipelines.inputs.light_curves import LOG_PERIOD
from reports.measures.folded import FoldedCurve, fold


def folded_curves(
    folder: Path, objects: Catalogue, names: Sequence[str]
) -> Mapping[str, FoldedCurve]:
    """The curve of each named object in the band of most epochs, from the light curves in
    ``folder``; objects without an epoch are left out, and one without a period is laid out in time.
    """
    from catalogs.lightcurves.container import LightCurves

    chosen = objects.select(np.array(names))
    features = chosen.features
    periods = (
        10.0 ** features[LOG_PERIOD].to_numpy(float)
        if LOG_PERIOD in features
        else np.full(len(names), np.nan)
    )
    curves = LightCurves.read(folder).take(names)
    found = {}
    for i, (name, period) in enumerate(zip(names, periods)):
        epochs = slice(curves.offsets[i], curves.offsets[i + 1])
        band = int(np.bincount(curves.band[epochs], minlength=1).argmax())
        own = curves.band[epochs] == band
        time_days, magnitude, error = (
            column[epochs][own] for column in (curves.time_days, curves.magnitude, curves.error)
        )
        found[name] = fold(time_days, magnitude, error, curves.bands[band], float(period))
    return {name: curve for name, curve in found.items() if curve is not None}
