"""Statistics of a table: what is derived, quoted, not derivable, not applicable, and their
intervals.
"""

import numpy as np
import pytest

from astronn.statistics import metrics
from reports.confusion import ConfusionTable
from reports.measures import statistics
from reports.measures.statistics import DEFINITIONS, KEYS, of_table

COUNTS = np.array([[50, 10, 0], [5, 20, 5], [0, 3, 7]])
TABLE = ConfusionTable.from_counts("made_up", "Made up", "network", ("a", "b", "c"), COUNTS)


def unknown(counts=((None,) * 3,) * 3, **fields):
    return ConfusionTable(
        "made_up", "Made up", "published", ("a", "b", "c"), counts, (60, 30, 10), 77, **fields
    )


def test_every_statistic_that_a_table_must_carry_is_there():
    must = {
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "kappa",
        "quadratic_kappa",
        "matthews",
        "top_2",
        "within_one",
    }
    assert must | {"no_information_rate"} <= set(KEYS)
    assert all(d.title and d.meaning for d in DEFINITIONS)


def test_full_tables_are_derived_with_wilson_intervals():
    found = of_table(TABLE, ordered=True)
    accuracy = found.values["accuracy"]
    assert (accuracy.value, accuracy.low, accuracy.high) == (
        0.77,
        *metrics.wilson_interval(77, 100),
    )
    assert found.completeness[1].low == metrics.wilson_interval(20, 30)[0]
    assert found.purity[1].high == metrics.wilson_interval(20, 33)[1]
    assert found.values["matthews"].value == metrics.matthews(COUNTS)


def test_intervals_hold_their_value_and_shrink_with_the_root_of_n():
    large = ConfusionTable.from_counts("made_up", "Made up", "network", TABLE.classes, 16 * COUNTS)
    for key in ("balanced_accuracy", "macro_f1", "kappa", "quadratic_kappa", "matthews"):
        small, wide = (
            of_table(large, ordered=True).values[key],
            of_table(TABLE, ordered=True).values[key],
        )
        assert wide.low < wide.value < wide.high
        assert (wide.high - wide.low) / (small.high - small.low) == pytest.approx(
            4, rel=0.2
        )  # percentiles of 2000 draws


def test_groups_of_single_rows_give_the_interval_of_a_binomial_proportion():
    """Half width 1.96 sqrt(p q / n)."""
    codes = np.repeat(np.indices((3, 3)).reshape(2, -1), COUNTS.ravel(), axis=1)
    found = of_table(TABLE, ordered=True, codes=tuple(codes), groups=np.arange(100)).values[
        "accuracy"
    ]
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(0.77 * 0.23 / 100), rel=0.1)


def test_copies_of_objects_do_not_narrow_grouped_intervals():
    codes = np.repeat(np.indices((3, 3)).reshape(2, -1), COUNTS.ravel(), axis=1)
    copied = ConfusionTable.from_counts("made_up", "Made up", "network", TABLE.classes, 9 * COUNTS)
    groups, nine = np.repeat(np.arange(100), 9), tuple(np.repeat(codes, 9, axis=1))
    grouped = of_table(copied, ordered=True, codes=nine, groups=groups).values["kappa"]
    plain = of_table(TABLE, ordered=True).values["kappa"]
    assert grouped.high - grouped.low == pytest.approx(plain.high - plain.low, rel=0.15)


def test_what_does_not_apply_says_why():
    found = of_table(TABLE, ordered=False).values
    assert (found["top_2"].value, found["top_2"].why) == (None, "no posteriors")
    assert (found["within_one"].origin, found["within_one"].why) == (
        statistics.NOT_APPLICABLE,
        "classes not ordered",
    )


def test_margins_give_accuracy_and_no_information_rate_and_nothing_else():
    found = of_table(unknown(), ordered=True)
    known = {key for key, value in found.values.items() if value.known}
    assert known == {"accuracy", "no_information_rate"}
    assert found.values["accuracy"].low == metrics.wilson_interval(77, 100)[0]
    assert {v.origin for v in found.completeness} == {"not derivable"}


def test_a_known_diagonal_gives_completeness_and_balanced_accuracy():
    counts = tuple(tuple(int(COUNTS[i, j]) if i == j else None for j in range(3)) for i in range(3))
    found = of_table(unknown(counts), ordered=True)
    assert found.values["balanced_accuracy"].value == pytest.approx(
        metrics.balanced_accuracy(COUNTS)
    )
    assert [c.value for c in found.completeness] == metrics.completeness(COUNTS).tolist()
    assert not found.values["kappa"].known and not found.purity[0].known


def test_quoted_numbers_are_marked_and_yield_to_derived_ones():
    found = of_table(unknown(quoted={"kappa": "0.58", "accuracy": "0.8"}), ordered=True).values
    assert (found["kappa"].value, found["kappa"].origin, found["kappa"].digits) == (
        0.58,
        "quoted",
        2,
    )
    assert (found["accuracy"].value, found["accuracy"].origin) == (0.77, "derived")


def test_an_undefined_statistic_has_no_value_and_no_interval():
    one = ConfusionTable.from_counts("x", "X", "automatic", ("a", "b"), [[4, 0], [0, 0]])
    found = of_table(one, ordered=True)
    assert (found.values["kappa"].value, found.values["kappa"].why) == (None, "undefined here")
    assert found.completeness[1].value is None and found.purity[1].low is None


def test_the_same_seed_gives_the_same_intervals():
    first, again, other = (
        of_table(TABLE, ordered=True, seed=seed).values["kappa"] for seed in [(1,), (1,), (2,)]
    )
    assert first == again != other


def test_a_class_of_few_objects_is_marked_and_others_are_not():
    few = ConfusionTable.from_counts("x", "X", "network", ("a", "b"), [[60, 4], [1, 8]])
    found = of_table(few, ordered=True).values
    assert found["balanced_accuracy"].few and found["macro_f1"].few
    assert not found["accuracy"].few and not found["kappa"].few
    assert not any(s.few for s in of_table(TABLE, ordered=True).values.values())


def test_a_table_without_an_error_still_has_an_interval():
    """60 of 60: a bootstrap draws nothing but 1; the posterior of the accuracy is Beta(61, 1): its
    2.5 per cent point is .025^(1/61) = .941."""
    right = ConfusionTable.from_counts("x", "X", "network", ("a", "b"), [[40, 0], [0, 20]])
    found = of_table(right, ordered=True).values
    for key in ("balanced_accuracy", "macro_f1", "kappa", "matthews"):
        assert found[key].value == found[key].high == pytest.approx(1)
        assert 0.8 < found[key].low < 0.96
