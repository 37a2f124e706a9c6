"""FITS images: one plane of any HDU, bad pixels, several bands on one grid by their WCS.

A plane leaves this module as it is seen on the sky: row 0 at the top, where the FITS convention has
it at the bottom. With the usual orientation north is then up and east left, and spirals wind as
they do in a JPEG of the same field."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import listed
from catalogs.images.decoding import LARGEST, BadImage, refuse_blank, shrink
from catalogs.images.scaling import LuptonScaling, sky_statistics

if TYPE_CHECKING:
    from astropy.wcs import WCS

SAME_GRID = 0.02  # pixels: grids that agree so well are not interpolated
MAX_BAD = 0.2  # of the pixels used: a picture with more missing is set aside


@dataclass(frozen=True, eq=False)
class Plane:
    """One image plane: flux (H, W) float64 with NaN where bad, and its celestial WCS or None; FITS
    row order.
    """

    flux: np.ndarray
    wcs: WCS | None


def read_plane(
    file: bytes | Path | str, hdu: int | str | None = None, mask_hdu: int | str | None = None
) -> Plane:
    """The image of one HDU, by number or name; None takes the first that holds a two-dimensional
    image.

    Axes of length 1 are dropped. Pixels that are blank, infinite, or not 0 in `mask_hdu` become
    NaN. BadImage says what is wrong with the file."""
    from astropy.io import fits

    if isinstance(file, bytes) and not file:
        raise BadImage("the file is empty (0 bytes)")
    opened = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a truncated file is an error below, not a warning
            with fits.open(opened, memmap=False) as hdus:
                chosen = image_hdu(hdus, hdu)
                refuse_large(chosen)
                flux = np.array(np.squeeze(chosen.data), dtype=np.float64)
                mask = None if mask_hdu is None else np.squeeze(hdus[mask_hdu].data) != 0
                wcs = celestial(chosen.header)
    except BadImage:
        raise
    except Exception as error:  # any library error on foreign bytes
        raise BadImage(f"not a whole FITS image ({error})") from error
    if flux.ndim != 2:
        raise BadImage(f"HDU {chosen.name or 0} has shape {flux.shape}, rows and columns expected")
    bad = ~np.isfinite(flux) if mask is None else ~np.isfinite(flux) | mask
    return Plane(np.where(bad, np.nan, flux), wcs)


def image_hdu(hdus, wanted: int | str | None = None, cubes: bool = False):
    """The wanted HDU of an open FITS file, or the first that holds a two-dimensional image (or, if
    `cubes` count, several planes of one).

    Raises
    ------
    BadImage
        If there is none.
    """
    if wanted is not None:
        return hdus[wanted]
    for hdu in hdus:
        axes = len([length for length in hdu.shape if length > 1]) if hdu.is_image else 0
        if axes == 2 or (cubes and axes == 3):
            return hdu
    raise BadImage("no HDU holds a two-dimensional image")


def refuse_large(hdu) -> None:
    """Raise BadImage for an image with more pixels than any cutout has: the header of a small file
    can claim any size.
    """
    if math.prod(hdu.shape) > LARGEST:
        raise BadImage(
            f"{' x '.join(map(str, hdu.shape))} pixels, at most {LARGEST} in all are allowed"
        )


def celestial(header) -> WCS | None:
    """The two celestial axes of a header's WCS, or None."""
    from astropy.wcs import WCS

    wcs = WCS(header)
    return wcs.celestial if wcs.has_celestial else None


def read_planes(data: bytes, hdu: int | str | None = None) -> tuple[np.ndarray, WCS | None]:
    """All planes of one HDU's image or cube, flux (C, H, W) float64 with NaN where bad, in FITS row
    order, and its celestial WCS; None takes the first HDU with an image.
    """
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a truncated file is an error below, not a warning
            with fits.open(io.BytesIO(data), memmap=False) as hdus:
                chosen = image_hdu(hdus, hdu, cubes=True)
                refuse_large(chosen)
                flux = np.array(np.squeeze(chosen.data), dtype=np.float64)
                wcs = celestial(chosen.header)
    except BadImage:
        raise
    except Exception as error:  # any library error on foreign bytes
        raise BadImage(f"not a whole FITS image ({error})") from error
    flux = flux[None] if flux.ndim == 2 else flux
    if flux.ndim != 3:
        raise BadImage(f"HDU {chosen.name or 0} has shape {flux.shape}, planes of pixels expected")
    return np.where(np.isfinite(flux), flux, np.nan), wcs


def align(planes: Sequence[Plane]) -> np.ndarray:
    """Flux (C, H, W) of all bands on the grid of the first, NaN where a band has no pixel there.

    Pixels hold the flux that fell on them. Bands whose grids agree within SAME_GRID pixels are
    stacked as they are; others are interpolated bilinearly at the sky positions of the first band's
    pixels, as means over these where they are larger, and multiplied with the ratio of the areas,
    so that total flux, and with it colours, is kept. Without WCS all planes must have one shape."""

    first = planes[0]
    return np.stack([first.flux, *(_on_grid_of(first, plane) for plane in planes[1:])])


def _on_grid_of(first: Plane, plane: Plane) -> np.ndarray:
    from scipy.ndimage import map_coordinates

    if first.wcs is None or plane.wcs is None:
        if first.flux.shape != plane.flux.shape:
            raise BadImage(
                f"bands of shapes {first.flux.shape} and {plane.flux.shape} without a WCS to align"
                " them"
            )
        return plane.flux
    rows, columns = np.indices(first.flux.shape, dtype=float)
    x, y = plane.wcs.world_to_pixel_values(*first.wcs.pixel_to_world_values(columns, rows))
    if (
        first.flux.shape == plane.flux.shape
        and max(np.abs(x - columns).max(), np.abs(y - rows).max()) < SAME_GRID
    ):
        return plane.flux
    ratio = abs(
        np.linalg.det(first.wcs.pixel_scale_matrix) / np.linalg.det(plane.wcs.pixel_scale_matrix)
    )
    side = max(1, math.ceil(2.0 * math.sqrt(ratio))) if ratio > 1.05 else 1  # points in a pixel
    inside = (np.arange(side) + 0.5) / side - 0.5
    total = np.zeros(first.flux.shape)
    for down in inside:
        for right in inside:
            sky = first.wcs.pixel_to_world_values(columns + right, rows + down)
            x, y = plane.wcs.world_to_pixel_values(*sky)
            places = np.round([y, x], 6)  # so that an edge pixel is not outside by rounding
            total += map_coordinates(
                plane.flux, places, order=1, mode="constant", cval=np.nan
            )  # NaN spreads to neighbours
    return total * (ratio / side**2)


def as_seen(flux: np.ndarray, wcs: WCS | None = None) -> np.ndarray:
    """Flux (C, H, W) with the top row first, mirrored if the WCS says that the array is a mirror
    image of the sky.

    On the sky east is left of north; a WCS with a positive determinant counts east to the right.
    """
    flipped = flux[:, ::-1]
    mirrored = wcs is not None and np.linalg.det(wcs.pixel_scale_matrix) > 0
    return flipped[:, :, ::-1] if mirrored else flipped


def fill_bad(flux: np.ndarray) -> np.ndarray:
    """Flux (C, H, W) with the median sky of the band in place of NaN; BadImage if more than MAX_BAD
    of any band is NaN.
    """
    missing = np.isnan(flux).mean(axis=(1, 2))
    if missing.max() > MAX_BAD:
        raise BadImage(
            f"{missing.max():.0%} of the pixels are missing (NaN or masked), at most {MAX_BAD:.0%}"
            " allowed"
        )
    if missing.max() == 0:
        return flux
    level, _ = sky_statistics(flux)
    return np.where(np.isnan(flux), level[:, None, None], flux)


def fits_decoder(
    bands: Sequence[str],
    size: int,
    crop: float,
    scaling: LuptonScaling,
    hdu: int | str | None = None,
    mask_hdu: int | str | None = None,
) -> Callable[[Mapping[str, bytes]], np.ndarray]:
    """The function from {band: FITS bytes} of one object to pixels (C, size, size) uint8, bands in
    the given order.

    Raises
    ------
    BadImage
        By the function: if a band is missing, damaged or shows nothing.
    """

    def decode(files: Mapping[str, bytes]) -> np.ndarray:
        absent = [band for band in bands if band not in files]
        if absent:
            raise BadImage(f"no file of band {listed(absent)}")
        planes = []
        for band in bands:
            try:
                planes.append(read_plane(files[band], hdu, mask_hdu))
            except BadImage as error:
                raise BadImage(f"band {band}: {error}") from error
        return scaled_pixels(align(planes), planes[0].wcs, size, crop, scaling)

    return decode


def scaled_pixels(
    flux: np.ndarray, wcs: WCS | None, size: int, crop: float, scaling: LuptonScaling
) -> np.ndarray:
    """Pixels (C, size, size) uint8 of flux (C, H, W) in FITS row order: filled, scaled, as seen,
    cropped and averaged.
    """
    pixels = scaling(as_seen(fill_bad(flux), wcs))
    refuse_blank(pixels)
    return shrink(np.ascontiguousarray(pixels), size, crop)
