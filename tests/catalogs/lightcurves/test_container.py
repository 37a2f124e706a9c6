"""The store of light curves: what it keeps, how it is cut, and what it refuses."""

import numpy as np
import pytest

from catalogs.errors import CatalogueError
from catalogs.lightcurves.container import LightCurves, epochs_of


def three(**changes):
    """Stars a (3 epochs), b (none), c (2 epochs)."""
    given = {
        "object_id": ["a", "b", "c"],
        "offsets": [0, 3, 3, 5],
        "time_days": [2455000.5, 2455001.5, 2455002.5, 2455000.0, 2455009.0],
        "magnitude": [10.0, 10.5, 11.0, 15.0, 15.25],
        "error": [0.1, 0.1, np.nan, 0.2, 0.2],
        "band": [0, 1, 0, 0, 0],
        "bands": ("I", "V"),
        "time_scale": {"standard": "HJD"},
        "provenance": {"made": "here"},
    }
    return LightCurves(**(given | changes))


def test_round_trip_keeps_every_digit_and_maps_the_columns(tmp_path):
    three().write(tmp_path)
    read = LightCurves.read(tmp_path)
    for name in ("object_id", "offsets", "time_days", "magnitude", "error", "band"):
        assert np.array_equal(
            getattr(read, name), getattr(three(), name), equal_nan=name == "error"
        )
    assert (read.bands, read.time_scale, read.provenance) == (
        ("I", "V"),
        {"standard": "HJD"},
        {"made": "here"},
    )
    assert (
        not read.time_days.flags.writeable and read.magnitude.dtype == np.float32
    )  # a view of the mapped file


def test_take_keeps_the_order_asked_for():
    taken = three().take(["c", "a"])
    assert taken.object_id.tolist() == ["c", "a"] and taken.n_epochs.tolist() == [2, 3]
    assert taken.magnitude.tolist() == [15.0, 15.25, 10.0, 10.5, 11.0]


def test_object_without_epochs_is_taken_as_such():
    assert three().take(["b"]).n_epochs.tolist() == [0] and len(three().take(["b"]).time_days) == 0
    assert epochs_of(np.array([0, 3, 3, 5]), np.array([1, 2, 0])).tolist() == [3, 4, 0, 1, 2]


def test_band_alone():
    assert three().only("V").n_epochs.tolist() == [1, 0, 0] and three().only(
        "I"
    ).magnitude.tolist() == [10, 11, 15, 15.25]
    with pytest.raises(CatalogueError, match="no band 'B'; choose among: I, V"):
        three().only("B")


def test_nested_form_has_one_row_an_object():
    table = three().to_arrow()
    assert table.column("magnitude").to_pylist() == [[10.0, 10.5, 11.0], [], [15.0, 15.25]]


def test_unknown_object_is_named():
    with pytest.raises(
        CatalogueError, match="no light curve of x, y; remedy: leave these objects out"
    ):
        three().rows(["a", "x", "y"])


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"offsets": [0, 3, 5]}, "3 objects, 3 offsets"),
        ({"offsets": [0, 4, 3, 5]}, "offsets must rise from 0 to 5"),
        ({"magnitude": [1.0]}, "columns of equal length"),
        ({"object_id": ["a", "a", "c"]}, "objects given twice: a"),
        ({"bands": ("I",)}, "band codes outside 0 to 0"),
    ],
)
def test_faulty_arrays_are_refused(changes, message):
    with pytest.raises(CatalogueError, match=message):
        three(**changes)


def test_half_written_store_is_refused(tmp_path):
    three().write(tmp_path)
    data = (tmp_path / "epochs.arrow").read_bytes()
    (tmp_path / "epochs.arrow").write_bytes(data[: len(data) // 2])
    with pytest.raises(CatalogueError, match=r"not readable epochs .*make the light curves again"):
        LightCurves.read(tmp_path)
    (tmp_path / "objects.parquet").unlink()
    with pytest.raises(CatalogueError, match="not a readable Parquet file"):
        LightCurves.read(tmp_path)


def test_no_light_curve_at_all(tmp_path):
    empty = LightCurves([], [0], [], [], [], [], ("I",))
    empty.write(tmp_path)
    assert len(LightCurves.read(tmp_path)) == 0
