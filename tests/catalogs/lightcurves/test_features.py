"""Measured numbers: closed forms, OGLE's own table, and light curves of every awkward kind."""

import numpy as np
import pytest
from curves import START, curves, visits

from catalogs import surveys
from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.features import Measurement, mean_magnitude

MEASURE = Measurement(highest_frequency=5.0)
NAMES = [column.name for column in MEASURE.columns()]


def even(n=4000, cycles=40):
    """Times and phases (radians) of n epochs, evenly over whole cycles of one day."""
    time = np.arange(n) * cycles / n
    return time, 2 * np.pi * time


def series(a2, phi2, a3, phi3, phi1=0.7, time=None):
    time = visits(400) if time is None else time
    x = 2 * np.pi * time / 4.321
    return time, 15 + 0.4 * np.cos(x + phi1) + a2 * np.cos(2 * x + phi2) + a3 * np.cos(3 * x + phi3)


def test_sine_in_closed_form():
    """Amplitude a: deviation a / sqrt 2, median deviation a / sqrt 2, Stetson K sqrt(8) / pi,
    kurtosis -3/2, skew 0; percentile p of a sine is -a cos(pi p).
    """
    time, x = even()
    found = MEASURE(curves((time, 15 + 0.3 * np.sin(x)))).iloc[0]
    assert found["standard_deviation"] == pytest.approx(0.3 / np.sqrt(2), rel=1e-3)
    assert found["median_absolute_deviation"] == pytest.approx(0.3 * np.sin(np.pi / 4), rel=1e-3)
    assert found["stetson_k"] == pytest.approx(np.sqrt(8) / np.pi, rel=1e-3)
    assert found["kurtosis"] == pytest.approx(-1.5, abs=1e-3) and found["skew"] == pytest.approx(
        0.0, abs=1e-3
    )
    assert found["amplitude"] == pytest.approx(0.3, rel=1e-4) and found[
        "brightest"
    ] == pytest.approx(np.sqrt(2), rel=1e-3)
    assert found["robust_amplitude"] == pytest.approx(2 * 0.3 * np.cos(np.pi * 0.05), rel=1e-2)
    assert found["beyond_1_std"] == pytest.approx(0.5, abs=1e-3) and found[
        "percentile_skew"
    ] == pytest.approx(0.0, abs=1e-3)
    assert 10 ** found["log_period"] == pytest.approx(1.0, rel=1e-4)
    assert found["fourier_share"] == pytest.approx(1.0, abs=1e-4)
    assert found["reduced_chi2"] == pytest.approx(np.log10(0.045 / 0.02**2), abs=1e-3)
    assert found["excess"] == pytest.approx(np.sqrt(0.045 - 0.02**2), rel=1e-3)


def test_noise_in_closed_form():
    """Normal noise of the stated error: von Neumann 2, Stetson J 0, K sqrt(2 / pi), chi square 1;
    tolerances are 4 sigma.
    """
    rng = np.random.default_rng(5)
    found = MEASURE(curves((np.arange(4000) * 0.3, 15 + 0.02 * rng.standard_normal(4000)))).iloc[0]
    assert (
        found["von_neumann"] == pytest.approx(2.0, abs=4 * 2 / np.sqrt(4000))
        and found["power"] < 0.02
    )
    assert found["stetson_k"] == pytest.approx(np.sqrt(2 / np.pi), abs=0.03)
    assert found["stetson_j"] == pytest.approx(0, abs=0.06)
    assert found["reduced_chi2"] == pytest.approx(0.0, abs=4 * np.sqrt(2 / 4000) / np.log(10))
    assert found["folded_scatter"] == pytest.approx(1.0, abs=0.1)


def test_straight_line_in_closed_form():
    """0.1 mag a day, evenly: trend 36.525 mag a year, slope 10^-1; deviation over the span L is L /
    sqrt 12.
    """
    time = np.linspace(0, 10, 5001)
    found = MEASURE(curves((time, 15 + 0.1 * time))).iloc[0]
    assert found["trend"] == pytest.approx(36.525, rel=1e-3) and found[
        "max_slope"
    ] == pytest.approx(-1.0, abs=0.01)
    assert found["standard_deviation"] == pytest.approx(1 / np.sqrt(12), rel=1e-3)


def test_fourier_parameters_in_closed_form():
    """R21 = a2 / a1, phi21 = phi2 - 2 phi1, phi31 = phi3 - 3 phi1, whatever the time of the first
    epoch; the period is found to some hundredths of a cycle over the time base, which costs the
    third harmonic about a thousandth.
    """
    for shift in (0.0, 1.234):
        time, magnitude = series(0.2, 5.5, 0.1, 3.0, time=visits(400) + shift)
        found = MEASURE(curves((time, magnitude))).iloc[0]
        assert found["r21"] == pytest.approx(0.5, rel=3e-3) and found["r31"] == pytest.approx(
            0.25, rel=3e-3
        )
        assert found["phi21"] == pytest.approx(5.5 - 1.4, abs=2e-3) and found[
            "phi31"
        ] == pytest.approx(3.0 - 2.1, abs=2e-3)
        assert found["cos_phi21"] == pytest.approx(np.cos(4.1), abs=2e-3)
        assert found["sin_phi31"] == pytest.approx(np.sin(0.9), abs=2e-3)
        assert 10 ** found["log_period"] == pytest.approx(4.321, rel=1e-5)


def test_season_scatter_counts_seasons():
    """Seasons at 15 and 16 mag with 200 epochs each: their means deviate by sqrt(1/2), the epochs
    by nearly 1/2.
    """
    time = np.r_[np.arange(200) * 0.5, 300 + np.arange(200) * 0.5]
    found = MEASURE(curves((time, np.r_[np.full(200, 15.0), np.full(200, 16.0)]))).iloc[0]
    assert found["season_scatter"] == pytest.approx(
        np.sqrt(0.5) / np.sqrt(0.25 * 400 / 399), rel=1e-3
    )


def test_eclipses_show_in_the_folded_curve():
    """Depths 0.8 and 0.3 half a cycle apart: the ratio 3/8 (less what smoothing fills), phase
    difference 0.
    """
    time = visits(900)
    phase = (time / 2.4567) % 1
    dips = sum(
        d * np.exp(-0.5 * (((phase - p + 0.5) % 1 - 0.5) / 0.04) ** 2)
        for d, p in ((0.8, 0.2), (0.3, 0.7))
    )
    found = MEASURE(curves((time, 15 + dips))).iloc[0]
    assert 10 ** found["log_period"] == pytest.approx(2.4567, rel=1e-4)
    assert found["folded_depth"] == pytest.approx(0.7, abs=0.12)
    assert found["folded_second_depth"] == pytest.approx(0.375, abs=0.06)
    assert (
        found["folded_second_phase"] < 0.03
        and found["folded_dip_width"] < 0.2
        and found["folded_flatness"] > 0.6
    )


AWKWARD = {
    "none": ([], []),
    "one": ([3.0], [15.0]),
    "two": ([3.0, 4.0], [15.0, 15.5]),
    "constant": (visits(50), np.full(50, 15.3)),
    "two times": (np.r_[np.zeros(9), np.ones(9)], np.r_[np.full(9, 15.0), np.full(9, 16.0)]),
    "unknown errors": (visits(50), 15 + 0.1 * np.sin(visits(50)), np.full(50, np.nan)),
    "ordinary": series(0.1, 4.0, 0.05, 2.0),
}


@pytest.fixture(scope="module")
def awkward():
    return MEASURE(curves(*AWKWARD.values())).set_index(np.array(list(AWKWARD)))


def test_no_epoch_gives_no_number(awkward):
    assert (
        awkward.loc["none", "n_epochs"] == 0 and awkward.loc["none"].drop("n_epochs").isna().all()
    )


def test_one_epoch_gives_its_magnitude_alone(awkward):
    known = awkward.loc["one"].dropna()
    assert known[["n_epochs", "mean_magnitude", "amplitude", "robust_amplitude"]].tolist() == [
        1,
        15,
        0,
        0,
    ]
    assert set(known.index) <= {
        "n_epochs",
        "mean_magnitude",
        "amplitude",
        "robust_amplitude",
        "median_absolute_deviation",
        "close_to_median",
    }


def test_constant_magnitude_has_size_but_no_shape(awkward):
    row = awkward.loc["constant"]
    assert row["standard_deviation"] == 0 and row["mean_magnitude"] == pytest.approx(15.3, abs=1e-6)
    shape = [
        "log_period",
        "r21",
        "skew",
        "kurtosis",
        "von_neumann",
        "stetson_k",
        "folded_depth",
        "flux_ratio_50",
    ]
    assert row[shape].isna().all()


def test_numbers_are_finite_or_missing_never_infinite(awkward):
    assert not np.isinf(awkward.to_numpy()).any()
    assert awkward.loc["two", "standard_deviation"] == pytest.approx(0.5 / np.sqrt(2))
    assert awkward.columns[awkward.loc["ordinary"].isna()].tolist() == [
        "season_scatter"
    ]  # it has one season
    assert awkward.loc["unknown errors", ["reduced_chi2", "excess"]].isna().all()
    assert np.isfinite(
        awkward.loc["unknown errors", ["log_period", "r21", "stetson_k"]].astype(float)
    ).all()


def test_awkward_neighbours_change_nothing(awkward):
    alone = MEASURE(curves(AWKWARD["ordinary"]))
    assert np.allclose(
        alone.iloc[0], awkward.loc["ordinary"].astype(float), rtol=1e-4, atol=1e-5, equal_nan=True
    )


def test_hundred_thousand_epochs():
    time, x = even(100_000, cycles=400)
    found = MEASURE(curves((time, 15 + 0.3 * np.sin(x)), series(0.1, 4.0, 0.05, 2.0))).iloc[0]
    assert found["n_epochs"] == 100_000 and 10 ** found["log_period"] == pytest.approx(
        1.0, rel=1e-5
    )


def test_every_number_is_described_and_in_range():
    """The ranges of the columns hold for what a catalogue would check."""
    measured = MEASURE(curves(*AWKWARD.values()))
    assert list(measured.columns) == NAMES and len(NAMES) >= 50
    for column in MEASURE.columns():
        values = measured[column.name].dropna()
        assert ((values >= column.low) & (values <= column.high)).all(), column.name


def test_one_band_is_measured_and_the_others_give_colours():
    time = visits(60)
    light_curves = curves(
        (np.repeat(time, 2), np.tile([15.0, 16.5], 60) + np.repeat(0.1 * np.sin(time), 2))
    )
    columns = {name: getattr(light_curves, name) for name in ("time_days", "magnitude", "error")}
    two = LightCurves(["s"], [0, 120], **columns, band=np.tile([0, 1], 60), bands=("I", "V"))
    found = Measurement(highest_frequency=5.0, band="I", colours=("V",))(two).iloc[0]
    assert (
        found["n_epochs"] == 60
        and found["v_minus_i"] == pytest.approx(1.5, abs=1e-4)
        and found["standard_deviation"] < 0.08
    )


def test_mean_magnitude_is_weighted():
    found = mean_magnitude(curves(([0, 1], [10.0, 13.0], [0.1, 0.2]), ([], [])))
    assert found[0] == pytest.approx(10.6) and np.isnan(found[1])


def test_measured_catalogue_keeps_what_has_a_light_curve(tmp_path):
    from catalogs.surveys import simulated_variables

    survey = surveys.load("simulated_variables")
    catalogue = survey.ingest({})
    simulated_variables.build_light_curves({}, tmp_path, n=30)
    light_curves = LightCurves.read(tmp_path)
    measured = survey.light_curves.describe(survey, catalogue, light_curves)
    assert (
        measured.object_id.tolist() == light_curves.object_id.tolist()
        and measured.columns == survey.columns
    )
    assert measured.class_counts()["microlensing"] == 4 and light_curves.time_days.min() > START


def test_measured_cepheids_agree_with_ogles_own_table(mirror, tmp_path):
    """60 fundamental-mode Cepheids against cepF.dat (Soszynski et al. 2015): periods to 1e-4, and,
    for 9 in 10 of them, R21 and R31 to 0.01, phi21 to 0.03, phi31 to 0.1. OGLE fits by hand; the
    median differences are 5 to 20 times smaller.
    """
    from catalogs.lightcurves import ogle
    from catalogs.lightcurves.building import build
    from catalogs.lightcurves.sources.star_files import StarFiles, by_folder, star_files
    from catalogs.lightcurves.timescales import TimeScale

    folder = mirror / "ogle_lmc_cep"
    published = ogle.parameters(folder / "cepFO4.dat", folder / "README.txt", "cepF.dat").set_index(
        "object_id"
    )
    ids = published.index[::41]
    source = star_files(folder / "phot.tar.gz", StarFiles(by_folder(("I",))), ("I",))
    options = {"bands": ("I",), "time_scale": TimeScale("HJD", zero=2450000.0), "about": {}}
    light_curves = build(source, tmp_path, **options, expected=ids)
    published = published.loc[light_curves.object_id].reset_index()
    found = Measurement(highest_frequency=2.0)(light_curves)
    same = (10 ** found["log_period"] / published["period_days"] - 1).abs() < 1e-4
    assert len(same) > 55 and same.mean() > 0.95
    for name, most in (("r21", 0.01), ("r31", 0.01), ("phi21", 0.03), ("phi31", 0.1)):
        difference = (found[name] - published[name])[same].dropna()
        difference = (
            (difference + np.pi) % (2 * np.pi) - np.pi if name.startswith("phi") else difference
        )
        assert difference.abs().quantile(0.9) < most and difference.abs().median() < most / 5, name
