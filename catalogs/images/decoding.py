"""JPEG and PNG bytes to pixels: whole or refused with the reason, cropped to the middle, averaged
over areas.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

BANDS = {"RGB": ("red", "green", "blue"), "L": ("grey",)}
DEEP = {"I;16", "I;16B", "I;16L", "I", "F"}  # Pillow's modes of more than 8 bits
REDUCED = 1.5  # a JPEG is decoded at a reduced scale that leaves so many pixels for each new one
EMPTY = "the file is empty (0 bytes)"
BLANK_LEVELS = 2  # of 255: a picture whose levels differ by no more shows nothing


LARGEST = 1 << 27  # pixels of one picture: no cutout is larger, and a small file can claim any size
FORMATS = (
    "JPEG",
    "PNG",
    "TIFF",
    "WEBP",
)  # Pillow knows others, some of which run programmes of their own (EPS)


class BadImage(Exception):
    """Why one picture cannot be used, in one line of words; the ingest sets the picture aside with
    them.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


def image_decoder(
    size: int,
    crop: float,
    mode: str = "RGB",
    expected: tuple[int, int] | None = None,
    blank_rows: float = 1.0,
) -> Callable[[bytes], np.ndarray]:
    """The function from the bytes of one JPEG or PNG to pixels (C, size, size) uint8.

    The middle square with `crop` times the picture's shorter side (0 < crop <= 1) is averaged over
    equal areas, also across fractions of pixels. `mode` is 'RGB' or 'L'; `expected` is the (width,
    height) that every picture must have, None for any. A picture with a larger share of blank rows
    than `blank_rows` is refused: a server's error message on black, where every row of the sky
    would show noise."""
    return partial(
        _decode, size=size, crop=crop, mode=mode, expected=expected, blank_rows=blank_rows
    )


def _decode(
    data: bytes,
    *,
    size: int,
    crop: float,
    mode: str,
    expected: tuple[int, int] | None,
    blank_rows: float,
) -> np.ndarray:
    if expected is not None:
        refuse_other_size(data, expected)
    from PIL import Image

    picture = open_image(data, mode, math.ceil(REDUCED * size / crop))
    if picture.mode != mode:
        grey = np.asarray(picture).astype(np.float64) / 257.0  # 65535 becomes 255
        picture = Image.fromarray(np.rint(grey.clip(0, 255)).astype(np.uint8)).convert(mode)
    if blank_rows < 1.0:
        refuse_blank_rows(np.asarray(picture), blank_rows)
    pixels = shrink(
        np.asarray(picture).reshape(picture.height, picture.width, -1).transpose(2, 0, 1),
        size,
        crop,
    )
    refuse_blank(pixels)
    return pixels


def refuse_other_size(data: bytes, expected: tuple[int, int]) -> None:
    """Raise BadImage if a picture is not (width, height) large, told from its header."""
    from PIL import Image

    if not data:
        raise BadImage(EMPTY)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
    except Exception as error:  # any library error on foreign bytes
        raise BadImage(f"not a whole JPEG, PNG, TIFF or WebP image ({error})") from error
    if (width, height) != expected:
        raise BadImage(f"{width} x {height} pixels, {expected[0]} x {expected[1]} expected")


def open_image(data: bytes, mode: str = "RGB", least: int = 0) -> Image.Image:
    """The decoded Pillow image in mode 'RGB' or 'L', or as it is (I, F) where it has more than 8
    bits; BadImage if any of it is missing or damaged.

    The orientation that EXIF states is obeyed, what is transparent is black. A JPEG may come at a
    half, a fourth or an eighth of its size, with no side below `least` pixels (0: whole)."""
    from PIL import Image, ImageOps

    if not data:
        raise BadImage(EMPTY)
    try:
        picture: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        refuse_large_array((picture.height, picture.width))
        if least:
            picture.draft(mode, (least, least))
        picture.load()
        picture = ImageOps.exif_transpose(picture)
    except BadImage:
        raise
    except (
        Exception
    ) as error:  # any library error on foreign bytes; the caller's programme is not in here
        raise BadImage(f"not a whole JPEG, PNG, TIFF or WebP image ({error})") from error
    if picture.mode in DEEP:
        return picture
    if "transparency" in picture.info or picture.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        seen = picture.convert("RGBA")
        black = Image.new("RGBA", seen.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, seen)
    return picture if picture.mode == mode else picture.convert(mode)


def refuse_large_array(shape: tuple[int, ...]) -> None:
    """Raise BadImage for more pixels than any cutout has: a small file can claim any size."""
    if math.prod(shape) > LARGEST:
        raise BadImage(
            f"{' x '.join(map(str, shape[::-1]))} pixels, at most {LARGEST} in all are allowed"
        )


def middle(width: int, height: int, crop: float) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the middle square whose side is `crop` times the shorter side."""
    side = crop * min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def refuse_blank_rows(picture: np.ndarray, allowed: float) -> None:
    """Raise BadImage if more than the share `allowed` of the rows of a picture (H, W) or (H, W, C)
    uint8 hold one level.
    """
    rows = picture.reshape(len(picture), -1)
    blank = float(np.mean(rows.max(axis=1) - rows.min(axis=1) <= BLANK_LEVELS))
    if blank > allowed:
        raise BadImage(
            f"{blank:.0%} of its rows are blank, at most {allowed:.0%} allowed: a message, not a"
            " picture of the sky?"
        )


def refuse_blank(pixels: np.ndarray) -> None:
    """Raise BadImage if the pixels (uint8) show nothing: an error message beside the centre, a dead
    field. ``pixels``: (height, width) or (height, width, bands).
    """
    low, high = int(pixels.min()), int(pixels.max())
    if high - low <= BLANK_LEVELS:
        raise BadImage(f"blank: every pixel of the part used is between {low} and {high} of 255")


def shrink(pixels: np.ndarray, size: int, crop: float) -> np.ndarray:
    """The middle square of pixels (C, H, W), averaged over areas to (C, size, size): uint8 rounded
    to uint8, all others float32.

    Each new pixel is the mean over its square, a pixel that the square cuts counting with the share
    inside. (Pillow's box filter takes whole pixels instead.) An unchanged size returns the pixels
    as they are."""
    from catalogs.images.averaging import area_means  # loads Numba

    height, width = pixels.shape[1:]
    if crop == 1.0 and height == width == size:
        return pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    left, top, right, bottom = middle(width, height, crop)
    found = area_means(pixels.transpose(1, 2, 0), (top, bottom), (left, right), size)
    return np.rint(found).astype(np.uint8) if pixels.dtype == np.uint8 else found


def array_decoder(
    size: int, crop: float, channels_last: bool = True
) -> Callable[[np.ndarray], np.ndarray]:
    """The function from one uint8 array (H, W), (H, W, C) or, not `channels_last`, (C, H, W) to
    pixels (C, size, size).

    Raises
    ------
    BadImage
        By the function: if the array has another shape or dtype, or shows nothing.
    """

    def decode(array: np.ndarray) -> np.ndarray:
        if array.dtype != np.uint8 or array.ndim not in (2, 3) or 0 in array.shape:
            raise BadImage(
                f"an array of shape {array.shape} and {array.dtype}, rows and columns of uint8"
                " expected"
            )
        planes = (
            array[None] if array.ndim == 2 else array.transpose(2, 0, 1) if channels_last else array
        )
        refuse_blank(planes)
        return shrink(np.ascontiguousarray(planes), size, crop)

    return decode
