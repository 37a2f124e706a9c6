"""A Comparison to JSON and back: nothing lost, the same text every time."""

import dataclasses
import json
from pathlib import Path

import pytest

from reports.comparison import from_json, to_json, with_seeds
from reports.errors import ReportError
from reports.measures.statistics import KEYS
from reports.render import formats, render

FORMER = Path(__file__).parent / "golden" / "comparison_0.1.0.json"


def test_round_trip_loses_nothing(comparison):
    text = to_json(comparison)
    assert from_json(text) == comparison
    assert to_json(from_json(text)) == text


def test_round_trip_of_unknown_cells_and_quoted_numbers(margins_only):
    found = margins_only
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize("format", formats())
def test_pages_are_the_same_before_and_after(compared, format):
    found = with_seeds([compared(0), compared(1)])
    assert render(from_json(to_json(found)), format) == render(found, format)


def test_the_json_has_the_fields_that_scripts_rely_on(comparison):
    found = json.loads(to_json(comparison))
    assert found["format"] == 2
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
    with pytest.raises(ReportError, match="has the JSON format 99, this version reads 1, 2"):
        from_json('{"format": 99}')
    with pytest.raises(ReportError, match="has the JSON format None"):
        from_json("[]")
    with pytest.raises(ReportError, match=r"missing or unknown fields: classes, .*; make it again"):
        from_json('{"format": 2, "survey": "x"}')


def test_what_json_cannot_hold_is_refused(comparison):
    with pytest.raises(ReportError, match="cannot be written as JSON"):
        to_json(dataclasses.replace(comparison, provenance={"when": float("nan")}))


def test_what_version_0_1_0_wrote_is_read_in_the_words_of_today():
    text = FORMER.read_text(encoding="utf-8")
    was, found = json.loads(text), from_json(text)
    assert [c.kind for c in found.classifiers] == ["network", "learned", "automatic"]
    for old, new in zip(was["classifiers"], found.classifiers, strict=True):
        assert set(new.statistics) == set(KEYS)
        before, after = old["statistics"], new.statistics
        assert before["majority_rate"]["value"] == after["no_information_rate"].value == 1 / 3
        assert before["classwise_error"]["value"] == after["classwise_ece"].value
    assert "no_information_rate" in found.seeds.statistics["forest"]
    assert found.figures[0].file == was["pictures"][0]["file"]
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize("format", formats())
def test_what_version_0_1_0_wrote_is_rendered(format):
    assert "forest" in render(from_json(FORMER.read_text(encoding="utf-8")), format)
