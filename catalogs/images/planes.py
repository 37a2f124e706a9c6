"""The bytes of one picture file as planes, at the depth that they have: pictures (JPEG, PNG, TIFF,
WebP), FITS images (plain, gzipped, or compressed by fpack), arrays of numpy and HDF5; or the files
of one object's bands, one band each.

Planes are (C, H, W), row 0 at the top as the sky is seen: uint8 where the file has 8 bits, else
float32 with the file's own numbers. Orientation that EXIF states is obeyed; what is transparent is
black; a palette is looked up."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalogs.errors import listed
from catalogs.images import arrays
from catalogs.images.arrays import as_planes, is_array_file, read_array
from catalogs.images.decoding import (
    REDUCED,
    BadImage,
    open_image,
    refuse_blank,
    shrink,
)
from catalogs.images.fits import align, as_seen, fill_bad, read_plane, read_planes

FITS, GZIP = b"SIMPLE", b"\x1f\x8b"
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
SUFFIXES = (*PICTURES, ".fits", ".fit", ".fits.gz", ".fit.gz", ".fits.fz", *arrays.SUFFIXES)


@dataclass(frozen=True)
class Reading:
    """How the planes of a file are found: `bands` names them; `mode` is 'RGB' or 'L' for colours of
    a picture, 'planes' for planes as they are; `hdu` is the FITS extension's number or name, None
    for the first with an image; `key` the array of an npz or HDF5 file, '' for the only one.
    """

    bands: tuple[str, ...]
    mode: str = "RGB"
    hdu: int | str | None = None
    key: str = ""


def planes(data: bytes | np.ndarray | Mapping, reading: Reading, least: int = 0) -> np.ndarray:
    """Planes (C, H, W) of one file, of the array that a file held, or of {band: bytes} where each
    band has a file of its own; a JPEG may come at a reduced scale with no side below `least` pixels
    (0: whole). BadImage says what is wrong with it.
    """
    if isinstance(data, Mapping):
        return _of_bands(data, reading)
    if isinstance(data, np.ndarray):
        return _chosen(as_planes(data), reading)
    data = _unpacked(data)
    if data[:6] == FITS:
        flux, wcs = read_planes(data, reading.hdu)
        return as_seen(fill_bad(_chosen(flux, reading)), wcs).astype(np.float32)
    if is_array_file(data):
        return _chosen(as_planes(read_array(data, reading.key)), reading)
    return _of_picture(data, reading, least)


def _unpacked(data: bytes) -> bytes:
    try:
        return gzip.decompress(data) if data[:2] == GZIP else data
    except (OSError, EOFError) as error:
        raise BadImage(f"not a whole gzip file ({error})") from error


def _of_bands(files: Mapping[str, bytes], reading: Reading) -> np.ndarray:
    """The planes of one object whose bands lie in files of their own. FITS images are brought to
    the first band's grid by their WCS; others must have one shape.
    """
    absent = [band for band in reading.bands if band not in files]
    if absent:
        raise BadImage(f"no file of band {listed(absent)}")
    ordered = {band: _unpacked(files[band]) for band in reading.bands}
    if all(data[:6] == FITS for data in ordered.values()):
        aligned = [_band(band, read_plane, data, reading.hdu) for band, data in ordered.items()]
        return as_seen(fill_bad(align(aligned)), aligned[0].wcs).astype(np.float32)
    grey = Reading(("grey",), "L", reading.hdu, reading.key)
    found = [_band(band, planes, data, grey)[0] for band, data in ordered.items()]
    if len({plane.shape for plane in found}) > 1:
        shapes = " and ".join(str(plane.shape) for plane in found)
        raise BadImage(f"bands of shapes {shapes} without a WCS to align them")
    if len({plane.dtype for plane in found}) > 1:
        raise BadImage("some bands have 8 bits a pixel, others more")
    return np.stack(found)


def _band(band: str, read: Callable[..., Any], *given: Any) -> Any:
    """What `read` makes of one band's file; a fault names the band."""
    try:
        return read(*given)
    except BadImage as error:
        raise BadImage(f"band {band}: {error}") from error


def _of_picture(data: bytes, reading: Reading, least: int) -> np.ndarray:
    picture = open_image(data, "RGB" if reading.mode == "planes" else reading.mode, least)
    pixels = np.asarray(picture)
    found = pixels.reshape(picture.height, picture.width, -1).transpose(2, 0, 1)
    if found.dtype != np.uint8:
        found = found.astype(np.float32)
    if len(found) == 1 and len(reading.bands) == 3:  # grey of great depth, asked for as colour
        found = np.repeat(found, 3, axis=0)
    return _chosen(found, reading)


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
) -> Callable[[bytes | np.ndarray | Mapping], np.ndarray]:
    """The function from what `planes` takes to pixels (C, size, size): the middle square of
    `crop` times the shorter side, averaged over equal areas. uint8, made by `scaling` where it is
    given; or float32 (`deep`), the file's own numbers.
    """
    least = math.ceil(REDUCED * size / crop)

    def decode(data: bytes | np.ndarray | Mapping) -> np.ndarray:
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


def is_deep(pictures: Iterable[bytes | np.ndarray | Mapping], reading: Reading) -> bool:
    """Whether pictures have more than 8 bits a pixel: the first of them that can be read says so;
    false where none can. Arrays among them are (H, W), (C, H, W) or (H, W, C).
    """
    for data in pictures:
        try:
            return planes(data, reading).dtype != np.uint8
        except BadImage:
            continue
    return False
