"""Catalogues: checked when made, the same after a round trip, units kept."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError
from catalogs.names import LONGEST, name_fault
from catalogs.schema import Column


def assert_same(a: Catalogue, b: Catalogue) -> None:
    for name in ("object_id", "labels", "group", "ra_deg", "dec_deg"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    pd.testing.assert_frame_equal(a.features, b.features)
    pd.testing.assert_frame_equal(a.flags, b.flags)
    for name in ("survey", "columns", "scheme", "simulated", "provenance"):
        assert getattr(a, name) == getattr(b, name)


def test_round_trip_and_equal_bytes(small, tmp_path):
    small.write(tmp_path / "a.parquet")
    assert_same(Catalogue.read(tmp_path / "a.parquet"), small)
    Catalogue.read(tmp_path / "a.parquet").write(tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_stages_survive_where_there_are_any(small, tmp_path):
    staged = replace(small, stage=[-5.0, -5.0, -2.0, np.nan, np.nan, 0.0])
    staged.write(tmp_path / "a.parquet")
    assert small.stage is None and staged.select(np.array(["c", "f"])).stage.tolist() == [0.0, -2.0]
    np.testing.assert_array_equal(Catalogue.read(tmp_path / "a.parquet").stage, staged.stage)
    with pytest.raises(CatalogueError, match="arrays of different lengths"):
        replace(small, stage=[1.0])


def test_empty_catalogue_round_trip(small, tmp_path):
    empty = small.select(np.zeros(6, dtype=bool))
    empty.write(tmp_path / "a.parquet")
    assert len(Catalogue.read(tmp_path / "a.parquet")) == 0 and empty.class_counts()["E"] == 0


NUMBERS = st.one_of(st.floats(allow_infinity=False), st.just(np.nan))
TEXTS = st.text(min_size=1, max_size=LONGEST).filter(lambda text: not name_fault(text))
IDS = st.one_of(TEXTS, st.integers(2**53).map(str))  # beyond 2^53 a float would change the number


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(IDS, NUMBERS, st.sampled_from(["", "E", "Irr"])), unique_by=lambda row: row[0]
    )
)
def test_any_text_and_number_survives(rows, small, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "c.parquet"
    ids, values, labels = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    nowhere = np.full(len(ids), np.nan)
    catalogue = replace(
        small,
        object_id=ids,
        features=pd.DataFrame({"x": np.array(values, dtype=float)}),
        columns=(Column("x", "", "any number"),),
        labels=labels,
        group=ids,
        ra_deg=nowhere,
        dec_deg=nowhere,
        flags=pd.DataFrame(),
    )
    catalogue.write(path)
    assert_same(Catalogue.read(path), catalogue)


def test_units_stand_in_the_parquet_fields_and_in_the_astropy_table(small, tmp_path):
    import pyarrow.parquet as pq
    from astropy import units as u

    small.write(tmp_path / "a.parquet")
    field = pq.read_schema(tmp_path / "a.parquet").field("mag")
    assert field.metadata[b"unit"] == b"mag" and field.metadata[b"description"] == b"brightness"
    table = small.to_table()
    assert (
        table["mag"].unit == u.mag
        and table["ra_deg"].unit == u.deg
        and table["mag"].description == "brightness"
    )
    assert table.meta["survey"] == "small"


def test_select_by_mask_and_by_identifiers_keeps_rows_together(small):
    assert small.labelled().object_id.tolist() == ["d", "b", "f", "a", "c"]
    picked = small.select(["c", "d"])
    assert picked.features["mag"].tolist() == [15.0, 10.0] and picked.labels.tolist() == ["S0", "E"]
    assert picked.flags["south"].tolist() == [False, True]
    assert small.class_counts() == {"E": 2, "S0": 3, "Sa+Sb": 0, "Sc+Sd": 0, "Irr": 0}


def test_select_of_nothing_is_empty(small):
    assert len(small.select([])) == 0


def test_select_faults(small):
    with pytest.raises(CatalogueError, match="has no object x, y; remedy"):
        small.select(["a", "x", "y"])
    with pytest.raises(CatalogueError, match="mask of 2 entries for 6 objects"):
        small.select(np.array([True, False]))


def test_all_faults_of_the_values_come_at_once(small):
    features = small.features.assign(mag=[99.0, -1.0, np.nan, 1, 2, 3])
    message = (
        r"catalogue 'small': 3 faults: .*given more than once: d.*labels outside scheme 'hubble_5':"
        r" 'Sx'; remedy: use E, S0"
        r".*column 'mag': 2 values outside \[0, 30\] mag: 99 for d, -1 for d"
    )
    with pytest.raises(CatalogueError, match=message):
        replace(
            small,
            object_id=["d", "d", "f", "a", "e", "c"],
            labels=["Sx", "E", "", "", "", ""],
            features=features,
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["E"]}, "arrays of different lengths: .*'labels': 1"),
        ({"columns": ()}, r"features \['mag', 'size'\] are not the described columns \[\]"),
        ({"flags": pd.DataFrame({"mag": [True] * 6})}, "column names used twice: mag"),
        ({"object_id": ["", "b", "f", "a", "e", "c"]}, "an empty identifier"),
    ],
)
def test_faults_of_the_shape(small, change, message):
    with pytest.raises(CatalogueError, match=message):
        replace(small, **change)


def test_reading_something_else(small, tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"Name;Type\n")
    with pytest.raises(CatalogueError, match="not a readable Parquet file"):
        Catalogue.read(tmp_path / "a.parquet")
    pd.DataFrame({"x": [1.0]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(
        CatalogueError, match="catalogue of format 1 expected, found something else"
    ):
        Catalogue.read(tmp_path / "b.parquet")
