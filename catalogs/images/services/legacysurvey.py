"""The viewer of the DESI Legacy Imaging Surveys (Dey et al. 2019, AJ 157, 168)."""

from __future__ import annotations

from catalogs.images.services import Place

ADDRESS = "https://www.legacysurvey.org/viewer/cutout.jpg"
LAYER = "ls-dr10"
LARGEST = 512


def query(place: Place, layer: str) -> dict[str, str]:
    """``layer``: the data release, such as 'ls-dr9', 'ls-dr10', 'sdss', 'unwise-neo7'."""
    return {
        "ra": f"{place.ra_deg:.7f}",
        "dec": f"{place.dec_deg:.7f}",
        "layer": layer,
        "pixscale": f"{place.arcsec / place.pixels:.6f}",
        "size": str(place.pixels),
    }
