"""One period for several bands: the power against least squares written out, and periods found
where one band has too few epochs.
"""

import numpy as np
import pytest
import torch
from astropy.timeseries import LombScargle

from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.features import Measurement
from catalogs.lightcurves.features.batches import batches, padded
from catalogs.lightcurves.periods.grid import FrequencyGrid, grid_of
from catalogs.lightcurves.periods.multiband import AMPLITUDES, SeveralBands
from catalogs.lightcurves.periods.search import OneBand, search

OFFSETS, RATIOS = np.array([0.0, -0.3, -0.45]), np.array([1.0, 0.7, 0.5])


def saws(n_stars=1, per_band=20, sigma=0.02, seed=0, period=0.567):
    """Simulated stars of a steep rise in three bands, amplitudes as RATIOS, and their periods."""
    rng = np.random.default_rng(seed)
    periods = period * rng.uniform(0.8, 1.25, n_stars)
    columns = {"time": [], "magnitude": [], "band": []}
    for star in periods:
        time = np.sort(rng.uniform(0, 700, 3 * per_band))
        band = rng.permutation(np.repeat(np.arange(3), per_band))
        wave = 0.8 * (((time / star) % 1.0) ** 0.5)
        magnitude = 15 + OFFSETS[band] + RATIOS[band] * wave + rng.normal(0, sigma, len(time))
        for name, values in zip(columns, (2455000 + time, magnitude, band), strict=True):
            columns[name].append(values)
    time, magnitude, band = (np.concatenate(values) for values in columns.values())
    error = np.full(len(time), sigma) * rng.uniform(0.7, 1.3, len(time))
    offsets = np.arange(n_stars + 1) * 3 * per_band
    names = [f"s{number}" for number in range(n_stars)]
    bands = ("g", "r", "i")
    return LightCurves(names, offsets, time, magnitude, error, band, bands), periods


def columns_of(light_curves):
    time = light_curves.time_days - light_curves.time_days[0]
    values = (light_curves.magnitude, light_curves.error, light_curves.band)
    return time, *(np.asarray(one, dtype=float) for one in values)


def test_free_amplitudes_are_the_bands_powers_weighted_with_their_chi_squares():
    """VanderPlas & Ivezic 2015, section 4.2, with astropy's power of each band."""
    light_curves, _ = saws(per_band=30)
    time, magnitude, error, band = columns_of(light_curves)
    grid = FrequencyGrid(0.01, 300)
    parts, chi2 = [], []
    for code in range(3):
        mine = band == code
        weight = error[mine] ** -2
        mean = np.average(magnitude[mine], weights=weight)
        chi2.append((weight * (magnitude[mine] - mean) ** 2).sum())
        one = LombScargle(time[mine], magnitude[mine], error[mine])
        parts.append(one.power(grid.frequencies, method="cython"))
    exact = np.average(parts, axis=0, weights=chi2)
    found = SeveralBands(padded(light_curves, np.array([0])), "free").power(grid)[0].numpy()
    assert np.abs(found - exact).max() < 1e-4


def test_shared_amplitude_is_least_squares_with_a_mean_for_each_band():
    light_curves, _ = saws(per_band=25, seed=2)
    time, magnitude, error, band = columns_of(light_curves)
    grid = FrequencyGrid(0.02, 100)
    means = (band[:, None] == np.arange(3)).astype(float)

    def left(design):
        design, values = design / error[:, None], magnitude / error
        return ((values - design @ np.linalg.lstsq(design, values, rcond=None)[0]) ** 2).sum()

    angle = 2 * np.pi * grid.frequencies[:, None] * time
    exact = [1 - left(np.c_[means, np.cos(x), np.sin(x)]) / left(means) for x in angle]
    found = SeveralBands(padded(light_curves, np.array([0])), "shared").power(grid)[0].numpy()
    assert np.abs(found - exact).max() < 1e-4


@pytest.mark.parametrize("amplitudes", AMPLITUDES)
def test_one_band_is_the_ordinary_periodogram(amplitudes):
    light_curves, _ = saws(per_band=40)
    one = light_curves.only("g")
    batch, grid = padded(one, np.array([0])), FrequencyGrid(0.01, 200)
    found = SeveralBands(batch, amplitudes).power(grid)
    assert torch.allclose(found, OneBand(batch, batch.magnitude).power(grid), atol=1e-5)


def share_found(light_curves, periods, curves):
    grid = grid_of(light_curves, highest=4.0)
    found = np.empty(len(light_curves))
    for rows, batch in batches(light_curves, 1 << 12):
        found[rows] = 1 / search(curves(batch), grid).frequency.numpy()
    return float((np.abs(found - periods) < 1e-3 * periods).mean())


@pytest.mark.parametrize("amplitudes", AMPLITUDES)
def test_fifteen_epochs_a_band_give_the_period_that_no_band_alone_gives(amplitudes):
    light_curves, periods = saws(24, per_band=15, sigma=0.05)
    best = max(
        share_found(light_curves.only(band), periods, lambda batch: OneBand(batch, batch.magnitude))
        for band in light_curves.bands
    )
    together = share_found(light_curves, periods, lambda batch: SeveralBands(batch, amplitudes))
    # amplitudes and phases of their own in each band need more epochs
    assert together > (0.6 if amplitudes == "free" else 0.85) and best < together - 0.3


def test_a_star_without_epochs_in_a_band_is_searched_in_the_others():
    light_curves, periods = saws(2, per_band=40)
    last = light_curves.at(np.array([1])).only("r")
    first = light_curves.at(np.array([0]))
    mixed = LightCurves(
        ["a", "b"],
        [0, 120, 160],
        *(
            np.r_[getattr(first, name), getattr(last, name)]
            for name in ("time_days", "magnitude", "error", "band")
        ),
        bands=light_curves.bands,
    )
    frame = Measurement(highest_frequency=4.0, band="g", amplitudes="scaled")(mixed)
    assert 10 ** frame["log_period"].to_numpy() == pytest.approx(periods, rel=1e-3)
    assert np.isnan(frame.loc[1, "mean_magnitude"])  # of band g, in which it has none


def test_known_periods_are_used_and_nothing_is_searched(monkeypatch):
    from catalogs.lightcurves.periods import search as module

    light_curves, periods = saws(3, per_band=40)
    measurement = Measurement(highest_frequency=4.0, band="g", known_periods=True)
    one_missing = measurement(light_curves, period_days=np.r_[periods[:2], np.nan])
    assert 10 ** one_missing["log_period"].to_numpy() == pytest.approx(periods, rel=1e-3)
    monkeypatch.setattr(module, "search", None)  # were it called, that would be an error
    given = measurement(light_curves, period_days=2 * periods)
    assert 10 ** given["log_period"].to_numpy() == pytest.approx(2 * periods)
    names = [column.name for column in measurement.columns()]
    assert list(given) == names and "second_log_ratio" not in names
