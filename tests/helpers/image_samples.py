"""Small pictures and FITS files, written the way surveys write them."""

import io

import numpy as np


def encoded(pixels, form="JPEG", **options) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def blob(size=64, sigma=6.0, at=(0.0, 0.0), peak=200.0) -> np.ndarray:
    """A round Gaussian, (size, size), `at` (x, y) pixels from the centre of the picture."""
    grid = np.arange(size) - (size - 1) / 2
    return peak * np.exp(
        -0.5 * ((grid[None, :] - at[0]) ** 2 + (grid[:, None] - at[1]) ** 2) / sigma**2
    )


def fits_bytes(data, header=None, **hdus) -> bytes:
    """A FITS file of one primary image and further images by name."""
    from astropy.io import fits

    file = io.BytesIO()
    extra = [fits.ImageHDU(values, name=name) for name, values in hdus.items()]
    fits.HDUList([fits.PrimaryHDU(data, header), *extra]).writeto(file)
    return file.getvalue()


def sky_header(size=40, x=None, y=None, arcsec=0.5, flip=False):
    """A tangential WCS centred on (10, 20) degrees at pixel (x, y), counted from 1, north up, east
    left (right if `flip`).
    """
    from astropy.wcs import WCS

    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval = ["RA---TAN", "DEC--TAN"], [10.0, 20.0]
    wcs.wcs.crpix = [x or (size + 1) / 2, y or (size + 1) / 2]
    wcs.wcs.cdelt = [(1 if flip else -1) * arcsec / 3600, arcsec / 3600]
    return wcs.to_header()
