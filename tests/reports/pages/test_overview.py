"""The sheet of surveys x methods and the folded light curves of a page."""

from dataclasses import replace

import numpy as np
import pytest

from reports.comparison import compare
from reports.measures import folded
from reports.pages.overview import overview
from reports.predictions import Predictions
from reports.render import render, render_index

CLASSES = ("E", "S")


def predictions(name, kind, n_right):
    """Of 10 objects, 5 of each class, the first `n_right` are put right."""
    reference = np.array(["E", "S"] * 5)
    predicted = np.where(np.arange(10) < n_right, reference, np.where(reference == "E", "S", "E"))
    ids = np.array([f"G{i}" for i in range(10)])
    return Predictions(name, name.upper(), kind, (), ids, reference, predicted, None, CLASSES)


@pytest.fixture(scope="module")
def entries():
    pair = [predictions("net", "network", 8), predictions("auto", "automatic", 6)]
    first = compare(pair, survey="a", split="m", ordered=False)
    forest = predictions("forest", "learned", 10)
    both = [predictions("net", "network", 8), forest]
    second = compare(both, survey="b", split="m", ordered=False, simulated=True)
    return [("a/r.html", first), ("b/r.html", second)]


def test_a_comparison_is_a_group_and_a_method_a_row(entries):
    sheet = overview(entries)
    shown = [[(row.title, row.cells[0].text, row.cells[0].best) for row in g.rows] for g in sheet]
    assert shown == [
        [("NET", "0.800", True), ("AUTO", "0.600", False)],
        [("NET", "0.800", False), ("FOREST", "1.000", True)],
    ]
    assert [cell.text for cell in sheet[0].rows[0].cells] == ["0.800"] * 3  # 4 of 5 in each class


def test_what_is_published_has_no_seed(entries):
    paper = [predictions("paper", "published", 7)]
    published = compare(paper, survey="c", split="m", ordered=False)
    assert [
        group.about.partition("classes")[2] for group in overview([*entries, ("c", published)])
    ] == [
        ", seed 0",
        ", seed 0",
        "",
    ]


def test_the_page_has_the_sheet_and_says_what_is_simulated(entries):
    text = render_index(entries)
    assert text.count('<th scope="col">') == 3 and "(SIMULATED)" in text
    assert text.count('class="best"') == 6 and text.count('<th scope="rowgroup"') == 2


def test_a_sine_is_folded_onto_its_period():
    """Epochs a whole number of periods apart have the same phase and, of a periodic star, the same
    magnitude.
    """
    times = 2450000.5 + np.arange(20) * 0.25
    curve = folded.fold(times, np.sin(np.pi * times), np.full(20, np.nan), "V", 2.0)
    assert curve.phase[:9] == (0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 0)
    assert curve.magnitude[:4] == curve.magnitude[8:12] and curve.error == (None,) * 20


def test_many_epochs_are_thinned_and_said_so():
    n = 1000
    curve = folded.fold(np.arange(n) * 1.0, np.zeros(n), np.ones(n), "V", np.nan)
    assert (
        len(curve.phase) == folded.MOST_POINTS and curve.n_epochs == n and curve.phase[-1] == n - 1
    )
    assert folded.plot(curve).x_title == "days since the first epoch"
    assert (
        "1000 epochs in V, 250 of them drawn, against time (no period is known)"
        in folded.describe(curve)
    )


def test_bright_is_above_faint_and_two_cycles_are_drawn():
    curve = folded.fold(
        np.array([0.0, 0.5]), np.array([10.0, 12.0]), np.array([0.1, np.nan]), "I", 1.0
    )
    drawn = folded.plot(curve)
    heights = [float(dot.split()[1].removesuffix("h0")) for dot in drawn.dots.split("M")[1:]]
    assert len(heights) == 4 and heights[0] < heights[1]  # SVG counts downwards
    assert drawn.bars.count("M") == 2  # the error that is not known has no bar
    ticks = [float(label) for _, label in drawn.y_ticks]
    assert ticks == sorted(ticks) and [y for y, _ in drawn.y_ticks] == sorted(
        y for y, _ in drawn.y_ticks
    )


def test_a_star_without_an_epoch_has_no_curve():
    assert folded.fold(np.array([]), np.array([]), np.array([]), "V", 1.0) is None


def test_the_page_shows_the_curves_of_mistakes(entries):
    from reports.comparison import from_json, to_json
    from reports.measures import mistakes

    posteriors = np.tile([0.6, 0.4], (10, 1))
    net = replace(predictions("net", "network", 8), posteriors=posteriors)
    curve = folded.fold(
        np.array([0.0, 0.5]), np.array([10.0, 12.0]), np.array([0.1, np.nan]), "I", 1.0
    )
    sheet = mistakes.surest(
        net, np.zeros(10), np.zeros(10), {}, curves=lambda names: {names[0]: curve}
    )
    comparison = replace(entries[0][1], mistakes=(sheet,))
    assert from_json(to_json(comparison)) == comparison
    text = render(comparison, "html")
    assert text.count('id="curve-1-1-t"') == 1 and "2 epochs in I, folded with 1 days" in text
