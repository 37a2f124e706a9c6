"""Ingest: what cleaning takes out and counts, how epochs are sorted, and that little memory is
used.
"""

import numpy as np
import pytest
from curves import source

from catalogs.errors import CatalogueError
from catalogs.lightcurves import building
from catalogs.lightcurves.building import build
from catalogs.lightcurves.cleaning import Cleaning
from catalogs.lightcurves.container import LightCurves
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
        2455000.0,
    ] and found.n_epochs.tolist() == [2, 1]
    counted = {
        "wrong_time": 2,
        "no_magnitude": 2,
        "bad_error": 2,
        "duplicate": 1,
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
    assert found.removed.iloc[0].tolist() == [0, 1, 1, 0, 0]


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
