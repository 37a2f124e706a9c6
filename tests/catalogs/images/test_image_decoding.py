"""JPEG and PNG bytes to pixels: what is kept, what is averaged, and what is refused with which
words.
"""

import numpy as np
import pytest
from image_samples import blob, encoded

from catalogs.images.decoding import (
    BadImage,
    array_decoder,
    image_decoder,
    middle,
    open_image,
    shrink,
)


def test_png_pixels_come_through_unchanged(colour_picture):
    decoded = image_decoder(60, 1.0)(encoded(colour_picture, "PNG"))
    assert decoded.shape == (3, 60, 60) and decoded.dtype == np.uint8
    assert (decoded == colour_picture.transpose(2, 0, 1)).all()


def test_area_average_of_whole_pixels_is_their_mean():
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4) * 10
    expected = pixels.reshape(2, 2, 2, 2).mean(axis=(1, 3))
    assert (
        np.abs(shrink(pixels[None], 2, 1.0)[0] - expected).max() <= 0.5
    )  # rounded to whole levels


def test_area_average_reaches_across_fractions_of_pixels():
    pixels = np.array(
        [[0, 0, 90]] * 3, dtype=np.uint8
    )  # 3 pixels onto 2: each is the mean of 1.5 pixels
    assert shrink(pixels[None], 2, 1.0)[0, 0].tolist() == [0, 60]


def test_crop_keeps_the_middle_of_the_shorter_side():
    assert middle(423, 423, 0.5) == (105.75, 105.75, 317.25, 317.25)
    assert middle(100, 60, 1.0) == (20.0, 0.0, 80.0, 60.0)
    pixels = np.zeros((8, 8), np.uint8)
    pixels[2:6, 2:6] = np.arange(16).reshape(4, 4)
    assert (shrink(pixels[None], 4, 0.5)[0] == pixels[2:6, 2:6]).all()


def test_sixteen_bit_grey_is_scaled_not_clipped():
    deep = (blob(32, 6, peak=65535)).astype(np.uint16)
    decoded = image_decoder(32, 1.0, mode="L")(encoded(deep, "PNG"))
    assert np.abs(decoded[0] - deep / 257.0).max() <= 0.5


def test_grey_picture_in_a_colour_survey_has_three_equal_planes():
    planes = image_decoder(32, 1.0)(encoded(blob(32).astype(np.uint8), "PNG"))
    assert planes.shape == (3, 32, 32) and (planes[0] == planes[2]).all()


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", r"the file is empty \(0 bytes\)"),
        (b"<html>not here</html>", "not a whole JPEG, PNG, TIFF or WebP image"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "not a whole JPEG, PNG, TIFF or WebP image"),
    ],
)
def test_bytes_that_are_no_picture(data, words):
    with pytest.raises(BadImage, match=words):
        open_image(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_truncated_pictures_are_refused(form, colour_picture):
    whole = encoded(colour_picture, form)
    with pytest.raises(BadImage, match=r"not a whole JPEG, PNG, TIFF or WebP image .*[Tt]runcated"):
        open_image(whole[: len(whole) // 2])


def test_wrong_size_names_both_sizes(colour_picture):
    decode = image_decoder(32, 1.0, expected=(64, 64))
    with pytest.raises(BadImage, match="60 x 60 pixels, 64 x 64 expected"):
        decode(encoded(colour_picture))


def test_blank_part_and_message_on_black_are_refused():
    message = np.zeros((60, 60), np.uint8)
    message[5:15, 5:50:2] = 255  # letters in the upper part only
    with pytest.raises(
        BadImage, match="blank: every pixel of the part used is between 0 and 0 of 255"
    ):
        image_decoder(16, 0.4)(encoded(message, "PNG"))
    with pytest.raises(BadImage, match="83% of its rows are blank, at most 50% allowed"):
        image_decoder(16, 0.9, blank_rows=0.5)(encoded(message, "PNG"))


def test_arrays_of_a_wrong_kind_are_refused():
    decode = array_decoder(8, 1.0)
    with pytest.raises(
        BadImage, match=r"shape \(8, 8\) and float64, rows and columns of uint8 expected"
    ):
        decode(np.zeros((8, 8)))
    first = array_decoder(8, 1.0, channels_last=False)(
        np.arange(192, dtype=np.uint8).reshape(3, 8, 8)
    )
    assert first.shape == (3, 8, 8)
