"""A Comparison to JSON and back: nothing lost, the same text every time."""

import dataclasses
import json

import pytest

from reports.comparison import compare_published, from_json, to_json, with_seeds
from reports.errors import ReportError
from reports.render import formats, render


def test_round_trip_loses_nothing(comparison):
    text = to_json(comparison)
    assert from_json(text) == comparison
    assert to_json(from_json(text)) == text


def test_round_trip_of_unknown_cells_and_quoted_numbers():
    found = compare_published("storrie_lombardi_1992_table2")
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize("format", formats())
def test_pages_are_the_same_before_and_after(compared, format):
    found = with_seeds([compared(0), compared(1)])
    assert render(from_json(to_json(found)), format) == render(found, format)


def test_the_json_has_the_fields_that_scripts_rely_on(comparison):
    found = json.loads(to_json(comparison))
    assert found["format"] == 1
    assert found["classifiers"][0]["statistics"]["accuracy"].keys() >= {
        "value",
        "low",
        "high",
        "origin",
    }
    assert (
        found["classifiers"][0]["table"]["counts"][0][0]
        == comparison.classifiers[0].table.counts[0][0]
    )


def test_json_that_is_not_ours_is_refused(comparison):
    with pytest.raises(ReportError, match="not a JSON text of a Comparison"):
        from_json("<html>")
    with pytest.raises(ReportError, match="has the JSON format 99, this version reads 1"):
        from_json('{"format": 99}')
    with pytest.raises(ReportError, match="has the JSON format None"):
        from_json("[]")
    with pytest.raises(ReportError, match=r"missing or unknown fields: classes, .*; make it again"):
        from_json('{"format": 1, "survey": "x"}')


def test_what_json_cannot_hold_is_refused(comparison):
    with pytest.raises(ReportError, match="cannot be written as JSON"):
        to_json(dataclasses.replace(comparison, provenance={"when": float("nan")}))
