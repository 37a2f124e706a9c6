"""One level for the parts of a light curve: files of one star from different quarters, sectors or
cameras, whose apertures and gains differ.

Each part of an object and band is brought to the median of its parts' medians, as lightkurve's
stitch does: fluxes are multiplied, magnitudes shifted. What a star varies over times longer than a
part is lost with it."""

from __future__ import annotations

import numpy as np

from catalogs.lightcurves.grouping import group_medians, medians, numbered


def levelled(
    values: np.ndarray,
    error: np.ndarray,
    curve: np.ndarray,
    part: np.ndarray,
    *,
    fluxes: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The values and errors on one level, (M,) each; `curve` (M,) numbers object and band, `part`
    (M,) the parts. Fluxes of a part whose median is not above 0 have no level to be brought to and
    stay.
    """
    if not len(values):
        return values, error
    group = numbered(curve, part)
    middle = group_medians(values, group)
    _, first = np.unique(group, return_index=True)
    n = int(curve.max()) + 1
    aim = medians(middle[first], curve[first], n)[curve]
    if not fluxes:
        return values + (aim - middle), error
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where((middle > 0) & (aim > 0), aim / middle, 1.0)
    return values * factor, error * factor
