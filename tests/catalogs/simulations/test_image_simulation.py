"""Simulated galaxies: the profile against astropy, the truth against the picture, the same picture
from the same seed.
"""

import numpy as np
import pandas as pd
import pytest

from catalogs.simulations import galaxies as simulate


def one(label="spiral", **changes) -> pd.Series:
    truth = simulate.truth(60, 3)
    row = truth[truth.label == label].iloc[0].copy()
    for name, value in changes.items():
        row[name] = value
    return row


@pytest.mark.parametrize("index", [1.0, 2.5, 4.0])
def test_sersic_profile_agrees_with_astropy(index):
    from astropy.modeling.models import Sersic1D

    radius = np.linspace(0.1, 40, 200)
    theirs = Sersic1D(amplitude=1.0, r_eff=7.0, n=index)(radius)
    assert np.allclose(
        simulate.sersic(radius, 7.0, index), theirs, rtol=2e-4
    )  # the series for b is good to 1e-4


def test_classes_are_equally_many_and_the_draw_is_repeatable():
    truth = simulate.truth(200, 5)
    assert set(truth.label.value_counts()) == {40} and tuple(sorted(truth.label.unique())) == tuple(
        sorted(simulate.CLASSES)
    )
    pd.testing.assert_frame_equal(truth, simulate.truth(200, 5))
    assert not truth.equals(simulate.truth(200, 6))


def test_components_are_those_of_the_class():
    truth = simulate.truth(100, 7)
    for label, present in {
        "elliptical": {"bulge"},
        "spiral": {"bulge", "disc", "arms"},
        "barred spiral": {"bulge", "disc", "arms", "bar"},
        "ringed": {"bulge", "disc", "ring"},
        "edge-on": {"bulge", "disc"},
    }.items():
        light = simulate.components(truth[truth.label == label].iloc[0], 64).sum(axis=(1, 2))
        assert {name for name, sum_ in zip(simulate.COMPONENTS, light) if sum_ > 0} == present
        assert light.sum() == pytest.approx(1.0)


def test_signal_to_noise_is_what_the_truth_says():
    """Measured on many noises: the light inside the half-light pixels over its scatter, in the mean
    of the three bands.
    """
    row = one("elliptical", signal_to_noise=40.0)
    pictures = []
    for seed in range(60):
        row["noise_seed"] = seed
        pictures.append(simulate.observe(row, 32)[0].mean(axis=0))
    mean = np.mean(pictures, axis=0)
    order = np.argsort(-mean.ravel())
    inside = order[: int(np.searchsorted(np.cumsum(mean.ravel()[order]), 0.5 * mean.sum())) + 1]
    sums = np.array([picture.ravel()[inside].sum() for picture in pictures])
    assert (
        abs(sums.mean() / sums.std(ddof=1) / 40.0 - 1) < 0.35
    )  # the scatter of 60 draws is known to 9%


def test_half_of_the_light_lies_inside_the_half_light_radius():
    row = one("edge-on", inclination=0.0, bulge_share=0.0, half_light=8.0)
    light = simulate.components(row, 128).sum(axis=0)
    grid = (np.arange(128) - 63.5) / 2
    inside = np.hypot(grid[:, None], grid[None, :]) <= 8.0
    assert light[inside].sum() == pytest.approx(
        0.5, abs=0.02
    )  # the picture cuts off the last per cent


def test_edge_on_disc_has_its_true_thickness():
    row = one("edge-on", inclination=90.0, position_angle=0.0, bulge_share=0.0, half_light=9.0)
    light = simulate.components(row, 256)[1]
    grid = np.arange(256) - 127.5
    wide, high = (np.sqrt((light * grid**2).sum()), np.sqrt((light * grid[:, None] ** 2).sum()))
    assert high / wide == pytest.approx(simulate.Q0, abs=0.02)


def test_mirrored_picture_winds_the_other_way():
    row = one("spiral", position_angle=0.0, inclination=0.0, phase=0.0, arms=2)
    other = row.copy()
    other["winding"] = -row.winding
    arms, mirrored = simulate.components(row, 64)[2], simulate.components(other, 64)[2]
    assert np.allclose(arms, mirrored[::-1]) and not np.allclose(arms, mirrored)


def test_winding_plus_one_turns_clockwise_outwards():
    """Followed outwards, the crest of an arm moves clockwise in the picture (row 0 at the top)."""
    row = one(
        "spiral",
        position_angle=0.0,
        inclination=0.0,
        phase=0.0,
        arms=2,
        winding=1,
        pitch=20.0,
        half_light=10.0,
    )
    arms = simulate.components(row, 256)[2]
    grid = np.arange(256) - 127.5
    angle = np.degrees(np.arctan2(-grid[:, None], grid[None, :]))  # anticlockwise from the right
    radius = np.hypot(grid[:, None], grid[None, :])

    def crest(r):
        ring = np.abs(radius - r) < 1.0
        doubled = np.radians(2 * angle[ring])  # two arms: the angle counts modulo 180 degrees
        return 0.5 * np.arctan2(
            (arms[ring] * np.sin(doubled)).sum(), (arms[ring] * np.cos(doubled)).sum()
        )

    steps = [np.sin(2 * (crest(r + 3) - crest(r))) for r in range(35, 60, 3)]
    assert max(steps) < 0


def test_masks_cover_the_component_and_not_the_sky():
    row = one("ringed", signal_to_noise=200.0, inclination=20.0)
    masks = simulate.masks(row, 64)
    ring, bar = (masks[simulate.COMPONENTS.index(name)] for name in ("ring", "bar"))
    assert masks.dtype == bool and ring.any() and not bar.any() and not masks[:, 0, 0].any()
    assert not ring[30:34, 30:34].any()
