"""Periods: sums and power against direct computation and astropy, harmonics in closed form, periods
found again.
"""

import numpy as np
import pytest
import torch
from astropy.timeseries import LombScargle
from curves import curves, visits

from catalogs.errors import CatalogueError
from catalogs.lightcurves.features.batches import batches, padded
from catalogs.lightcurves.periods import harmonics, lomb_scargle, trigonometric
from catalogs.lightcurves.periods.grid import FrequencyGrid, grid_of, nyquist
from catalogs.lightcurves.periods.search import OneBand, search, second_peak


def eclipses(phase, width=0.05, depths=(0.8, 0.3)):
    return sum(
        d * np.exp(-0.5 * (((phase - p + 0.5) % 1 - 0.5) / width) ** 2)
        for d, p in zip(depths, (0.0, 0.5))
    )


def noisy(times, magnitude, seed=0, sigma=0.02):
    return times, magnitude + sigma * np.random.default_rng(seed).standard_normal(len(times))


def batch_of(*stars):
    light_curves = curves(*stars)
    return light_curves, padded(light_curves, np.arange(len(light_curves)))


def test_sums_are_those_of_the_definition():
    """Float32 through an FFT of 2^13: errors of a few 1e-6 of the sum of absolute values."""
    rng = np.random.default_rng(2)
    position, values, k = rng.uniform(-3, 5, (2, 70)), rng.standard_normal((2, 70)), 1500
    exact = (
        values[:, None] * np.exp(-2j * np.pi * np.arange(k + 1)[:, None] * position[:, None])
    ).sum(-1)
    found = trigonometric.sums(torch.from_numpy(position), torch.from_numpy(values), k).numpy()
    assert np.abs(found - exact).max() < 1e-5 * np.abs(values).sum(1).max()


def test_power_is_that_of_astropy():
    times = [visits(60, seed=1), visits(400, seed=2)]
    stars = [noisy(t, 15 + 0.2 * np.sin(2 * np.pi * t / p)) for t, p in zip(times, (0.37, 12.0))]
    light_curves, batch = batch_of(
        *[(t, m, np.random.default_rng(1).uniform(0.01, 0.05, len(t))) for t, m in stars]
    )
    grid = grid_of(light_curves, highest=5.0)
    found = lomb_scargle.power(batch, batch.magnitude, grid).numpy()
    for row in range(2):
        one = light_curves.at([row])
        t, m, e = (
            one.time_days - one.time_days[0],
            one.magnitude.astype(float),
            one.error.astype(float),
        )
        exact = LombScargle(t, m, e).power(grid.frequencies[grid.first :], method="cython")
        assert (
            np.abs(found[row, grid.first :] - exact).max() < 1e-4
        )  # of 1, the most there is: float32
        assert (found[row, : grid.first] == 0).all() and found[
            row
        ].argmax() == exact.argmax() + grid.first


def test_several_harmonics_are_those_of_astropy():
    light_curves, batch = batch_of(noisy(visits(90), 15 + eclipses(visits(90) / 2.3)))
    frequency = torch.tensor([[0.1, 1 / 2.3, 2 / 2.3]], dtype=torch.float64)
    time = light_curves.time_days - light_curves.time_days[0]
    for k in (1, 3, 6):
        exact = LombScargle(
            time, light_curves.magnitude.astype(float), light_curves.error.astype(float), nterms=k
        )
        found = harmonics.fit(batch, batch.magnitude, frequency, k).share[0].numpy()
        assert np.allclose(found, exact.power(frequency[0].numpy(), method="chi2"), atol=1e-5)


def test_series_is_found_again():
    """m = 15 + 0.3 cos(x + 1) + 0.1 cos(2 x + 2.5): no noise, so all of the variance, and the curve
    itself.
    """
    t = visits(80) - visits(80)[0]
    x = 2 * np.pi * t / 3.7
    _, batch = batch_of((t, 15 + 0.3 * np.cos(x + 1) + 0.1 * np.cos(2 * x + 2.5)))
    fit = harmonics.fit(batch, batch.magnitude, torch.tensor([[1 / 3.7]], dtype=torch.float64), 3)
    assert fit.share.item() == pytest.approx(1.0, abs=1e-5) and fit.mean.item() == pytest.approx(
        15.0, abs=1e-4
    )
    expected = [0.3 * np.cos(1), 0.1 * np.cos(2.5), 0.0]
    assert fit.cosine[0, 0].tolist() == pytest.approx(expected, abs=1e-4)
    assert torch.allclose(fit.curve(batch.time / 3.7), batch.magnitude, atol=1e-4)


def test_few_epochs_allow_few_harmonics():
    assert harmonics.allowed(torch.tensor([0.0, 3, 4, 9, 100]), 6).tolist() == [0, 0, 1, 2, 6]
    _, batch = batch_of(noisy(visits(9), 15 + np.sin(visits(9))))
    fit = harmonics.fit(batch, batch.magnitude, torch.tensor([[1 / 6.28]], dtype=torch.float64), 6)
    assert (fit.cosine[0, 0, 2:] == 0).all() and (fit.cosine[0, 0, :2] != 0).all()


PERIODS = {"sine": 0.317, "sawtooth": 5.21, "eclipses": 2.4567, "long": 210.0}


def test_periods_are_found_again():
    """To a hundredth of what shifts the phase by a cycle over the time base; eclipses of unlike
    depth at the whole period.
    """
    t = visits(350)
    shapes = {
        "sine": 15 + 0.1 * np.sin(2 * np.pi * t / PERIODS["sine"]),
        "sawtooth": 15 + 0.5 * ((t / PERIODS["sawtooth"]) % 1),
        "eclipses": 15 + eclipses(t / PERIODS["eclipses"]),
        "long": 15 + np.sin(2 * np.pi * t / PERIODS["long"]),
    }
    light_curves, batch = batch_of(*(noisy(t, m, i) for i, m in enumerate(shapes.values())))
    found = search(
        OneBand(batch, batch.magnitude), grid_of(light_curves, highest=10.0)
    ).frequency.numpy()
    base = t[-1] - t[0]
    for name, frequency in zip(shapes, found, strict=True):
        assert abs(frequency - 1 / PERIODS[name]) * base < 0.05, name


def test_two_like_eclipses_are_found_at_half_the_period():
    """A curve of two equal halves repeats after each: the shorter period is taken."""
    light_curves, batch = batch_of(
        noisy(visits(300), 15 + eclipses(visits(300) / 1.7, depths=(0.5, 0.5)))
    )
    found = search(OneBand(batch, batch.magnitude), grid_of(light_curves, highest=10.0))
    assert 1 / found.frequency.item() == pytest.approx(0.85, rel=1e-4)


def test_second_period_is_found_in_what_the_first_leaves():
    t = visits(500)
    light_curves, batch = batch_of(
        noisy(t, 15 + 0.3 * np.sin(2 * np.pi * t / 0.8) + 0.05 * np.sin(2 * np.pi * t / 0.6447))
    )
    grid = grid_of(light_curves, highest=6.0)
    first = search(OneBand(batch, batch.magnitude), grid)
    fit = harmonics.fit(batch, batch.magnitude, first.frequency[:, None], 4)
    frequency, share = second_peak(
        batch, batch.magnitude - fit.curve(batch.time * first.frequency[:, None]), grid
    )
    assert 1 / first.frequency.item() == pytest.approx(0.8, rel=1e-4)
    assert 1 / frequency.item() == pytest.approx(0.6447, rel=1e-3) and 0.5 < share.item() < 0.95


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_epochs_have_no_period(n):
    light_curves, batch = batch_of(
        (visits(n), np.linspace(15, 16, n)), noisy(visits(50), np.sin(visits(50)))
    )
    found = search(OneBand(batch, batch.magnitude), grid_of(light_curves, highest=5.0))
    assert found.frequency.isnan().tolist() == found.power.isnan().tolist() == [True, False]


def test_constant_magnitude_has_no_period():
    light_curves, batch = batch_of((visits(60), np.full(60, 15.0)))
    found = search(OneBand(batch, batch.magnitude), grid_of(light_curves, highest=5.0))
    assert np.isnan(found.frequency.item()) and np.isnan(found.second_power.item())


def test_neighbours_in_a_batch_change_nothing():
    stars = [
        noisy(visits(n, seed=n), 15 + 0.3 * np.sin(visits(n, seed=n)), n) for n in (40, 90, 300)
    ]
    light_curves = curves(*stars)
    grid = grid_of(light_curves, highest=5.0)
    alone = {
        rows[0]: search(OneBand(batch, batch.magnitude), grid).frequency[0].item()
        for rows, batch in batches(light_curves, 1)
    }
    _, batch = batch_of(*stars)
    together = search(OneBand(batch, batch.magnitude), grid).frequency.tolist()
    assert together == pytest.approx([alone[row] for row in range(3)], rel=1e-9)


def test_grid_is_common_and_reaches_over_the_longest_base():
    grid = grid_of(
        curves((np.array([0.0, 10.0]), [1, 2]), (np.array([0.0, 500.0]), [1, 2])),
        highest=2.0,
        oversampling=4.0,
    )
    assert grid.step == pytest.approx(1 / 2000) and grid.n == 4000 and grid.first == 3
    assert grid.frequencies[grid.first] == pytest.approx(1 / 500)


def test_impossible_grid_is_refused():
    with pytest.raises(
        CatalogueError,
        match=r"frequency grid of 0 steps .*lower the highest frequency or the oversampling",
    ):
        FrequencyGrid(0.1, 0)


def test_power_is_that_at_the_period_found():
    """A period between the frequencies of a coarse grid: astropy's power at the period itself."""
    t = visits(200, seed=4)
    light_curves, batch = batch_of(noisy(t, 15 + 0.2 * np.sin(2 * np.pi * t / 0.7311)))
    found = search(OneBand(batch, batch.magnitude), grid_of(light_curves, 3.0, oversampling=1.0))
    time, m = light_curves.time_days - light_curves.time_days[0], light_curves.magnitude
    exact = LombScargle(time, m.astype(float)).power(found.frequency.numpy(), method="chi2")
    assert found.power.numpy() == pytest.approx(exact, abs=1e-5)
    assert found.frequency.item() == pytest.approx(1 / 0.7311, rel=1e-4)


def test_an_eclipsing_binary_has_half_its_orbital_period_and_the_doubled_one_beside_it():
    """Eclipses of unlike depth, folded with half the orbit: log_orbital_period tells the orbit. A
    sine has no other period."""
    from catalogs.lightcurves.features import Measurement

    t = visits(400, seed=5)
    shapes = 15 + eclipses(t / 2.5, width=0.12, depths=(0.6, 0.45)), 15 + np.sin(t)
    light_curves, _ = batch_of(*(noisy(t, m, i) for i, m in enumerate(shapes)))
    half = np.array([1.25, 2 * np.pi])
    frame = Measurement(highest_frequency=5.0)(light_curves, period_days=half)
    assert 10 ** frame["log_orbital_period"].to_numpy() == pytest.approx([2.5, 2 * np.pi])


def test_evenly_spaced_epochs_are_searched_to_their_nyquist_frequency():
    """Every 0.1 d: 1 / 0.55 and 10 - 1 / 0.55 cycles a day are one; the lower is the answer."""
    t = 0.1 * np.delete(np.arange(400), slice(150, 190))
    light_curves, batch = batch_of(noisy(t, 15 + 0.2 * np.sin(2 * np.pi * t / 0.55)))
    grid = grid_of(light_curves, highest=20.0)
    assert grid.frequencies[-1] == pytest.approx(5.0, abs=grid.step)
    found = search(OneBand(batch, batch.magnitude), grid).frequency.item()
    assert found == pytest.approx(1 / 0.55, rel=1e-3)
    uneven, _ = batch_of(noisy(t + 0.03 * np.sin(t), t))
    assert nyquist(uneven) == np.inf
