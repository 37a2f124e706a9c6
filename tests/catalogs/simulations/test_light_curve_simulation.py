"""Simulated variables: closed forms of what they are made of, cadence, and that a star is always
the same star.
"""

import numpy as np
import pytest

from catalogs.simulations import variables as simulate
from catalogs.surveys import simulated_variables


def test_magnification_in_closed_form():
    """A(1) = 3 / sqrt 5 (Paczynski 1986); A goes to 1 / u for small u, to 1 for large."""
    found = simulate.magnification(np.array([1.0, 1e-3, 50.0]))
    assert found[0] == pytest.approx(3 / np.sqrt(5)) and found[1] == pytest.approx(1000.0, rel=1e-5)
    assert found[2] == pytest.approx(1.0, abs=1e-6)


def test_overlap_of_discs_in_closed_form():
    """Apart 0; one within the other, its area; equal discs of radius 1 a radius apart, 2 pi / 3 -
    sqrt(3) / 2.
    """
    found = simulate.overlap(np.array([3.1, 0.2, 0.0]), 2.0, 1.0)
    assert found.tolist() == pytest.approx([0.0, np.pi, np.pi])
    assert simulate.overlap(np.array([1.0]), 1.0, 1.0)[0] == pytest.approx(
        2 * np.pi / 3 - np.sqrt(3) / 2
    )
    assert simulate.overlap(np.array([3.0, 9.0]), 2.0, 1.0).tolist() == [0.0, 0.0]


def test_cadence_has_seasons_and_nights():
    cadence = simulate.Cadence(seasons=4, season_days=200)
    time = simulate.times(cadence, np.random.default_rng(1))
    gaps = np.diff(time)
    assert (gaps > 100).sum() == 3 and gaps.min() > 0.5 and 120 < len(time) < 280


@pytest.mark.parametrize("label", simulate.CLASSES)
def test_every_class_keeps_to_its_description(label):
    for number in range(6):
        time, magnitude, error, truth = simulate.light_curve(
            label, simulate.Cadence(), np.random.default_rng(number)
        )
        assert np.isfinite(magnitude).all() and (error > 0).all() and (np.diff(time) > 0).all()
        periodic = label not in ("constant", "microlensing")
        assert np.isfinite(truth["period_days"]) == periodic
        spread = (magnitude - np.median(magnitude)) / error
        assert (
            (np.abs(spread) > 6).mean() < 0.01
            if label == "constant"
            else (np.abs(spread) > 3).sum() >= 2
        )


@pytest.mark.parametrize("label", ["RR Lyrae", "delta Scuti", "Cepheid"])
def test_the_amplitude_is_that_from_the_faintest_to_the_brightest(label):
    """Of pulsators, 30,000 epochs without noise to speak of: within what phases leave out."""
    if label not in simulate.CLASSES:
        pytest.skip(f"no class {label} is simulated")
    time = np.sort(np.random.default_rng(5).uniform(0, 3000, 30_000)) + simulate.START
    for number in range(4):
        signal, truth = simulate._MODELS[label](time, np.random.default_rng(number))
        assert np.ptp(signal) == pytest.approx(truth["amplitude"], rel=2e-3)


def test_star_is_the_same_whatever_their_number():
    few = list(simulate.truth_and_epochs(3, seed=9))
    many = list(simulate.truth_and_epochs(8, seed=9))
    assert (
        all(np.array_equal(a[2], b[2]) for a, b in zip(few, many))
        and few[0][0] == many[7][0] == "RR Lyrae"
    )


def test_truth_lies_beside_the_light_curves(tmp_path):
    light_curves = simulated_variables.build_light_curves({}, tmp_path, n=14)
    truth = simulated_variables.read_truth(tmp_path)
    assert (
        truth["object_id"].tolist() == light_curves.object_id.tolist()
        and light_curves.provenance["simulated"]
    )
    assert truth.loc[6, "einstein_days"] > 0 and np.isnan(truth.loc[0, "einstein_days"])
