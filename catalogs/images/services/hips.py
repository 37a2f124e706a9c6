"""hips2fits of the CDS (Boch et al. 2020, ASP Conf. 527, 121): any survey that is a HiPS, named by
its identifier ('CDS/P/DSS2/color', 'CDS/P/PanSTARRS/DR1/color-i-r-g').
"""

from __future__ import annotations

from catalogs.images.services import Place

ADDRESS = "https://alasky.cds.unistra.fr/hips-image-services/hips2fits"
LAYER = "CDS/P/DSS2/color"
LARGEST = 4096


def query(place: Place, layer: str) -> dict[str, str]:
    """North is up and east left, tangential projection. ``layer``: the survey's identifier."""
    return {
        "hips": layer,
        "ra": f"{place.ra_deg:.7f}",
        "dec": f"{place.dec_deg:.7f}",
        "fov": f"{place.arcsec / 3600:.8f}",
        "width": str(place.pixels),
        "height": str(place.pixels),
        "projection": "TAN",
        "format": "jpg",
    }
