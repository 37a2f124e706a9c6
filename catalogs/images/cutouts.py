"""Cutouts of large FITS images by position, through astropy.nddata.Cutout2D; only the cutouts are
read from disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.images.decoding import BadImage
from catalogs.images.fits import Plane, align, celestial, image_hdu, scaled_pixels
from catalogs.images.scaling import LuptonScaling
from catalogs.images.sources import Source

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord
    from astropy.wcs import WCS


def cutouts(
    files: Mapping[str, Path],
    names: Sequence[str],
    ra_deg: np.ndarray,
    dec_deg: np.ndarray,
    arcsec: float,
    hdu: int | None = None,
) -> Source:
    """Square cutouts, `arcsec` on a side, about positions (degrees, ICRS) in one large FITS image a
    band.

    Each payload is the cutout's {band: Plane}, for `plane_decoder`; a position outside the image
    yields planes of NaN, which the decoder refuses. The images are memory-mapped: only the cutouts
    are read."""
    from astropy.coordinates import SkyCoord
    from astropy.io import fits

    places = SkyCoord(ra_deg, dec_deg, unit="deg")

    def source(start: int) -> Iterator[tuple[str, dict[str, Plane]]]:
        opened = {band: fits.open(path, memmap=True) for band, path in files.items()}
        try:
            images = {band: image_hdu(hdus, hdu) for band, hdus in opened.items()}
            wcs = {band: celestial(image.header) for band, image in images.items()}
            for row in range(start, len(names)):
                planes = {
                    band: cutout(images[band].data, wcs[band], places[row], arcsec)
                    for band in files
                }
                yield str(names[row]), planes
        finally:
            for hdus in opened.values():
                hdus.close()

    return source


def cutout(image: np.ndarray, wcs: WCS | None, place: SkyCoord, arcsec: float) -> Plane:
    """The square of an image (H, W) about a position, `arcsec` on a side; NaN beyond the image's
    edge.

    Raises
    ------
    CatalogueError
        If the image has no celestial WCS.
    """
    from astropy import units as u
    from astropy.nddata import Cutout2D
    from astropy.nddata.utils import NoOverlapError

    if wcs is None:
        raise CatalogueError(
            "cutouts by position need an image with a celestial WCS; remedy: give one, or cut by"
            " pixel"
        )
    try:
        cut = Cutout2D(image, place, arcsec * u.arcsec, wcs=wcs, mode="partial", fill_value=np.nan)
    except NoOverlapError:
        return Plane(np.full((1, 1), np.nan), None)
    return Plane(np.array(cut.data, dtype=np.float64), cut.wcs)


def plane_decoder(
    bands: Sequence[str], size: int, crop: float, scaling: LuptonScaling
) -> Callable[[Mapping], np.ndarray]:
    """The function from {band: Plane} of one object to pixels (C, size, size) uint8.

    Raises
    ------
    BadImage
        By the function: if the position lies outside the image, or it shows nothing.
    """

    def decode(planes: Mapping[str, Plane]) -> np.ndarray:
        if all(np.isnan(planes[band].flux).all() for band in bands):
            raise BadImage("the position lies outside the image")
        chosen = [planes[band] for band in bands]
        return scaled_pixels(align(chosen), chosen[0].wcs, size, crop, scaling)

    return decode
