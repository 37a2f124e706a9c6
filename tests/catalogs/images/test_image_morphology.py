"""Concentration, asymmetry, smoothness, Gini and M20: closed forms, independent libraries, and what
must not matter.
"""

import numpy as np
import pytest
import torch
from image_samples import blob
from scipy import ndimage

from catalogs.images.morphology import (
    apertures,
    batch,
    columns,
    gini_m20,
    measure,
    segments,
    smoothness,
)
from catalogs.images.morphology.asymmetry import asymmetry_about, half_turn
from catalogs.images.scaling import LuptonScaling
from catalogs.images.stack import ImageStack
from catalogs.simulations import galaxies as simulate

SIZE, SIGMA = 128, 12.0
ROUND = torch.tensor(blob(SIZE, SIGMA))[
    None
]  # a Gaussian: I = exp(-x), x = r^2 / (2 sigma^2), holds 1 - exp(-x) inside
CENTRE = torch.tensor([[(SIZE - 1) / 2, (SIZE - 1) / 2]], dtype=torch.float64)
DISTANCE = apertures.distances(SIZE, CENTRE)
CURVE = apertures.growth(ROUND, torch.ones_like(ROUND), DISTANCE)
PETROSIAN = SIGMA * np.sqrt(2 * 2.6603)  # x / (exp(x) - 1) = 0.2 has the root 2.6603


def radius_of(share):
    return SIGMA * np.sqrt(-2 * np.log(1 - share))


def stack_of(*pictures, bands=("i", "r", "g")):
    """A stack of grey pictures (S, S), the same in all bands, over a noisy sky of 20 levels."""
    noise = np.random.default_rng(7).normal(20, 2, (len(pictures), 3, *pictures[0].shape))
    pixels = (noise + np.array(pictures)[:, None]).clip(0, 255).round().astype(np.uint8)
    return ImageStack(np.array([f"g{i}" for i in range(len(pictures))]), pixels, bands)


def test_growth_of_a_flat_picture_is_the_area_of_the_circle():
    flat = torch.ones_like(ROUND)
    curve = apertures.growth(flat, flat, DISTANCE)
    inside = (curve.radius >= 2) & (curve.radius <= 60)
    expected = np.pi * curve.radius[inside] ** 2
    assert (curve.area[0, inside] / expected - 1).abs().max() < 0.03 and torch.equal(
        curve.flux, curve.area
    )
    assert (curve.area[0, inside][30:] / expected[30:] - 1).abs().max() < 0.003  # from 17 pixels on


def test_growth_agrees_with_exact_apertures_of_photutils():
    aperture = pytest.importorskip("photutils.aperture")
    picture = ROUND[0].numpy() + np.random.default_rng(0).normal(0, 5, (SIZE, SIZE))
    curve = apertures.growth(torch.tensor(picture)[None], torch.ones_like(ROUND), DISTANCE)
    for k in (10, 25, 60, 100):
        circle = aperture.CircularAperture((63.5, 63.5), float(curve.radius[k]))
        theirs = circle.do_photometry(picture, method="exact")[0][0]
        assert abs(curve.flux[0, k] - theirs) < 0.002 * ROUND.sum()


def test_masked_pixels_count_neither_as_light_nor_as_area():
    weight = (DISTANCE > 10).double()
    curve = apertures.growth(ROUND, weight, DISTANCE)
    assert curve.flux[0, 18] == 0 and curve.area[0, 18] == 0
    assert abs(curve.area[0, -1] - weight.sum()) < 1e-6


def test_petrosian_radius_of_a_gaussian():
    reach = torch.tensor([SIZE * 2**0.5])
    assert (
        abs(apertures.petrosian_radius(CURVE, reach).item() - PETROSIAN) < 0.1
    )  # bins of half a pixel


def test_petrosian_radius_of_a_flat_picture_is_the_end_of_the_curve():
    flat = torch.ones_like(ROUND)
    curve = apertures.growth(flat, flat, DISTANCE)
    curve = apertures.Growth(curve.radius[:100], curve.flux[:, :100], curve.area[:, :100])
    found = apertures.petrosian_radius(curve, torch.tensor([60.0]))
    assert abs(found.item() - curve.radius[-2].item()) < 1.0


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_radius_of_a_share_of_a_gaussian(share):
    total = torch.tensor([float(ROUND.sum())], dtype=torch.float64)
    assert abs(apertures.radius_of_share(CURVE, share, total).item() - radius_of(share)) < 0.05
    assert torch.isnan(apertures.radius_of_share(CURVE, share, -total)).all()


def test_half_turn_about_the_middle_is_two_flips():
    plane = torch.rand(1, 2, 9, 9, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(
        half_turn(plane, torch.tensor([[4.0, 4.0]])), plane.flip((2, 3)), atol=1e-5
    )
    moved = half_turn(
        plane, torch.tensor([[3.5, 4.0]])
    )  # about the edge between columns 3 and 4: column c goes to 7 - c
    assert (
        torch.allclose(moved[..., :8], plane[..., :8].flip((2, 3)), atol=1e-5)
        and (moved[..., 8] == 0).all()
    )


def test_asymmetry_of_one_sided_light():
    """A share f of extra light on one side differs there and at the opposite place: A = 2 f / (1 +
    f).
    """
    extra = torch.zeros_like(ROUND)
    extra[0, 40, 80] = 0.25 * ROUND.sum()
    planes = torch.stack([ROUND + extra, torch.zeros_like(ROUND)], 1).float()
    found = asymmetry_about(planes, CENTRE.float(), torch.tensor([60.0]), torch.tensor([0.0]))
    light_inside = float(
        (ROUND * apertures.disc(DISTANCE, torch.tensor([60.0]))).sum() / ROUND.sum()
    )
    assert abs(found.item() - 0.5 / (light_inside + 0.25)) < 1e-3


def test_quarter_turn_of_a_thin_bar_shares_nothing_with_it():
    """A bar and the bar turned by 90 degrees differ everywhere but at the centre: the sum is nearly
    2.
    """
    bar = torch.zeros(1, 65, 65)
    bar[0, 32, 8:57] = 1.0
    found = batch.quarter_asymmetry(bar, torch.ones_like(bar), torch.tensor([[32.0, 32.0]]))
    assert abs(found.item() - 2 * 48 / 49) < 1e-5
    assert abs(batch.quarter_asymmetry(ROUND, torch.ones_like(ROUND), CENTRE).item()) < 1e-6


def test_asymmetry_subtracts_the_skys_own():
    planes = torch.stack([ROUND, torch.zeros_like(ROUND)], 1).float()
    radius, sky = torch.tensor([30.0]), torch.tensor([2.0])
    area, light = (
        float((w * apertures.disc(DISTANCE, radius)).sum()) for w in (torch.ones_like(ROUND), ROUND)
    )
    assert (
        abs(asymmetry_about(planes, CENTRE.float(), radius, sky).item() + 2.0 * area / light) < 1e-4
    )


@pytest.mark.parametrize("side", [1, 2, 3, 8, 13])
def test_boxcar_agrees_with_scipy(side):
    picture = np.random.default_rng(side).random((2, 20, 20))
    theirs = np.stack([ndimage.uniform_filter(plane, side) for plane in picture])
    assert np.allclose(
        smoothness.boxcar(torch.tensor(picture), torch.tensor([side, side])).numpy(), theirs
    )


@pytest.mark.parametrize("sigma", [1.0, 2.7, 6.0])
def test_gaussian_agrees_with_scipy(sigma):
    picture = np.random.default_rng(3).random((2, 30, 30))
    theirs = np.stack([ndimage.gaussian_filter(plane, sigma, mode="constant") for plane in picture])
    assert np.allclose(
        segments.gaussian(torch.tensor(picture), torch.tensor([sigma, sigma])).numpy(), theirs
    )


def test_fine_structure_is_a_share_even_where_the_light_cancels():
    """Noise about 0: S divides by what is left of the light; of sum |I| a boxcar of 9 pixels leaves
    out a share below 1.
    """
    noise = torch.from_numpy(np.random.default_rng(3).normal(0, 1, (1, 64, 64)))
    noise -= noise.mean()
    found = smoothness.fine_structure(noise, torch.ones_like(noise))
    # I - I_s is normal with variance 8/9, its positive half has the mean sqrt(8/9 / (2 pi)); |I|
    # has sqrt(2 / pi)
    assert found.item() == pytest.approx(np.sqrt(8 / 9) / 2, rel=0.03)
    assert smoothness.fine_structure(7 * noise, torch.ones_like(noise)).item() == pytest.approx(
        found.item()
    )
    assert smoothness.fine_structure(0 * noise, torch.ones_like(noise)).isnan().all()


def test_smoothness_of_a_chequered_disc():
    """Levels 1 +- a in turn under an odd boxcar of side k: I - I_s is a (1 - 1/k^2) on half of the
    pixels.
    """
    grid = torch.arange(SIZE)
    sign = 1.0 - 2.0 * ((grid[:, None] + grid[None, :]) % 2)
    ring = apertures.disc(DISTANCE, torch.tensor([50.0])) - apertures.disc(
        DISTANCE, torch.tensor([10.0])
    )
    found = smoothness.smoothness(
        (1.0 + 0.4 * sign)[None].double(), ring, torch.tensor([5]), torch.tensor([0.0])
    )
    assert abs(found.item() - 0.5 * 0.4 * (1 - 1 / 25)) < 1e-3


@pytest.mark.parametrize(
    "values, expected",
    [
        (np.full(100, 3.0), 0.0),
        (np.eye(10)[0], 1.0),
        (np.arange(1, 101.0), 1 / 3),
        (-np.arange(1, 101.0), 1 / 3),
    ],
)
def test_gini_in_closed_form(values, expected):
    flux = torch.tensor(values).reshape(1, 10, -1)
    assert (
        abs(gini_m20.gini(flux, torch.ones_like(flux, dtype=torch.bool)).item() - expected) < 1e-9
    )


def test_gini_of_exponential_values_is_one_half():
    flux = -torch.log(1 - (torch.arange(40000, dtype=torch.float64) + 0.5) / 40000).reshape(
        1, 200, 200
    )
    assert abs(gini_m20.gini(flux, torch.ones_like(flux, dtype=torch.bool)).item() - 0.5) < 1e-3


def test_gini_needs_two_pixels_and_light():
    flux = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    one = torch.tensor([[[True, False], [False, False]]])
    assert torch.isnan(gini_m20.gini(flux, one)) and torch.isnan(gini_m20.gini(0 * flux, ~one))


def test_m20_of_a_gaussian():
    """The brightest fifth lies inside x = -ln 0.8; its moment is 1 - 0.8 (1 + x) of the total:
    log10 is -1.668.
    """
    found = gini_m20.m20(ROUND, torch.ones_like(ROUND, dtype=torch.bool)).item()
    assert (
        abs(found - np.log10(1 - 0.8 * (1 - np.log(0.8)))) < 0.02
    )  # a pixel more or less among the brightest 400


def test_m20_does_not_care_where_the_galaxy_lies():
    moved = ROUND.roll((5, -9), (1, 2))
    everything = torch.ones_like(ROUND, dtype=torch.bool)
    assert abs(gini_m20.m20(moved, everything) - gini_m20.m20(ROUND, everything)) < 0.02


def test_whole_measurement_of_a_gaussian():
    found = measure(stack_of(blob(SIZE, SIGMA))).iloc[0]
    concentration = 5 * np.log10(radius_of(0.8) / radius_of(0.2))  # 2.145
    assert abs(found["concentration"] - concentration) < 0.03
    assert (
        abs(found["asymmetry"]) < 0.03 and abs(found["smoothness"]) < 0.03
    )  # the sky's share is taken off
    assert found["ellipticity"] < 0.05 and abs(found["half_light_radius"] - radius_of(0.5)) < 0.2
    assert -1.7 < found["m20"] < -1.5 and abs(found["colour_r_i"]) < 0.01


def test_colours_are_ratios_of_the_bands():
    stack = stack_of(blob(64, 6, peak=100))
    pixels = stack.pixels.copy()
    pixels[:, 0] = (20 + 2.0 * (pixels[:, 0].astype(float) - 20)).clip(
        0, 255
    )  # twice the light in i
    found = measure(ImageStack(stack.object_id, pixels, stack.bands)).iloc[0]
    assert abs(found["colour_r_i"] - 2.5 * np.log10(2.0)) < 0.02 and abs(found["colour_g_r"]) < 0.02


@pytest.fixture(scope="module")
def galaxies():
    """Simulated galaxies of all classes, bright and sharp, as a stack of 96 x 96 pixels."""
    truth = simulate.truth(30, 1)
    truth = truth[(truth.signal_to_noise > 40) & (truth.psf_fwhm < 4)].head(8)
    scaling = LuptonScaling(minimum=-1, stretch=10, q=8)
    pixels = np.stack([scaling(simulate.observe(row, 96)[0]) for _, row in truth.iterrows()])
    return ImageStack(np.array([f"s{i}" for i in truth.index]), pixels, simulate.BANDS)


@pytest.mark.parametrize(
    "turned", [lambda p: p[..., ::-1], lambda p: p[..., ::-1, :], lambda p: p.swapaxes(2, 3)]
)
def test_mirrors_and_turns_change_nothing(galaxies, turned):
    """Up to the search for the centre in steps of 1/8 pixel. The sky's share of A and S is left out
    here: it is measured in the first free box in reading order, which is another box in the turned
    picture.
    """
    first, second = (
        bare_shape(pixels)
        for pixels in (galaxies.pixels, np.ascontiguousarray(turned(galaxies.pixels)))
    )
    for name in first:
        bar = 0.03 if name in ("m20", "concentration", "half_light_radius") else 0.01
        assert (first[name] - second[name]).abs().max() < bar, name


def bare_shape(pixels):
    """The shape columns of noise-free sky: with every pixel below 2 levels of the sky's median put
    to the median.
    """
    flux = torch.from_numpy(np.array(pixels)).float().mean(1)
    level, spread = segments.sky_level(flux)
    flux = flux - level[:, None, None]
    galaxy, others = segments.segment(flux, spread)
    return batch.shape(torch.where(galaxy | others, flux, 0.0), galaxy, others)[0]


def test_batches_do_not_change_a_measurement(galaxies):
    together, alone = measure(galaxies), measure(galaxies, batch=1)
    assert np.allclose(together, alone, atol=1e-5)


def test_neighbour_is_masked():
    lonely, crowded = blob(SIZE, 8), blob(SIZE, 8) + blob(SIZE, 3, (45, -40), peak=150)
    first, second = measure(stack_of(lonely)).iloc[0], measure(stack_of(crowded)).iloc[0]
    for name in ("concentration", "gini", "m20"):
        assert abs(first[name] - second[name]) < 0.05


def test_empty_sky_measures_nothing():
    found = measure(stack_of(blob(64, 6), np.zeros((64, 64)), blob(64, 2, (25, 25))))
    assert found.iloc[0].notna().all() and found.iloc[1:].isna().all(axis=None)


def test_columns_describe_what_is_measured(galaxies):
    assert [column.name for column in columns(galaxies.bands)] == list(measure(galaxies))
    empty = ImageStack(np.array([], dtype=str), galaxies.pixels[:0], galaxies.bands)
    assert measure(empty).shape == (0, 12)
