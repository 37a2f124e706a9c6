"""Predictions: what is refused, all at once, and in words."""

import numpy as np
import pytest

from reports.errors import ReportError
from reports.predictions import Predictions


def three(**fields):
    options = {
        "name": "made_up",
        "title": "Made up",
        "kind": "network",
        "inputs": ("colour",),
        "object_id": ["m3", "m1", "m2"],
        "reference": ["a", "b", "a"],
        "predicted": ["a", "a", "b"],
        "posteriors": [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]],
        "classes": ("a", "b"),
    }
    return Predictions(**{**options, **fields})


def test_rows_can_be_put_in_the_order_of_any_list_of_the_same_objects():
    sorted_rows = three().in_order(np.array(["m1", "m2", "m3"]))
    assert sorted_rows.reference.tolist() == ["b", "a", "a"]
    assert sorted_rows.posteriors[:, 0].tolist() == [0.6, 0.2, 0.9]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (
            {"reference": ["a", "", "a"]},
            r"reference label '' of object m1 \(1 such rows\) is not one of: a, b",
        ),
        (
            {"predicted": ["a", "c", "c"]},
            r"predicted label 'c' of object m1 \(2 such rows\) is not one of: a, b",
        ),
        ({"object_id": ["m1", "m1", "m2"]}, "object_id must be unique, 1 are repeated"),
        (
            {"kind": "oracle"},
            "kind 'oracle' is not one of network, automatic, human, learned, published",
        ),
        ({"object_id": ["m1"]}, "must be lists of one length"),
        ({"posteriors": [[1.0, 0.0]]}, r"posteriors must have the shape \(3, 2\), got \(1, 2\)"),
        (
            {"posteriors": [[0.9, 0.1], [0.6, 0.6], [0.2, 0.8]]},
            r"add up to 1, those of object m1 \(1 such rows\) are \[0.6, 0.6\]",
        ),
        (
            {"posteriors": [[0.9, 0.1], [0.6, np.nan], [1.5, -0.5]]},
            r"those of object m1 \(2 such rows\)",
        ),
    ],
)
def test_faults_are_named(fields, fault):
    with pytest.raises(ReportError, match=fault):
        three(**fields)


def test_all_faults_are_told_at_once():
    with pytest.raises(
        ReportError,
        match=r"'made_up': kind 'x' .*; object_id must be unique.*; reference label 'z'",
    ):
        three(kind="x", object_id=["m1", "m1", "m2"], reference=["z", "a", "a"])
