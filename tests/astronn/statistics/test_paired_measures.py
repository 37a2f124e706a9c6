"""Differences in four measures: by hand, against drawing objects one by one, groups, several test
sets.
"""

import math

import numpy as np
import pytest

from astronn.errors import AstronnError
from astronn.statistics import metrics
from astronn.statistics.paired_measures import MEASURES, Answers, paired_measures


def answers(n=600, seed=0, groups=None, right=(0.8, 0.7)):
    """Three classes of unequal size; each classifier is right with its own chance, else gives any
    class.
    """
    rng = np.random.default_rng(seed)
    reference = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    a, b = (np.where(rng.random(n) < chance, reference, rng.integers(0, 3, n)) for chance in right)
    return Answers(reference, a, b, groups)


def gain(test, rows=slice(None)):
    """Macro-F1(A) - macro-F1(B) of the rows by the confusion matrices themselves."""
    names = np.arange(3)
    tables = [
        metrics.confusion_matrix(test.reference[rows], given[rows], names)
        for given in (test.a, test.b)
    ]
    return float(metrics.macro_f1(tables[0]) - metrics.macro_f1(tables[1]))


def paired_macro_f1(tests, n_classes, **options):
    return paired_measures(tests, n_classes, **options)["macro_f1"]


def width(found):
    return found.high - found.low


def test_a_difference_by_hand():
    """A has F1 of 1 and 1; B of 2/3 and 0.8: the difference is 1 - 11/15 = 4/15."""
    found = paired_macro_f1([Answers([0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1])], 2)
    assert found.value == pytest.approx(4 / 15)


def test_a_class_that_nobody_has_is_left_out():
    test = answers()
    assert (
        paired_macro_f1([test], 3).value
        == paired_macro_f1([test], 5).value
        == pytest.approx(gain(test))
    )


def test_interval_is_that_of_drawing_objects_one_by_one():
    test, rng = answers(), np.random.default_rng(1)
    drawn = [gain(test, rng.integers(0, 600, 600)) for _ in range(2000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = paired_macro_f1([test], 3, n=4000)
    assert width(found) == pytest.approx(
        high - low, rel=0.12
    )  # ends of 2000 draws vary by 3 per cent: 4 sigma
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.12 * (high - low))


def test_the_four_measures_are_those_of_the_confusion_matrices():
    test = answers()
    tables = [
        metrics.confusion_matrix(test.reference, given, np.arange(3)) for given in (test.a, test.b)
    ]
    found = paired_measures([test], 3)
    assert tuple(found) == MEASURES
    for name in MEASURES:
        of = getattr(metrics, name)
        assert found[name].value == pytest.approx(of(tables[0]) - of(tables[1]), abs=1e-12)
        assert found[name].low <= found[name].value <= found[name].high


def test_p_values_and_intervals_say_the_same():
    """With Tango's score interval exactly, with draws within their noise."""
    for seed in range(30):
        found = paired_measures([answers(200, seed=seed, right=(0.75, 0.7))], 3, seed=seed)
        for name in ("accuracy", "within_one"):
            one = found[name]
            assert (one.p_value < 0.05) <= (not one.low <= 0 <= one.high)
        for name in ("balanced_accuracy", "macro_f1"):
            one = found[name]
            if abs(one.p_value - 0.05) > 0.01:
                assert (one.p_value < 0.05) == (not one.low <= 0 <= one.high)


def test_groups_of_single_objects_give_the_interval_of_objects():
    test = answers()
    alone, grouped = (paired_measures([t], 3) for t in (test, test._replace(groups=np.arange(600))))
    for name in MEASURES:
        assert width(grouped[name]) == pytest.approx(width(alone[name]), rel=0.12)


def test_rows_of_one_object_repeated_do_not_narrow_the_interval():
    once = answers()
    copies = Answers(*(np.repeat(values, 9) for values in once[:3]), np.repeat(np.arange(600), 9))
    plain, grouped, naive = (
        paired_macro_f1([test], 3, n=4000) for test in (once, copies, copies._replace(groups=None))
    )
    assert grouped.value == pytest.approx(plain.value)
    assert width(grouped) == pytest.approx(width(plain), rel=0.12)
    assert width(naive) == pytest.approx(width(plain) / 3, rel=0.15)


def test_test_sets_that_share_objects_are_not_taken_for_independent_ones():
    """Three times the same set tells no more than once; three sets of other objects narrow the mean
    by sqrt(3).
    """
    shared = [answers(groups=np.arange(600))] * 3
    apart = [answers(groups=np.arange(600) + 600 * i) for i in range(3)]
    once, together, independent = (
        paired_macro_f1(tests, 3, n=4000) for tests in (shared[:1], shared, apart)
    )
    assert once.value == pytest.approx(together.value) == pytest.approx(independent.value)
    assert width(together) == pytest.approx(width(once), rel=0.12)
    assert width(independent) == pytest.approx(width(once) / math.sqrt(3), rel=0.12)


def test_several_sets_give_the_mean_of_their_differences():
    tests = [answers(seed=seed, groups=np.arange(600)) for seed in range(3)]
    assert paired_macro_f1(tests, 3).value == pytest.approx(np.mean([gain(test) for test in tests]))


def test_two_that_say_the_same_differ_by_nothing_within_what_few_objects_can_say():
    """No bootstrap could draw a difference; objects that were not tested could hold one."""
    test = answers(60)
    for found in paired_measures([test._replace(b=test.a)], 3).values():
        assert found.value == 0 and found.low < 0 < found.high and found.p_value > 0.5
    same = test._replace(b=test.a, groups=np.arange(60))
    assert all(found.p_value == 1.0 for found in paired_measures([same], 3).values())


def test_the_same_seed_gives_the_same_interval_and_no_rows_give_nan():
    assert paired_macro_f1([answers()], 3, seed=3) == paired_macro_f1([answers()], 3, seed=3)
    assert paired_macro_f1([answers()], 3, seed=3) != paired_macro_f1([answers()], 3, seed=4)
    assert all(math.isnan(x) for x in paired_macro_f1([Answers([], [], [])], 3))


def test_interval_covers_at_its_level():
    """200 test sets of 400 objects around a truth from 2e6 objects: the count covered is within 3.3
    sigma of 95 per cent.
    """
    truth = gain(answers(2_000_000, seed=99))
    found = [paired_macro_f1([answers(400, seed=seed)], 3, n=500, seed=seed) for seed in range(200)]
    assert 180 <= sum(one.low <= truth <= one.high for one in found) <= 200


def test_faults_of_the_input_are_named():
    test = answers()
    with pytest.raises(AstronnError, match="at least one test set, got none"):
        paired_macro_f1([], 3)
    with pytest.raises(AstronnError, match="give the groups of each"):
        paired_macro_f1([test, test], 3)
    with pytest.raises(AstronnError, match=r"lists of one length, got \(600,\), \(599,\)"):
        paired_macro_f1([test._replace(a=test.a[1:])], 3)
    with pytest.raises(AstronnError, match="must lie between 0 and 1; encode"):
        paired_macro_f1([test], 2)
