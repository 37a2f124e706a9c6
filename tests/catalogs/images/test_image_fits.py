"""FITS planes: which HDU, bad pixels, orientation on the sky, bands on one grid, cutouts, and the
Lupton scaling.
"""

import numpy as np
import pytest
from image_samples import blob, fits_bytes, sky_header

from catalogs.errors import CatalogueError
from catalogs.images.cutouts import cutouts, plane_decoder
from catalogs.images.decoding import BadImage
from catalogs.images.fits import Plane, align, as_seen, fill_bad, fits_decoder, read_plane
from catalogs.images.scaling import LuptonScaling, sky_statistics

FLUX = blob(40, 5, (6, 3)) + np.random.default_rng(2).normal(0, 1, (40, 40))


def test_hdu_by_number_by_name_or_the_first_image():
    data = fits_bytes(None, None, SCI=FLUX, ERR=np.ones((40, 40)))
    assert np.allclose(read_plane(data).flux, FLUX) and np.allclose(
        read_plane(data, "SCI").flux, FLUX
    )
    assert (read_plane(data, 2).flux == 1).all()
    assert np.allclose(
        read_plane(fits_bytes(FLUX[None])).flux, FLUX
    )  # an axis of length 1 is dropped


def test_nan_and_masked_pixels_become_nan_then_sky():
    flux, mask = FLUX.copy(), np.zeros((40, 40), np.uint8)
    flux[0, :3], flux[1, 1], mask[5, 5] = np.nan, np.inf, 4
    plane = read_plane(fits_bytes(flux, None, MASK=mask), 0, "MASK")
    assert np.isnan(plane.flux).sum() == 5 and np.isnan(plane.flux[5, 5])
    filled = fill_bad(plane.flux[None])
    assert np.isfinite(filled).all() and abs(filled[0, 5, 5] - np.median(FLUX[:, :5])) < 1.0


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", r"the file is empty \(0 bytes\)"),
        (b"not FITS" * 400, "not a whole FITS image"),
        (fits_bytes(None), "no HDU holds a two-dimensional image"),
        (fits_bytes(np.zeros((3, 4, 5))), "no HDU holds a two-dimensional image"),
        (fits_bytes(FLUX)[:-6000], "not a whole FITS image"),
    ],
)
def test_broken_files_say_why(data, words):
    with pytest.raises(BadImage, match=words):
        read_plane(data)


def test_too_many_missing_pixels_are_refused():
    flux = FLUX.copy()
    flux[:10] = np.nan
    with pytest.raises(
        BadImage, match=r"25% of the pixels are missing \(NaN or masked\), at most 20% allowed"
    ):
        fill_bad(flux[None])


def test_rows_are_flipped_so_that_north_is_up():
    assert (as_seen(FLUX[None])[0] == FLUX[::-1]).all()


def test_image_that_counts_east_to_the_right_is_mirrored_back():
    usual, mirrored = (
        read_plane(fits_bytes(FLUX, sky_header(flip=flip))).wcs for flip in (False, True)
    )
    assert (as_seen(FLUX[None], usual)[0] == FLUX[::-1]).all()
    assert (as_seen(FLUX[None], mirrored)[0] == FLUX[::-1, ::-1]).all()


def test_bands_with_one_grid_are_not_interpolated():
    first, second = (read_plane(fits_bytes(flux, sky_header())) for flux in (FLUX, 2 * FLUX))
    assert (align([first, second])[1] == second.flux).all()


def test_shifted_band_is_brought_to_the_grid_of_the_first():
    """A band whose grid begins 3 pixels further east and 2 further south; a blob is smooth enough
    for bilinear steps.
    """
    smooth = blob(40, 6, (2, 1))
    shifted = np.zeros((40, 40))
    shifted[2:, 3:] = smooth[:-2, :-3]
    planes = [
        read_plane(fits_bytes(smooth, sky_header())),
        read_plane(fits_bytes(shifted, sky_header(x=23.5, y=22.5))),
    ]
    aligned = align(planes)[1]
    assert (
        np.nanmax(np.abs(aligned - smooth)) < 0.5
        and np.isnan(aligned[-1]).all()
        and np.isnan(aligned[:, -2:]).all()
    )


def test_half_pixel_shift_is_interpolated():
    smooth = blob(40, 6)
    planes = [
        read_plane(fits_bytes(smooth, sky_header())),
        read_plane(fits_bytes(smooth, sky_header(x=21.0))),
    ]
    aligned = align(planes)[1]
    expected = 0.5 * (smooth[:, 1:] + smooth[:, :-1])
    assert np.allclose(aligned[:, :-1], expected, atol=0.05)


def test_bands_of_unlike_shape_without_wcs_are_refused():
    with pytest.raises(BadImage, match=r"bands of shapes \(40, 40\) and \(39, 40\) without a WCS"):
        align([Plane(FLUX, None), Plane(FLUX[1:], None)])


def test_decoder_names_the_band_that_is_broken_or_absent():
    decode = fits_decoder(("i", "r"), 20, 1.0, LuptonScaling())
    with pytest.raises(BadImage, match="no file of band r"):
        decode({"i": fits_bytes(FLUX)})
    with pytest.raises(BadImage, match=r"band r: the file is empty \(0 bytes\)"):
        decode({"i": fits_bytes(FLUX), "r": b""})
    assert decode({"i": fits_bytes(FLUX), "r": fits_bytes(FLUX)}).shape == (2, 20, 20)


def test_cutouts_by_position(tmp_path):
    """Two positions in one large image: the centre, one 5 arcsec (10 pixels) east of it, and one
    off the image.
    """
    (tmp_path / "g.fits").write_bytes(fits_bytes(FLUX, sky_header()))
    ra = 10.0 + np.array([0.0, 5.0, 3600.0]) / 3600 / np.cos(np.radians(20))
    source = cutouts({"g": tmp_path / "g.fits"}, ["a", "b", "c"], ra, np.full(3, 20.0), 5.0)
    found = {name: planes["g"].flux for name, planes in source(0)}
    assert np.allclose(found["a"], FLUX[15:25, 15:25]) and np.allclose(
        found["b"], FLUX[15:25, 5:15]
    )
    decode = plane_decoder(("g",), 10, 1.0, LuptonScaling())
    assert decode({"g": Plane(found["a"], None)}).shape == (1, 10, 10)
    with pytest.raises(BadImage, match="the position lies outside the image"):
        decode({"g": Plane(found["c"], None)})
    assert [name for name, _ in source(2)] == ["c"]


def test_cutout_without_wcs_is_an_error(tmp_path):
    (tmp_path / "g.fits").write_bytes(fits_bytes(FLUX))
    with pytest.raises(CatalogueError, match="need an image with a celestial WCS"):
        next(cutouts({"g": tmp_path / "g.fits"}, ["a"], [10.0], [20.0], 5.0)(0))


def test_lupton_scaling_agrees_with_astropy():
    """astropy.visualization's own implementation of Lupton et al. 2004, within the rounding of 8
    bits.
    """
    from astropy.visualization import make_lupton_rgb

    bands = np.stack([factor * FLUX for factor in (1.3, 1.0, 0.6)])
    ours = LuptonScaling(minimum=0.5, stretch=8.0, q=6.0)(bands)
    theirs = make_lupton_rgb(*bands, minimum=0.5, stretch=8.0, Q=6.0).transpose(2, 0, 1)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_scaling_keeps_colour_and_order():
    ramp = np.linspace(1, 5000, 200).reshape(1, 1, 200)
    scaled = LuptonScaling(stretch=10)(np.concatenate([2 * ramp, ramp])).astype(int)
    assert (np.diff(scaled[0, 0]) >= 0).all() and scaled.max() <= 255
    bright = scaled[:, 0, 20:]
    assert np.abs(bright[0] / bright[1] - 2).max() < 0.05


def test_sky_unit_makes_exposures_alike():
    scaling = LuptonScaling(minimum=-1, stretch=10, unit="sky")
    first, second = scaling(FLUX[None]), scaling(40 * FLUX[None] + 1000)
    assert np.abs(first.astype(int) - second).max() <= 1


def test_sky_statistics_ignore_the_object():
    noise = np.random.default_rng(3).normal(7, 2, (1, 200, 200))
    noise[0, 90:110, 90:110] += 500
    level, spread = sky_statistics(noise)
    assert (
        abs(level[0] - 7) < 0.05 and abs(spread[0] - 2) < 0.1
    )  # 40,000 pixels: 0.01 and 0.02 are the errors


def test_impossible_scaling_is_refused():
    with pytest.raises(
        CatalogueError, match="stretch and q must be above 0 and unit 'flux' or 'sky'"
    ):
        LuptonScaling(stretch=0)
    assert (
        LuptonScaling(weights=(1, 2)).describe()["reference"] == "Lupton et al. 2004, PASP 116, 133"
    )
