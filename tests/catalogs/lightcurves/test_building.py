"""Ingest: what cleaning takes out and counts, how epochs are sorted, and that little memory is
used.
"""

import numpy as np
import pytest
from curves import source

from catalogs.errors import CatalogueError
from catalogs.lightcurves import building
from catalogs.lightcurves.building import build
from catalogs.lightcurves.cleaning import LEFT_OUT, OTHER_BAND, UPPER_LIMIT, Cleaning
from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.fluxes import Fluxes, noise
from catalogs.lightcurves.levels import levelled
from catalogs.lightcurves.timescales import TimeScale

HJD = TimeScale("HJD", zero=2450000.0)


def built(tmp_path, chunks, bands=("I", "V"), **options):
    options = {"bands": bands, "time_scale": HJD, "about": {"test": 1}} | options
    return build(source(*chunks), tmp_path / "curves", **options)


def test_every_reason_is_counted_for_its_object(tmp_path):
    time = [5000.0, 5001.0, 5001.0, 2455002.0, 5003.0, 5004.0, 5005.0, 5006.0, np.nan]
    magnitude = [15.0, 15.1, 15.1, 15.2, 99.999, 15.3, 15.4, np.nan, 15.0]
    error = [0.1, 0.1, 0.1, 0.1, 0.1, 0.0, -1.0, 0.1, 0.1]
    found = built(
        tmp_path, [(["a", "b"], [9, 1], [*time, 5000.0], [*magnitude, 12.0], [*error, 0.1], 0)]
    )
    assert found.time_days.tolist() == [
        2455000.0,
        2455001.0,
        2455004.0,
        2455000.0,
    ] and found.n_epochs.tolist() == [3, 1]
    assert np.isnan(found.error[2])  # an error of 0 is not known
    counted = {
        "wrong_time": 2,
        "no_magnitude": 2,
        "bad_error": 1,
        "duplicate": 1,
        "upper_limit": 0,
        "left_out": 0,
        "other_band": 0,
        "out_of_order": 0,
    }
    assert found.removed.iloc[0].to_dict() == counted and found.removed.iloc[1].sum() == 0
    assert found.provenance["removed"] == counted and found.provenance["read"] == 10


def test_epochs_out_of_order_are_sorted_and_counted_band_by_band(tmp_path):
    """Two bands one after the other are not out of order; an early time after a late one is."""
    times = [5003.0, 5001.0, 5002.0, 5001.5]
    found = built(
        tmp_path, [(["a"], [4], times, [1.0, 2.0, 3.0, 4.0], [0.1] * 4, np.array([0, 0, 1, 1]))]
    )
    assert (found.time_days - 2450000.0).tolist() == [5001.0, 5001.5, 5002.0, 5003.0]
    assert found.magnitude.tolist() == [2.0, 4.0, 3.0, 1.0] and found.band.tolist() == [0, 1, 1, 0]
    assert found.removed["out_of_order"].tolist() == [2]


def test_same_time_in_two_bands_is_no_duplicate(tmp_path):
    found = built(
        tmp_path, [(["a"], [2], [5000.0, 5000.0], [1.0, 2.0], [0.1, 0.1], np.array([0, 1]))]
    )
    assert found.n_epochs.tolist() == [2]


def test_rules_can_be_changed(tmp_path):
    chunk = (
        ["a"],
        [4],
        [5000.0, 5000.0, 5001.0, 5002.0],
        [15.0, 15.0, 0.0, 16.0],
        [0.1, 0.1, 0.1, np.nan],
        0,
    )
    rules = Cleaning(sentinels=(0.0,), duplicates=False, unknown_errors=False)
    found = built(tmp_path, [chunk], cleaning=rules)
    assert found.magnitude.tolist() == [15.0, 15.0] and found.provenance["cleaning"][
        "sentinels"
    ] == [0.0]
    assert found.removed.iloc[0].tolist() == [0, 1, 1, 0, 0, 0, 0, 0]


def test_object_whose_epochs_all_leave_stays_with_none(tmp_path):
    found = built(
        tmp_path, [(["a", "b", "c"], [1, 1, 0], [5000.0, 5000.0], [99.999, 12.0], [0.1, 0.1], 0)]
    )
    assert found.object_id.tolist() == ["a", "b", "c"] and found.n_epochs.tolist() == [0, 1, 0]


def test_strangers_are_left_out(tmp_path):
    chunk = (["a", "b"], [1, 2], [5000.0, 5001.0, 5002.0], [11.0, 12.0, 13.0], [0.1] * 3, 0)
    found = built(tmp_path, [chunk], expected=["b", "z"])
    assert found.object_id.tolist() == ["b"] and found.magnitude.tolist() == [12.0, 13.0]
    assert found.provenance["not_in_the_table"] == 1


def shuffled(n_objects=40, n_chunks=12, seed=1):
    rng = np.random.default_rng(seed)
    for _ in range(n_chunks):
        names = [f"o{number}" for number in rng.permutation(n_objects)[:25]]
        counts = rng.integers(0, 9, len(names))
        n = counts.sum()
        columns = rng.uniform(5000, 6000, n), rng.uniform(10, 20, n), rng.uniform(0.01, 0.1, n)
        yield names, counts, *columns, rng.integers(0, 2, n)


def test_small_budget_gives_the_same_light_curves(tmp_path):
    """Many ranges through the disk, or one in memory: the same bytes."""
    one = built(tmp_path / "one", list(shuffled()))
    many = built(tmp_path / "many", list(shuffled()), budget_mib=60 * building.BYTES_A_ROW / 2**20)
    data = [
        (path / "curves" / "epochs.arrow").read_bytes()
        for path in (tmp_path / "one", tmp_path / "many")
    ]
    assert data[0] == data[1] and one.removed.equals(many.removed) and len(one) == len(many) == 40
    assert not list((tmp_path / "many" / "curves").glob(".spool*"))


def test_ranges_keep_to_the_budget():
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from catalogs.lightcurves.epochs import of_objects
    from catalogs.lightcurves.spool import Spool

    with TemporaryDirectory() as folder, Spool(Path(folder) / "spool", rows_in_memory=100) as spool:
        for chunk in shuffled():
            spool.add(of_objects(*chunk))
        seen = list(spool.ranges(100))
        assert len(seen) > 5 and max(len(columns["time"]) for _, _, columns in seen) <= 100
        assert sum(len(columns["time"]) for _, _, columns in seen) == spool.n
        for first, end, columns in seen:
            assert (
                np.bincount(columns["code"], minlength=end - first) == spool.counts[first:end]
            ).all()


def test_finished_light_curves_are_found_again(tmp_path, monkeypatch):
    first = built(tmp_path, [(["a"], [1], [5000.0], [15.0], [0.1], 0)])
    monkeypatch.setattr(building, "write_folder", None)  # a second making would fail
    again = built(tmp_path, [(["b"], [1], [5000.0], [15.0], [0.1], 0)])
    assert again.object_id.tolist() == first.object_id.tolist() == ["a"]


def test_other_rules_make_them_anew(tmp_path):
    built(tmp_path, [(["a"], [1], [5000.0], [15.0], [0.1], 0)])
    assert built(
        tmp_path, [(["b"], [1], [5000.0], [15.0], [0.1], 0)], about={"test": 2}
    ).object_id.tolist() == ["b"]


def test_times_on_another_scale_than_declared_are_named(tmp_path):
    chunk = (["a"], [3], [5000.0, 5001.0, 5002.0], [15.0] * 3, [0.1] * 3, 0)
    message = (
        r"no usable epoch of 3 \(3 wrong time\); remedy: the times look like Julian Dates less"
        r" 2450000.*: give that zero"
    )
    with pytest.raises(CatalogueError, match=message):
        built(tmp_path, [chunk], time_scale=TimeScale("HJD"))
    assert not (tmp_path / "curves" / "objects.parquet").exists()


def test_nothing_usable_is_an_error(tmp_path):
    with pytest.raises(
        CatalogueError,
        match=r"no usable epoch of 0 \(the source is empty\); remedy: give the files",
    ):
        built(tmp_path, [])
    with pytest.raises(CatalogueError, match=r"no usable epoch of 1 \(1 no magnitude\)"):
        built(tmp_path, [(["a"], [1], [5000.0], [99.9], [0.1], 0)])


def test_manifest_says_what_the_times_are(tmp_path):
    found = LightCurves.read(
        built(tmp_path, [(["a"], [1], [5000.0], [15.0], [0.1], 0)]) and tmp_path / "curves"
    )
    assert (
        found.time_scale["standard"] == "HJD" and "2450000 was added" in found.time_scale["words"]
    )


FLUX = {"bands": ("g",), "fluxes": Fluxes(27.5)}


def test_every_finite_flux_is_a_measurement(tmp_path):
    """Negative fluxes, 0, and fluxes thousands of times the noise stay; only what is no number
    goes."""
    flux = [-900.0, -3.0, 0.0, 2.0, 5e4, np.nan, np.inf]
    chunk = (["a"], [7], np.arange(7) + 5000.0, flux, [2.0, 2.0, 0.0, 2.0, 50.0, 2.0, 2.0], 0)
    found = built(tmp_path, [chunk], **FLUX)
    assert found.removed["no_magnitude"].tolist() == [2] and found.n_epochs.tolist() == [5]
    assert (np.diff(found.magnitude) < 0).all()  # brighter from epoch to epoch
    # b is the median error, 2: m(0) = zero point - 2.5 log10 b
    assert found.magnitude[2] == pytest.approx(27.5 - 2.5 * np.log10(2.0), abs=1e-5)
    assert found.provenance["cleaning"]["faintest"] is None
    assert found.provenance["fluxes"]["zero_point"] == 27.5


def test_limits_of_fluxes_are_in_their_unit(tmp_path):
    chunk = (["a"], [3], [5000.0, 5001.0, 5002.0], [1e5, 10.0, 20.0], [1.0, 1.0, 300.0], 0)
    rules = Cleaning.of_fluxes({"largest_error": 100.0, "faintest": 1000.0})
    found = built(tmp_path, [chunk], cleaning=rules, **FLUX)
    assert found.removed.iloc[0][["no_magnitude", "bad_error"]].tolist() == [1, 1]


def test_softening_is_the_noise_of_each_object_and_band(tmp_path):
    chunk = (["a", "b"], [2, 2], [5000.0, 5001.0] * 2, [0.0] * 4, [1.0, 3.0, 10.0, 30.0], 0)
    found = built(tmp_path, [chunk], **FLUX)
    expected = 27.5 - 2.5 * np.log10([2.0, 2.0, 20.0, 20.0])
    assert found.magnitude == pytest.approx(expected, abs=1e-5)


def test_noise_without_errors_is_the_spread_of_the_fluxes():
    flux, group = np.array([1.0, 2.0, 3.0, 7.0, 7.0, 0.0]), np.array([0, 0, 0, 1, 1, 2])
    found = noise(flux, np.full(6, np.nan), group)
    assert found == pytest.approx([1.4826, 1.4826, 1.4826, 0.07, 0.07, 1.0])


@pytest.mark.parametrize("fluxes", [None, Fluxes(25.0)])
def test_parts_of_unlike_level_are_brought_to_one(tmp_path, fluxes):
    """Two files of one star, one with twice the gain, are one curve; without `level` they are
    not."""
    time = np.arange(40) / 7 + 5000.0
    curve = 1000.0 * (1.0 + 0.1 * np.sin(time))
    values, error = np.r_[curve, 2.0 * curve], np.r_[np.full(40, 1.0), np.full(40, 2.0)]
    if fluxes is None:
        values, error = 25.0 - 2.5 * np.log10(values), np.full(80, 0.01)
    part = np.repeat(np.int32([4, 9]), 40)
    chunk = (["a"], [80], np.r_[time, time + 100.0], values, error, 0, None, part)
    options = {"bands": ("R",), "fluxes": fluxes}
    level = built(tmp_path / "level", [chunk], level=True, **options).magnitude
    plain = built(tmp_path / "plain", [chunk], **options).magnitude
    assert level[:40] == pytest.approx(level[40:], abs=1e-4)
    assert plain[:40] - plain[40:] == pytest.approx(2.5 * np.log10(2.0), abs=1e-4)
    middle = 25.0 - 2.5 * np.log10(1.5 * np.median(curve))  # magnitudes: the mean of the medians
    middle = middle if fluxes else 25.0 - 2.5 * np.log10(np.sqrt(2.0) * np.median(curve))
    assert np.median(level) == pytest.approx(middle, abs=1e-3)


def test_part_without_light_has_no_level_to_be_brought_to():
    flux, part = np.array([-1.0, -3.0, 10.0, 12.0]), np.array([0, 0, 1, 1])
    found, _ = levelled(flux, np.ones(4), np.zeros(4, np.int64), part, fluxes=True)
    assert found[:2].tolist() == [-1.0, -3.0]


def test_what_the_source_knows_is_counted_by_its_cause(tmp_path):
    cause = np.array([UPPER_LIMIT, LEFT_OUT, OTHER_BAND, -1], dtype=np.int8)
    chunk = (["a"], [4], np.arange(4) + 5000.0, [15.0] * 4, [0.1] * 4, [0, 0, -1, 0], cause)
    found = built(tmp_path, [chunk])
    assert found.removed.iloc[0][["upper_limit", "left_out", "other_band"]].tolist() == [1, 1, 1]
    assert found.n_epochs.tolist() == [1]
