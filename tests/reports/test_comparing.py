"""compare: alignment, paired tests, groups, bounds beside published tables, several seeds."""

import math
from dataclasses import replace

import numpy as np
import pytest

from astronn.statistics import metrics, significance
from astronn.statistics.paired_proportions import paired_difference
from reports.comparison import Predictions, compare, summarise_seeds, with_seeds
from reports.confusion import ConfusionTable
from reports.errors import ReportError
from reports.measures import pairs
from reports.pages import wording

OPTIONS = {"survey": "made_up", "split": "stratified", "ordered": True}
UNASKED = (0.0, -0.1, 0.1)  # a difference in macro-F1, which the verdict does not use


def published(
    right=(20, 30, 100, 40, 10), sample="made_up_test", name="old", totals=(31, 59, 161, 76, 25)
):
    """A made-up published table of which the diagonal is known."""
    counts = tuple(tuple(d if i == j else None for j in range(5)) for i, d in enumerate(right))
    return ConfusionTable(
        name,
        f"Made-up {name}",
        "published",
        ("E", "S0", "Sa+Sb", "Sc+Sd", "Irr"),
        counts,
        totals,
        sample=sample,
    )


def test_tables_and_statistics_are_those_of_the_labels(comparison, predictions):
    made = predictions("network")
    C = metrics.confusion_matrix(made.reference, made.predicted, made.classes)
    found = comparison.classifier("network")
    assert found.table.matrix().tolist() == C.tolist()
    assert found.statistics["kappa"].value == metrics.cohen_kappa(C)
    assert found.statistics["top_2"].value == metrics.top_k_accuracy(
        made.reference, made.posteriors, made.classes
    )
    assert sum(row.n for row in found.reliability) == comparison.n_test == 352


def test_row_order_of_the_input_does_not_matter(comparison, predictions):
    made = [predictions("network"), predictions("rival", "learned", seed=2)]
    shuffled = np.random.default_rng(0).permutation(352)
    mixed = [made[0], made[1].in_order(made[1].object_id[shuffled])]
    assert compare(made, **OPTIONS) == compare(mixed, **OPTIONS)


def test_every_pair_is_tested_and_holm_counts_them_all(comparison, predictions):
    assert len(comparison.pairs) == 6
    test = next(t for t in comparison.pairs if (t.a, t.b) == ("network", "rival"))
    a, b = predictions("network"), predictions("rival", "learned", seed=2)
    right_a, right_b = a.predicted == a.reference, b.predicted == b.reference
    assert (test.only_a, test.only_b) == ((right_a & ~right_b).sum(), (right_b & ~right_a).sum())
    assert test.p_value == significance.mcnemar(test.only_a, test.only_b).p_value
    assert [t.p_holm for t in comparison.pairs] == significance.holm(
        [t.p_value for t in comparison.pairs]
    ).tolist()
    assert test.low <= test.difference <= test.high
    f1 = [comparison.classifier(name).statistics["macro_f1"].value for name in (test.a, test.b)]
    assert test.f1_difference == pytest.approx(f1[0] - f1[1])
    assert test.f1_low <= test.f1_difference <= test.f1_high


def test_a_pair_is_set_apart_class_by_class(predictions):
    made = predictions("network"), predictions("rival", "learned", seed=2)
    (test,) = compare(made, **OPTIONS).pairs
    assert sum(found.n for found in test.classes) == test.n
    assert sum(found.only_a for found in test.classes) == test.only_a
    for name, found in zip(made[0].classes, test.classes):
        right = [p.predicted[p.reference == name] == name for p in made]
        both, neither = (right[0] & right[1]).sum(), (~right[0] & ~right[1]).sum()
        expected = paired_difference(both, found.only_a, found.only_b, neither)
        assert (found.difference, found.low, found.high) == (
            expected.value,
            expected.low,
            expected.high,
        )


def test_a_class_without_objects_has_no_difference(predictions):
    made = [
        predictions(name, seed=seed, totals=(31, 59, 161, 76, 0))
        for seed, name in enumerate(("network", "other"))
    ]
    (test,) = compare(made, **OPTIONS).pairs
    assert test.classes[-1] is None and all(test.classes[:-1])


def test_groups_that_agree_widen_the_difference_of_a_class(predictions):
    made = predictions("network"), predictions("rival", "learned", seed=2)
    gain = (made[0].predicted == made[0].reference).astype(int) - (
        made[1].predicted == made[1].reference
    )
    alike = (
        np.argsort(np.lexsort([gain, made[0].reference]), kind="stable") // 8
    )  # rows of one class and one gain together
    plain, grouped = (
        compare(made, groups=groups, **OPTIONS).pairs[0].classes[2] for groups in (None, alike)
    )
    assert grouped.difference == pytest.approx(plain.difference)
    assert grouped.high - grouped.low > 1.8 * (plain.high - plain.low)


def test_better_is_said_only_where_it_is_shown():
    test = pairs.PairTest(
        "a", "b", 100, 30, 10, 10.0, "chi2", 0.0016, 0.0016, 0.2, 0.1, 0.3, *UNASKED
    )
    unclear = pairs.PairTest(
        "a", "b", 100, 12, 10, 0.2, "exact", 0.8, 0.8, 0.02, -0.1, 0.1, *UNASKED
    )
    assert (test.better, unclear.better) == ("a", "")


def test_groups_widen_the_intervals(predictions):
    made = predictions("network"), predictions("rival", "learned", seed=2)
    plain = compare(made, **OPTIONS)
    hit = metrics.top_k_right(made[0].reference, made[0].posteriors, made[0].classes)
    alike = np.argsort(np.argsort(hit, kind="stable")) // 16  # all rows of a group hit or all miss
    grouped = compare(made, groups=alike, **OPTIONS)
    assert grouped.grouped and not plain.grouped
    widths = [c.classifier("network").statistics["top_2"] for c in (plain, grouped)]
    ratio = (widths[1].high - widths[1].low) / (widths[0].high - widths[0].low)
    assert ratio == pytest.approx(
        4, rel=0.2
    )  # sqrt(16): a group of 16 that agree is worth one object
    assert not compare(made, groups=np.arange(352), **OPTIONS).grouped


def test_a_published_table_of_the_same_sample_is_bounded_by_class(predictions):
    found = compare(
        [predictions("network")], published=[published()], sample="made_up_test", **OPTIONS
    )
    (bound,) = found.bounds
    diagonal = found.classifier("network").table.diagonal
    expected = significance.mcnemar_bounds(diagonal, (20, 30, 100, 40, 10), (31, 59, 161, 76, 25))
    assert (bound.chi2_low, bound.chi2_high, bound.margins) == (
        *expected,
        "numbers right per class",
    )


def test_equal_class_totals_do_not_make_one_sample(predictions):
    assert compare([predictions("network")], published=[published()], **OPTIONS).bounds == ()


def test_bounds_that_straddle_are_undecidable():
    (bound,) = pairs.bound_pairs([published(), published((21, 30, 100, 40, 18), name="new")])
    assert bound.chi2_low <= 3.841 < bound.chi2_high
    assert bound.verdict == "undecidable"


def test_what_cannot_be_compared_is_refused(predictions):
    first = predictions("network")
    with pytest.raises(ReportError, match="nothing to compare"):
        compare([], **OPTIONS)
    with pytest.raises(ReportError, match="classifier names must differ, got network, network"):
        compare([first, first], **OPTIONS)
    with pytest.raises(
        ReportError, match=r"rival and network differ in 1 objects, M0351 is the first"
    ):
        compare([first, predictions("rival", totals=(31, 59, 161, 76, 24))], **OPTIONS)
    with pytest.raises(ReportError, match="differ in the reference class of M0000"):
        compare([first, predictions("rival", reference=first.reference[::-1])], **OPTIONS)
    with pytest.raises(ReportError, match="rival has the classes a, b, network has E, S0"):
        compare([first, predictions("rival", classes=("a", "b"), totals=(176, 176))], **OPTIONS)
    with pytest.raises(ReportError, match="groups must have one entry per test object"):
        compare([first], groups=[1, 2], **OPTIONS)
    with pytest.raises(ReportError, match="no test objects"):
        compare([predictions("network", totals=(0,) * 5)], **OPTIONS)


def test_the_summary_is_what_scripts_read(comparison):
    found = comparison.summary()
    assert (found["survey"], found["split"], found["n_train"], found["n_test"]) == (
        "made_up",
        "stratified",
        100,
        352,
    )
    assert set(found["classifiers"]["network"]) == {
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "top_2",
        "kappa",
    }
    assert found["classifiers"]["nearest_mean"]["top_2"] is None


def test_an_unknown_classifier_is_refused_with_the_known_ones(comparison):
    with pytest.raises(
        ReportError,
        match="unknown classifier 'human'; choose one of: network, nearest_mean, majority, rival",
    ):
        comparison.classifier("human")


def test_seeds_are_summarised_by_mean_and_standard_deviation(compared):
    made = [compared(seed) for seed in range(4)]
    found = summarise_seeds(made)
    accuracy = [c.classifier("network").statistics["accuracy"].value for c in made]
    spread = found.statistics["network"]["accuracy"]
    assert (spread.mean, spread.sd) == (np.mean(accuracy), np.std(accuracy, ddof=1))
    rival = [c.classifier("rival").statistics["accuracy"].value for c in made]
    pair = next(p for p in found.pairs if (p.a, p.b) == ("network", "rival"))
    assert pair.difference.values == pytest.approx(tuple(np.subtract(accuracy, rival)))
    assert pair.difference.positive == sum(a > b for a, b in zip(accuracy, rival))
    assert with_seeds(made).summary()["over_seeds"]["network"]["accuracy"]["mean"] == spread.mean


def test_seeds_that_share_objects_do_not_narrow_the_interval_of_macro_f1(comparison, predictions):
    made = [predictions("network"), predictions("rival", "learned", seed=2)]
    alike = [replace(compare(made, **OPTIONS), seed=seed) for seed in range(4)]
    (pair,) = with_seeds(alike, [made] * 4).seeds.pairs
    (once,) = alike[0].pairs
    assert pair.f1.mean == pytest.approx(once.f1_difference)
    assert pair.f1_high - pair.f1_low == pytest.approx(
        once.f1_high - once.f1_low, rel=0.15
    )  # 2000 draws: 3 per cent each
    assert summarise_seeds(alike).pairs[0].f1_low is None


def test_predictions_of_too_few_seeds_are_refused(comparison, predictions, compared):
    with pytest.raises(ReportError, match="1 sets of predictions for 2 comparisons"):
        with_seeds([compared(0), compared(1)], [[predictions("network")]])


def test_one_seed_has_no_standard_deviation(compared):
    assert summarise_seeds([compared(0)]).statistics["network"]["accuracy"].sd is None
    assert with_seeds([compared(0)]).seeds is None


def test_seeds_of_different_things_are_refused(compared):
    with pytest.raises(ReportError, match="seeds must repeat one comparison: other/stratified"):
        summarise_seeds([compared(0), compared(1, survey="other")])
    with pytest.raises(ReportError, match="seeds must differ, got 0, 0"):
        summarise_seeds([compared(0), compared(0)])
    with pytest.raises(ReportError, match="no comparisons"):
        summarise_seeds([])


def test_reliability_of_posteriors_that_tell_the_truth():
    """Labels drawn from the posteriors themselves: the calibration error is of the order of
    counting noise.
    """
    P = np.random.default_rng(0).dirichlet(np.ones(5), 20_000)
    drawn = (np.random.default_rng(1).random((20_000, 1)) > P.cumsum(1)).sum(1)
    classes = ("E", "S0", "Sa+Sb", "Sc+Sd", "Irr")
    names = np.array(classes)
    ids = np.arange(20_000).astype(str)
    made = Predictions("n", "N", "network", (), ids, names[drawn], names[P.argmax(1)], P, classes)
    found = compare([made], **OPTIONS).classifier("n")
    assert found.statistics["calibration_error"].value < 0.02
    assert all(
        abs(b.confidence - b.fraction_right) < 5 * math.sqrt(0.25 / b.n) for b in found.reliability
    )


def test_people_lead_as_an_automatic_scheme_does(predictions):
    made = [
        predictions("network"),
        predictions("eye", "human", seed=1, noise=0.5),
        predictions("mean", "automatic", seed=2, noise=2.0),
    ]
    left, right = wording.leading_pair(compare(made, **OPTIONS))
    assert (left.name, right.name, right.kind) == ("network", "eye", "human")
