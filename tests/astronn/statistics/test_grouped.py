"""Jackknife over groups: closed forms of the mean and ratios, what few groups can say."""

import math

import numpy as np
import pytest
from scipy import stats

from astronn.errors import AstronnError
from astronn.statistics import grouped
from astronn.statistics.metrics import wilson_interval

RNG = np.random.default_rng(0)


def mean(sums):
    return sums[:, 0] / sums[:, 1]


def test_the_jackknife_of_a_mean_is_the_t_interval_of_a_textbook():
    values = RNG.normal(2, 1, 12)
    (found,) = grouped.jackknife(mean, np.column_stack([values, np.ones(12)]))
    assert (found.value, found.error) == pytest.approx(
        (values.mean(), values.std(ddof=1) / math.sqrt(12))
    )
    expected = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
    assert found.interval() == pytest.approx(expected)
    test = stats.ttest_1samp(values, 0.0)
    assert found.p_value(12) == pytest.approx(max(test.pvalue, 2.0**-12))


def test_equal_units_may_be_pooled():
    units = np.repeat([[3.0, 5.0], [1.0, 4.0]], [7, 2], axis=0)
    (one,), (pooled,) = (
        grouped.jackknife(mean, units),
        grouped.jackknife(mean, units[[0, 8]], [7, 2]),
    )
    assert (one.value, one.error, one.n_groups) == pytest.approx(
        (pooled.value, pooled.error, pooled.n_groups)
    )


def test_a_p_value_is_never_below_what_the_signs_of_the_groups_can_say():
    """Five groups that all gain the same have no spread: t is infinite, and five signs say 1/32."""
    (found,) = grouped.jackknife(mean, np.column_stack([[2.0] * 5, [10.0] * 5]))
    assert found.error == pytest.approx(0, abs=1e-12) and found.p_value(5) == 1 / 32
    assert found.p_value(0) == 1.0


def test_rows_add_up_by_group():
    assert grouped.sums([[1], [2], [4]], ["x", "y", "x"]).tolist() == [[5], [2]]
    with pytest.raises(AstronnError, match="one entry per object, 3 in all"):
        grouped.sums([[1], [2], [4]], ["x", "y"])


def test_a_share_of_groups_of_one_row_is_nearly_wilsons():
    """n / (n - 1) in the variance and t instead of z apart."""
    hits = np.arange(200) < 150
    found = grouped.proportion(hits, np.arange(200))
    assert found == pytest.approx(wilson_interval(150, 200), abs=0.002)


def test_copies_of_rows_do_not_narrow_the_interval_of_a_share():
    hits = RNG.random(80) < 0.8
    once = grouped.proportion(hits, np.arange(80))
    nine = grouped.proportion(np.repeat(hits, 9), np.repeat(np.arange(80), 9))
    assert nine == pytest.approx(once, abs=1e-9)


def test_a_share_of_all_rows_counts_the_groups_and_not_the_rows():
    low, high = grouped.proportion(np.ones(500, bool), np.arange(500) % 10)
    t = stats.t.ppf(0.975, 9)
    assert (low, high) == pytest.approx((10 / (10 + t * t), 1.0))


def test_one_group_says_nothing_and_none_neither():
    assert all(map(math.isnan, grouped.proportion([True, False], [1, 1])))
    assert all(map(math.isnan, grouped.proportion([], [])))


def test_groups_of_unequal_size_count_as_fewer():
    assert grouped.effective(np.arange(30) % 10) == pytest.approx(10)
    assert grouped.effective(["x"] * 9 + ["y"]) == pytest.approx(100 / 82)
    assert grouped.effective([]) == 0
