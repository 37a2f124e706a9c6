"""The bytes of one picture file as planes, at the depth that they have: pictures (JPEG, PNG, TIFF,
WebP), FITS images (plain, gzipped, or compressed by fpack), and numpy arrays.

Planes are (C, H, W), row 0 at the top as the sky is seen: uint8 where the file has 8 bits, else
float32 with the file's own numbers. Orientation that EXIF states is obeyed; what is transparent is
black; a palette is looked up."""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from catalogs.images.decoding import (
    REDUCED,
    BadImage,
    open_image,
    refuse_blank,
    refuse_large_array,
    shrink,
)
from catalogs.images.fits import as_seen, fill_bad, read_planes

FITS, GZIP, NPY, ZIP, HDF5 = b"SIMPLE", b"\x1f\x8b", b"\x93NUMPY", b"PK\x03\x04", b"\x89HDF"
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
SUFFIXES = (*PICTURES, ".fits", ".fit", ".fits.gz", ".fit.gz", ".fits.fz", ".npy", ".npz")


@dataclass(frozen=True)
class Reading:
    """How the planes of a file are found: `bands` names them; `mode` is 'RGB' or 'L' for colours of
    a picture, 'planes' for planes as they are; `hdu` is the FITS extension's number or name, None
    for the first with an image; `key` the array of an npz file, '' for the only one.
    """

    bands: tuple[str, ...]
    mode: str = "RGB"
    hdu: int | str | None = None
    key: str = ""


def planes(data: bytes, reading: Reading, least: int = 0) -> np.ndarray:
    """Planes (C, H, W) of one file; a JPEG may come at a reduced scale with no side below `least`
    pixels (0: whole). BadImage says what is wrong with it.
    """
    if data[:2] == GZIP:
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise BadImage(f"not a whole gzip file ({error})") from error
    if data[:6] == FITS:
        flux, wcs = read_planes(data, reading.hdu)
        return as_seen(fill_bad(_chosen(flux, reading)), wcs).astype(np.float32)
    if data[:6] == NPY or data[:4] == ZIP:
        return _chosen(_array(data, reading.key), reading)
    return _of_picture(data, reading, least)


def _of_picture(data: bytes, reading: Reading, least: int) -> np.ndarray:
    picture = open_image(data, "RGB" if reading.mode == "planes" else reading.mode, least)
    pixels = np.asarray(picture)
    found = pixels.reshape(picture.height, picture.width, -1).transpose(2, 0, 1)
    if found.dtype != np.uint8:
        found = found.astype(np.float32)
    if len(found) == 1 and len(reading.bands) == 3:  # grey of great depth, asked for as colour
        found = np.repeat(found, 3, axis=0)
    return _chosen(found, reading)


def _array(data: bytes, key: str) -> np.ndarray:
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
        if isinstance(found, np.lib.npyio.NpzFile):
            if not key and len(found.files) != 1:
                raise BadImage(f"arrays {', '.join(found.files)}; name one as key")
            found = found[key or found.files[0]]
    except BadImage:
        raise
    except Exception as error:  # any library error on foreign bytes
        raise BadImage(f"not a whole numpy array ({error})") from error
    refuse_large_array(found.shape)
    if found.dtype.kind not in "uifb" or found.ndim not in (2, 3) or 0 in found.shape:
        raise BadImage(
            f"an array of shape {found.shape} and {found.dtype}, rows and columns wanted"
        )
    if found.ndim == 3 and found.shape[-1] <= 4 < min(found.shape[:2]):
        found = found.transpose(2, 0, 1)  # bands last
    return found if found.dtype == np.uint8 else found.astype(np.float32)


def _chosen(found: np.ndarray, reading: Reading) -> np.ndarray:
    """As many planes (C, H, W) as there are bands."""
    found = found[None] if found.ndim == 2 else found
    if len(reading.bands) == 1 and len(found) > 1 and reading.mode == "L":
        return found.mean(axis=0, keepdims=True, dtype=np.float32)
    if len(found) == 1 and reading.mode == "RGB":
        found = np.repeat(found, 3, axis=0)
    if len(found) != len(reading.bands):
        raise BadImage(f"{len(found)} planes for the bands {', '.join(reading.bands)}")
    return found


def pixel_decoder(
    reading: Reading,
    size: int,
    crop: float,
    scaling: Callable[[np.ndarray], np.ndarray] | None = None,
    *,
    deep: bool = False,
) -> Callable[[bytes], np.ndarray]:
    """The function from the bytes of one file to pixels (C, size, size): the middle square of
    `crop` times the shorter side, averaged over equal areas. uint8, made by `scaling` where it is
    given; or float32 (`deep`), the file's own numbers.
    """
    least = math.ceil(REDUCED * size / crop)

    def decode(data: bytes) -> np.ndarray:
        found = planes(data, reading, least)
        if found.dtype != np.uint8 and not deep and scaling is None:
            raise BadImage("more than 8 bits a pixel, and the others have 8; give scaling")
        if scaling is not None:
            found = scaling(found)
        if found.dtype == np.uint8:
            pixels = shrink(found, size, crop)
            refuse_blank(pixels)
            return pixels.astype(np.float32) if deep else pixels
        pixels = shrink(found, size, crop)
        if not np.isfinite(pixels).all() or float(np.ptp(pixels)) == 0.0:
            raise BadImage(f"blank: every pixel of the part used is {pixels.flat[0]:g}")
        return pixels

    return decode


def is_deep(data: bytes, reading: Reading) -> bool:
    """Whether a file has more than 8 bits a pixel; false where it cannot be read."""
    try:
        return planes(data, reading).dtype != np.uint8
    except BadImage:
        return False
