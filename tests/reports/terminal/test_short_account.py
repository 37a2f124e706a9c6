"""The short account: at most so many lines, no wider than the terminal, the headline always there,
and what found no room named.
"""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.comparison import compare, compare_published
from reports.pages import wording
from reports.render import text
from reports.terminal import account, for_scripts
from reports.terminal.abbreviations import abbreviated
from reports.terminal.account import LINES

WIDTHS = (60, 80, 100, 120)
LONG = ("spiral, clockwise", "spiral, anticlockwise", "edge-on disk", "merger or disturbed", "E")


@pytest.fixture(scope="module")
def long_names(made_up_predictions):
    """Classes with long names, whose tables do not fit beside each other whole."""
    made_up = made_up_predictions
    made = [made_up("network", seed=1, classes=LONG), made_up("rival", "learned", classes=LONG)]
    return compare(made, survey="long", split="stratified", ordered=False, noun="galaxies")


@pytest.fixture(scope="module")
def several(comparison, calibrated, long_names):
    return [compare_published("storrie_lombardi_1992_table2"), comparison, calibrated, long_names]


def flat(said: str) -> str:
    return re.sub(r"\s+", "", said)  # a line may end at a hyphen


@pytest.mark.parametrize("width", WIDTHS)
def test_one_and_several_fit_the_width_and_the_lines(several, width):
    for made in (*([each] for each in several), several[:3]):
        said = account(made, ["page.html"] * len(made), width)
        assert len(said.splitlines()) <= LINES
        assert max(map(len, said.splitlines())) <= width
        for each in made:
            assert flat(wording.headline(each)) in flat(said)


def test_a_single_report_has_tables_methods_and_findings(comparison):
    said = account([comparison], ["results/report.html"], 100)
    counts = comparison.classifier("network").table.matrix().ravel()
    assert all(re.search(rf"\b{count}\b", said) for count in counts)
    assert all(each.title in said for each in comparison.classifiers)
    assert flat(wording.findings(comparison)[0]) in flat(said)
    assert "page: results/report.html" in said


def test_what_finds_no_room_is_named(comparison):
    short = account([comparison], width=100, lines=12)
    assert flat("Not shown here: confusion tables, all methods, more findings") in flat(short)
    assert "Not shown" not in account([comparison], width=100, lines=200)


def test_long_class_names_are_cut_beside_each_other_and_spelled_out(long_names):
    said = account([long_names], width=100)
    header = next(line for line in said.splitlines() if line.count("compl") == 2)
    assert len(header) <= 100
    assert all(flat(f"= {name}") in flat(said) for name in LONG if len(name) > 10)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.text("abc de-+12,", min_size=1, max_size=30), min_size=1, max_size=12, unique=True),
    st.integers(3, 12),
)
def test_short_names_differ_and_fit(names, room):
    short = abbreviated(names, room)
    assert len(set(short)) == len(names) and all(0 < len(each) <= room for each in short)
    assert all(a == b for a, b in zip(short, names) if len(b) <= room)


def test_the_whole_text_follows_the_width_too(several):
    for made in several[:3]:  # of the last one table alone is wider
        for width in (80, 120):
            assert max(map(len, text.render(made, width).splitlines())) <= width
        assert text.render(made) == text.render(made, text.WIDTH)


def test_scripts_get_path_intervals_p_values_and_the_quality_of_posteriors(calibrated):
    found = json.loads(json.dumps(for_scripts(calibrated, "/results/report.html")))
    assert found["path"] == "/results/report.html"
    for result in calibrated.classifiers:
        own, statistics = found["classifiers"][result.name], result.statistics
        assert own["accuracy"] == statistics["accuracy"].value
        ends = [statistics["accuracy"].low, statistics["accuracy"].high]
        assert own["intervals"]["accuracy"] == ends and ends[0] <= own["accuracy"] <= ends[1]
        assert own["log_loss"] == statistics["log_loss"].value
        assert own["ece"] == statistics["calibration_error"].value
    assert found["classifiers"]["majority"]["log_loss"] is None
    assert found["classifiers"]["network"]["ece_calibrated"] is not None
    assert [pair["p"] for pair in found["pairs"]] == [t.p_value for t in calibrated.pairs]
    assert all(pair["p"] <= pair["p_holm"] <= 1 for pair in found["pairs"])
