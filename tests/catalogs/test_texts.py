"""Columns of text: the same as numpy gives, whatever the characters."""

import numpy as np
import pyarrow as pa
import pytest

from catalogs import texts

COLUMNS = {
    "ascii": np.array(["b", "a", "", "ab", "b", "B"]),
    "wide": np.array(["β Cet", "α Cet", "\U0001f30c", "z", "\uffee", "α Cet"]),
    "half a character": np.array(["b", "a", "\ud800", "b"]),
    "many": np.random.default_rng(0).integers(0, 90_000, 150_000).astype(str),
    "none": np.array([], dtype=str),
}
each = pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)


@each
def test_encoded_is_numpys_unique(column):
    for ours, theirs in zip(
        texts.encoded(column), np.unique(column, True, True, True), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@each
def test_order_is_numpys(column):
    np.testing.assert_array_equal(texts.order(column), np.argsort(column, kind="stable"))


@each
def test_distinct_and_repeated(column):
    names, counts = np.unique(column, return_counts=True)
    assert texts.distinct(column).tolist() == names.tolist()
    assert texts.repeated(column).tolist() == names[counts > 1].tolist()


def test_rows_of_names():
    known = np.array(["b", "a", "β"])
    assert texts.rows_of(known, np.array(["β", "x", "b"])).tolist() == [2, -1, 0]
    assert texts.rows_of(np.append(known, "\ud800"), known).tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["ascii", "wide", "many", "none"])
def test_arrow_to_numpy(name):
    column = COLUMNS[name]
    arrow = pa.array(column, pa.string())
    found = texts.to_numpy(pa.chunked_array([arrow.slice(2), arrow.slice(0, 1)]))
    expected = np.concatenate([column[2:], column[:1]])
    assert found.dtype.kind == "U" and found.tolist() == expected.tolist()
