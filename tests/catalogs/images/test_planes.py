"""Picture files of every kind and depth as planes, and which picture is whose."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image

from catalogs import resolve
from catalogs.errors import CatalogueError
from catalogs.images.decoding import BadImage, open_image
from catalogs.images.fits import Plane, align
from catalogs.images.matching import Matching
from catalogs.images.morphology.batch import measure_batch
from catalogs.images.planes import Reading, pixel_decoder, planes

GREY = Reading(("grey",), "L")
COLOUR = Reading(("red", "green", "blue"))
COUNTS = np.random.default_rng(0).integers(0, 4096, (20, 30)).astype(np.uint16)


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_stay_as_they_are(format):
    found = planes(saved(Image.fromarray(COUNTS), format), GREY)
    assert found.dtype == np.float32 and (found[0] == COUNTS).all()


def test_floats_of_a_tiff_stay_as_they_are():
    flux = np.random.default_rng(1).normal(size=(9, 7)).astype(np.float32) * 1e-3
    assert (planes(saved(Image.fromarray(flux), "TIFF"), GREY)[0] == flux).all()


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_eight_bits_are_eight_bits(format):
    pixels = np.random.default_rng(2).integers(0, 256, (8, 9, 3)).astype(np.uint8)
    options = {"lossless": True} if format == "WEBP" else {}
    found = planes(saved(Image.fromarray(pixels), format, **options), COLOUR)
    assert found.dtype == np.uint8 and (found == pixels.transpose(2, 0, 1)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(orientation):
    """Pillow's own reading of the tag is the reference: the corners tell all eight apart."""
    from PIL import ImageOps

    pixels = np.zeros((40, 60), np.uint8)
    pixels[:20, :30], pixels[:20, 30:], pixels[20:, :30] = 250, 150, 70
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(image, "JPEG", quality=95, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(planes(data, GREY)[0], np.asarray(upright))
    assert planes(data, GREY).shape[1:] == ((40, 60) if orientation < 5 else (60, 40))


def test_what_is_transparent_is_black():
    pixels = np.full((4, 4, 4), 200, np.uint8)
    pixels[..., 3] = 255
    pixels[:2, :, 3] = 0
    found = planes(saved(Image.fromarray(pixels), "PNG"), COLOUR)
    assert (found[:, :2] == 0).all() and (found[:, 2:] == 200).all()


def test_a_palette_is_looked_up():
    image = Image.fromarray(np.arange(16, dtype=np.uint8).reshape(4, 4), "P")
    image.putpalette([v for k in range(256) for v in (k, 2 * k % 256, 255 - k)])
    found = planes(saved(image, "PNG"), COLOUR)
    assert found[:, 1, 1].tolist() == [5, 10, 250]
    image.info["transparency"] = 5
    found = planes(saved(image, "PNG", transparency=5), COLOUR)
    assert found[:, 1, 1].tolist() == [0, 0, 0] and found[:, 1, 2].tolist() == [6, 12, 249]


def hdus(**images):
    made = [fits.ImageHDU(data, name=name) for name, data in images.items()]
    return fits.HDUList([fits.PrimaryHDU(), *made])


def bytes_of(hdu_list):
    file = io.BytesIO()
    hdu_list.writeto(file)
    return file.getvalue()


def test_fits_by_name_number_gzip_and_fpack():
    """Row 0 of the array is the lowest on the sky: it comes last."""
    image = COUNTS.astype(np.float32)
    data = bytes_of(hdus(WHT=np.ones((20, 30), np.float32), SCI=image))
    for hdu in ("SCI", 2):
        found = planes(data, Reading(("grey",), "L", hdu))
        assert (found[0] == image[::-1]).all()
    assert (planes(data, GREY) == 1).all()
    found = planes(gzip.compress(data), Reading(("grey",), "L", "SCI"))
    assert (found[0] == image[::-1]).all()
    packed = fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(COUNTS.astype(np.int32))])
    assert (planes(bytes_of(packed), GREY)[0] == COUNTS[::-1]).all()


def test_planes_of_a_cube_are_bands():
    cube = np.arange(3 * 12 * 10, dtype=np.float32).reshape(3, 12, 10)
    data = bytes_of(fits.HDUList([fits.PrimaryHDU(cube)]))
    found = planes(data, Reading(("g", "r", "i"), "planes"))
    assert (found == cube[:, ::-1]).all()
    with pytest.raises(BadImage, match="3 planes for the bands g, r"):
        planes(data, Reading(("g", "r"), "planes"))


def test_arrays_of_numpy():
    bands = Reading(("g", "r", "i"), "planes")
    array = np.random.default_rng(3).normal(size=(3, 9, 8)).astype(np.float32)
    for given in (array, array.transpose(1, 2, 0)):
        file = io.BytesIO()
        np.save(file, given)
        assert (planes(file.getvalue(), bands) == array).all()
    file = io.BytesIO()
    np.savez(file, image=array, mask=array > 0)
    found = planes(file.getvalue(), Reading(bands.bands, "planes", key="image"))
    assert (found == array).all()
    with pytest.raises(BadImage, match="arrays image, mask; name one as key"):
        planes(file.getvalue(), bands)


def test_a_jpeg_at_reduced_scale_is_nearly_the_average():
    """libjpeg's reduced decoding against averaging the whole picture: within a level of 255 in the
    mean, and never far off."""
    y, x = np.mgrid[:400, :400]
    wave = 120 + 60 * np.sin(x / 15.0) + 50 * np.exp(-((x - 200) ** 2 + (y - 180) ** 2) / 3000)
    data = saved(Image.fromarray(wave.astype(np.uint8)), "JPEG", quality=95)
    reduced = pixel_decoder(GREY, 64, 1.0)(data).astype(float)
    assert open_image(data, "L", 96).size == (100, 100)
    whole = np.asarray(open_image(data, "L")).astype(float)
    exact = whole[:384, :384].reshape(64, 6, 64, 6).mean(axis=(1, 3))
    assert exact.shape == (64, 64)
    again = pixel_decoder(GREY, 64, 1.0)(saved(Image.fromarray(wave.astype(np.uint8)), "PNG"))
    assert np.abs(reduced - again).mean() < 1.0 and np.abs(reduced - again).max() < 8


def plane(side, arcsec, peak=1000.0):
    """A Gaussian source of one total flux on a grid of `side` pixels of that scale."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix = [150.0, 2.0], [(side + 1) / 2] * 2
    wcs.wcs.cdelt = [-arcsec / 3600, arcsec / 3600]
    grid = (np.arange(side) - (side - 1) / 2) * arcsec
    bell = np.exp(-0.5 * (grid[:, None] ** 2 + grid**2) / 3.0**2)
    return Plane(peak * bell * arcsec**2 / (2 * np.pi * 9.0), wcs)


@pytest.mark.parametrize("scale", [0.25, 0.5, 2.0])
def test_bands_of_unlike_pixels_keep_their_colours(scale):
    """One flux on pixels of 1 arcsec and of another scale: both planes hold it (within 2 per cent),
    where interpolation alone is off by the ratio of areas, 1.5 mag at a factor of two."""
    found = align([plane(40, 1.0), plane(int(40 / scale) + 8, scale)])
    light = np.nansum(found, axis=(1, 2))
    assert light == pytest.approx([1000.0, 1000.0], rel=0.02)


def test_a_picture_without_light_has_no_measurements_and_no_infinities():
    rng = np.random.default_rng(4)
    dark = np.zeros((5, 1, 48, 48), np.float32)
    dark[1] = rng.normal(0, 1, (1, 48, 48))
    dark[2], dark[3, 0, 24, 24], dark[4] = -7.0, 1e30, np.where(np.eye(48) > 0, 3e38, 0)
    found = measure_batch(dark, ("grey",), "cpu")
    assert all(not np.isinf(values).any() for values in found.values())
    assert np.isnan(found["asymmetry"][[0, 2]]).all()


def test_names_of_all_forms_find_their_pictures():
    match = Matching(["s1", "s2.png", "sub/s3", "pics/s4.png"], "pics")
    assert [match(f) for f in ("s1.jpg", "s2.png", "sub/s3.fits.gz", "s4.png", "else.png")] == [
        "s1",
        "s2.png",
        "sub/s3",
        "pics/s4.png",
        "else",
    ]


def test_class_folders_by_path_and_an_ambiguous_name_is_refused():
    match = Matching(["spiral/001", "elliptical/001"])
    assert match("spiral/001.png") == "spiral/001" and match("elliptical/001.png") != "spiral/001"
    match = Matching(["001"])
    match("elliptical/001.png")
    with pytest.raises(CatalogueError, match=r"object '001': both elliptical/001.png and spiral/0"):
        match("spiral/001.png")


TOML = """
name = "mine"
scheme = { name = "own", classes = ["x", "y"], ordered = false }
[table]
file = "objects.csv"
[objects]
id = "id"
[label]
column = "type"
[splits.main]
kind = "stratified"
test_fraction = 0.5
[images]
file = "pics"
mode = "L"
size = 16
measured_size = 24
"""


def test_a_survey_measures_deep_pictures_with_their_own_numbers(tmp_path):
    """Twelve bits in a file of sixteen: counts when measured, asinh for classifiers; a dark picture
    is set aside and said."""
    (tmp_path / "pics").mkdir()
    grid = np.arange(24) - 11.5
    for number in range(4):
        bell = 3000 * np.exp(-0.5 * (grid[:, None] ** 2 + grid**2) / (2 + number))
        counts = (100 + bell).astype(np.uint16) if number else np.zeros((24, 24), np.uint16)
        Image.fromarray(counts).save(tmp_path / "pics" / f"p{number}.png")
    table = pd.DataFrame({"id": [f"p{n}" for n in range(4)], "type": ["x", "y", "x", "y"]})
    table.to_csv(tmp_path / "objects.csv", index=False)
    (tmp_path / "survey.toml").write_text(TOML)
    survey = resolve.survey(str(tmp_path / "survey.toml"))
    files = survey.toml_files
    whole = survey.images.build_measured(files, tmp_path / "a", size=24, crop=1.0)
    assert whole.pixels.dtype == np.float32 and whole.pixels.max() > 2900
    shown = survey.images.stack(files, tmp_path / "b")
    assert shown.pixels.dtype == np.uint8 and shown.scaling["kind"].startswith("asinh")
    catalogue = survey.images.measured(survey.ingest(files), files, tmp_path / "c", survey.columns)
    assert len(catalogue) == 3
    assert any("have no usable picture (p0)" in said for said in catalogue.provenance["account"])


CASES = Path(os.environ.get("ASTRONN_CASES", "nowhere")) / "images"


@pytest.mark.skipif(not CASES.is_dir(), reason="needs ASTRONN_CASES, a folder of cases")
@pytest.mark.parametrize("name", ["exif_orientation", "file_name_as_id", "fits_cutouts"])
def test_cases(name, tmp_path):
    survey = resolve.survey(str(CASES / name / "survey.toml"))
    stack = survey.images.stack(survey.toml_files, tmp_path)
    assert len(stack) == (12 if name == "fits_cutouts" else 24) and not stack.set_aside
    if name == "exif_orientation":
        turned, upright = stack.pixels[:12].astype(int), stack.pixels[12:].astype(int)
        assert np.abs(turned.mean(0) - upright.mean(0)).mean() < 3


@pytest.mark.skipif(not CASES.is_dir(), reason="needs ASTRONN_CASES, a folder of cases")
def test_case_of_class_folders(tmp_path):
    survey = resolve.survey(str(CASES / "class_folders" / "survey.toml"))
    with pytest.raises(
        CatalogueError, match=r"both elliptical/000.png and spiral/000.png may show"
    ):
        survey.images.stack(survey.toml_files, tmp_path)
