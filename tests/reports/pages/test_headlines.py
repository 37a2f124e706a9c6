"""Headlines, tiles and bullets of comparisons in which each measure has another winner."""

import re
from dataclasses import replace

import numpy as np
import pytest

from reports.comparison import compare
from reports.pages import beaten, grids, trust, wording
from reports.render import render

CLASSES, TOTALS = ("a", "b", "c", "d"), (80, 700, 80, 140)
OPTIONS = {"survey": "made_up", "split": "s", "ordered": True, "noun": "stars"}


@pytest.fixture
def scheme(predictions):
    """The maker of a classifier that puts shares of each class into the classes: (4, 4)."""

    def made(name, shares, kind="automatic"):
        given = []
        for n, row in zip(TOTALS, shares):
            edges = np.round(np.cumsum(row) * n).astype(int)
            given += [CLASSES[k] for k in np.searchsorted(edges, np.arange(n), side="right")]
        return predictions(
            name,
            kind,
            classes=CLASSES,
            totals=TOTALS,
            posteriors=False,
            predicted=np.array(given),
        )

    return made


@pytest.fixture
def four_winners(scheme):
    """The network wins in accuracy (all but nothing of the rare classes), `even` in balanced
    accuracy, `pure` in macro-F1, `near` within one class."""
    network = [[0.1, 0.9, 0, 0], [0, 1, 0, 0], [0, 0.9, 0.1, 0], [0, 0.6, 0, 0.4]]
    even = [[1, 0, 0, 0], [0.35, 0.4, 0, 0.25], [0, 0, 1, 0], [0, 0, 0, 1]]
    pure = [[0.5, 0.25, 0, 0.25], [0, 0.8, 0, 0.2], [0.1, 0.2, 0.7, 0], [0.3, 0, 0, 0.7]]
    near = [[0, 1, 0, 0], [0, 0.7, 0.3, 0], [0, 0.5, 0.5, 0], [0, 0, 1, 0]]
    made = [scheme("network", network, "network"), scheme("even", even)]
    return compare([*made, scheme("pure", pure), scheme("near", near)], **OPTIONS)


def values(found, key):
    return {c.name: c.statistics[key].value for c in found.classifiers}


def test_each_measure_has_its_own_winner(four_winners):
    """That the comparison is what it is meant to be."""
    for key, winner in zip(beaten.MEASURES, ("network", "even", "pure", "near")):
        of = values(four_winners, key)
        assert max(of, key=of.get) == winner, key


def test_the_headline_begins_with_who_did_better_and_in_what(four_winners):
    said = wording.headline(four_winners)
    first, _, rest = said.partition(". ")
    balanced, f1, near = (values(four_winners, key) for key in beaten.MEASURES[1:])
    assert first == (
        "Made-up even did better than Made-up network in balanced accuracy"
        f" ({balanced['even']:.3f} against {balanced['network']:.3f}); Made-up pure did better in"
        f" macro-F1 ({f1['pure']:.3f} against {f1['network']:.3f}); Made-up near did better in"
        f" share within one class ({near['near']:.3f} against {near['network']:.3f})"
    )
    assert rest.startswith("Made-up network put ")


def test_the_tiles_begin_with_the_same(four_winners):
    page = render(four_winners, "html")
    tiles = re.findall(r'<div class="tile (\w+)"><dt>(.*?)</dt>', page)
    assert [t for t in tiles[:3]] == [
        ("better", "Made-up even, balanced accuracy"),
        ("better", "Made-up pure, macro-F1"),
        ("better", "Made-up near, share within one class"),
    ]
    assert "better than Made-up network" in page


def test_no_sentence_says_that_the_network_is_best(four_winners):
    text = " ".join([wording.headline(four_winners), *wording.findings(four_winners)])
    left, right = wording.leading_pair(four_winners)
    assert (left.name, right.name) == ("network", "pure")
    assert not re.search(r"Made-up network did better(?! in accuracy)", text)
    assert "a difference that this test set cannot tell from none" in wording.headline(four_winners)


def test_a_network_that_wins_everywhere_has_the_plain_headline(scheme):
    good = 0.9 * np.eye(4) + 0.025
    poor = 0.4 * np.eye(4) + 0.15
    found = compare([scheme("network", good, "network"), scheme("poor", poor)], **OPTIONS)
    assert wording.headline(found).startswith("Made-up network put ")
    assert beaten.beaten(found, found.classifiers[0]) == []
    assert 'class="tile better"' not in render(found, "html")


def test_a_difference_within_the_noise_is_no_defeat(scheme):
    one = 0.6 * np.eye(4) + 0.1
    other = one.copy()
    other[0] += [0.02, -0.02, 0, 0]  # two of eighty
    found = compare([scheme("network", one, "network"), scheme("other", other)], **OPTIONS)
    assert (
        values(found, "balanced_accuracy")["other"] > values(found, "balanced_accuracy")["network"]
    )
    assert "did better" not in wording.headline(found)


def test_a_learned_baseline_that_does_better_is_in_the_headline(scheme):
    network, forest = 0.4 * np.eye(4) + 0.15, 0.9 * np.eye(4) + 0.025
    made = [scheme("network", network, "network"), scheme("forest", forest, "learned")]
    said = wording.headline(compare([*made, scheme("poor", network)], **OPTIONS))
    assert said.startswith("Made-up forest did better than Made-up network in accuracy (0.924")


def test_sets_that_leave_out_a_class_are_a_bullet(trust_of):
    made = trust_of("network")
    held = np.asarray(made.sets["adaptive"]).copy()
    held[np.asarray(made.reference) == "Irr", -1] = False
    found = compare([replace(made, sets={"adaptive": held})], **OPTIONS).classifiers[0]
    (said,) = [s for s in trust.sentences(_one(found), found) if s.startswith("Prediction sets")]
    assert "made to hold the class of 90%" in said and "0% of class Irr (N = 25)" in said


def test_calibration_that_makes_things_worse_says_so(trust_of):
    made = trust_of("network")
    sharp = np.asarray(made.posteriors, float) ** 6
    worse = replace(made, calibrated=sharp / sharp.sum(1, keepdims=True))
    found = compare([worse], **OPTIONS)
    before, after = (
        found.classifiers[0].statistics[key].value for key in ("log_loss", "log_loss_calibrated")
    )
    said = [s for s in wording.findings(found) if s.startswith("Temperature scaling made")]
    assert len(said) == 1 and f"Log loss from {before:.3f} to {after:.3f}" in said[0]


def test_one_name_has_one_value_on_a_page(calibrated):
    """Holm's p, ECE before and after, and differences are the same in every table that has them."""
    summary = grids.summary(calibrated)
    ece = dict(
        zip((r[0] for r in summary.rows), (r[summary.rows[0].index("ECE")] for r in summary.rows))
    )
    scaled = grids.calibration(calibrated)
    column = scaled.rows[0].index("ECE")
    for row in scaled.rows[1:]:
        assert ece[row[0]] == row[column]
    for test in calibrated.pairs:
        if test.a == "network":
            assert grids.against(calibrated, "network")[test.b] == test.p_holm
    rows = {row[0]: row[1] for row in grids.measures(calibrated).rows[1:]}
    for test in calibrated.pairs:
        if test.a == "network":
            title = calibrated.classifier(test.b).title
            assert rows[title].startswith(f"{wording.points(test.accuracy.difference)} [")


@pytest.fixture
def trust_of(trust, predictions):
    return lambda name: trust(predictions(name))


def _one(result):
    """What `trust.sentences` needs of a comparison."""
    return type("Few", (), {"noun": "stars"})()
