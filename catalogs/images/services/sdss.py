"""The image cutouts of SDSS's SkyServer."""

from __future__ import annotations

from catalogs.images.services import Place

ADDRESS = "https://skyserver.sdss.org/dr18/SkyServerWS/ImgCutout/getjpeg"
LAYER = ""
LARGEST = 2048


def query(place: Place, layer: str) -> dict[str, str]:
    """``layer``: SkyServer's drawing options ('G' for a grid), '' for none."""
    asked = {
        "ra": f"{place.ra_deg:.7f}",
        "dec": f"{place.dec_deg:.7f}",
        "scale": f"{place.arcsec / place.pixels:.6f}",
        "width": str(place.pixels),
        "height": str(place.pixels),
    }
    return {**asked, "opt": layer} if layer else asked
