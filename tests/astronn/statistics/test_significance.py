"""McNemar, bootstrap, Holm and margins-only bounds: scipy, enumeration and closed forms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from astronn.errors import AstronnError
from astronn.statistics import significance


@pytest.mark.parametrize(("b", "c"), [(0, 1), (1, 0), (3, 3), (10, 2), (0, 24), (12, 12)])
def test_few_discordant_objects_use_the_exact_binomial(b, c):
    found = significance.mcnemar(b, c)
    assert found.method == "exact"
    assert found.p_value == pytest.approx(stats.binomtest(b, b + c, 0.5).pvalue, rel=1e-12)


@pytest.mark.parametrize(("b", "c"), [(25, 0), (13, 12), (100, 50), (682, 366)])
def test_many_discordant_objects_use_chi_square(b, c):
    found = significance.mcnemar(b, c)
    assert found.method == "chi2"
    assert found.chi2 == (b - c) ** 2 / (b + c)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.chi2, 1), rel=1e-9)


def test_mcnemar_of_a_textbook():
    """Agresti 2002, Categorical Data Analysis, Table 10.1: z^2 = (86 - 150)^2 / 236 = 17.36."""
    assert significance.mcnemar(86, 150).chi2 == pytest.approx(17.36, abs=0.005)


def test_classifiers_that_never_differ_are_not_told_apart():
    assert significance.mcnemar(0, 0) == significance.McNemar(0, 0, 0.0, 1.0, "exact")


def test_the_five_per_cent_point_is_that_of_chi_square():
    assert stats.chi2.ppf(0.95, 1) == pytest.approx(significance.CHI2_5_PERCENT, abs=5e-4)
    assert significance.chi2_p_value(significance.CHI2_5_PERCENT) == pytest.approx(0.05, abs=1e-4)


def test_bootstrap_agrees_with_the_variance_in_closed_form():
    """Var(difference) = ((b + c) - (b - c)^2 / n) / n^2 for b, c discordant of n objects."""
    a = np.array([1] * 60 + [0] * 40 + [1] * 900, bool)
    b = np.array([0] * 60 + [1] * 40 + [1] * 900, bool)
    found = significance.paired_bootstrap(a, b, seed=1)
    se = math.sqrt((100 - 20**2 / 1000) / 1000**2)
    assert found.value == pytest.approx(0.02)
    assert (found.high - found.low) / (2 * 1.96 * se) == pytest.approx(
        1, abs=0.04
    )  # 10,000 draws: about 1.5 per cent


def test_bootstrap_with_each_object_its_own_group_is_the_plain_one():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 300)) < 0.7
    plain, own = (
        significance.paired_bootstrap(a, b),
        significance.paired_bootstrap(a, b, groups=np.arange(300)),
    )
    assert plain == own


def test_rows_of_one_object_repeated_do_not_narrow_the_grouped_interval():
    """Ten copies of an object hold no more than one: the grouped interval stays, the naive one
    shrinks by sqrt(10).
    """
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 400)) < 0.7
    once = significance.paired_bootstrap(a, b)
    copies = [np.repeat(x, 10) for x in (a, b)]
    grouped = significance.paired_bootstrap(*copies, groups=np.repeat(np.arange(400), 10))
    naive = significance.paired_bootstrap(*copies)
    assert grouped.high - grouped.low == pytest.approx(once.high - once.low, rel=0.05)
    assert naive.high - naive.low == pytest.approx((once.high - once.low) / math.sqrt(10), rel=0.05)


def test_groups_of_unequal_size_weigh_by_their_rows():
    a, b, groups = [1, 1, 1, 0], [0, 0, 0, 0], ["x", "x", "x", "y"]
    found = significance.paired_bootstrap(a, b, groups)
    assert (found.value, found.low, found.high) == (0.75, 0.0, 1.0)


def test_bootstrap_is_the_same_for_the_same_seed_and_nan_without_objects():
    a, b = np.random.default_rng(0).random((2, 5000)) < 0.5
    assert significance.paired_bootstrap(a, b, seed=3) == significance.paired_bootstrap(
        a, b, seed=3
    )
    assert significance.paired_bootstrap(a, b, seed=3) != significance.paired_bootstrap(
        a, b, seed=4
    )
    assert math.isnan(significance.paired_bootstrap([], []).low)


def test_bootstrap_interval_covers_at_its_level():
    """True difference 0.1; 300 test sets of 200 objects: the count covered is binomial, within 3.3
    sigma of 95 per cent.
    """
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        u = rng.random(200)
        found = significance.paired_bootstrap(
            u < 0.7, (u < 0.5) | (u > 0.9), n=1000, seed=int(rng.integers(2**31))
        )
        covered += found.low <= 0.1 <= found.high
    assert 270 <= covered <= 297


def test_holm_by_hand():
    assert significance.holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx(
        [0.03, 0.06, 0.06, 0.02]
    )
    assert significance.holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert significance.holm([]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_holm_never_below_p_nor_above_bonferroni(p):
    adjusted = significance.holm(p)
    assert (adjusted >= p).all() and (adjusted <= np.minimum(1, len(p) * np.array(p)) + 1e-15).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def every_chi2(a, b, n):
    """McNemar's chi-square of every joint table with these numbers right per class."""
    ranges = [range(max(0, i + j - k), min(i, j) + 1) for i, j, k in zip(a, b, n)]
    found = []
    for both in itertools.product(*ranges):
        only_a, only_b = sum(a) - sum(both), sum(b) - sum(both)
        found.append((only_a - only_b) ** 2 / (only_a + only_b) if only_a + only_b else 0.0)
    return min(found), max(found)


def test_bounds_are_those_of_enumeration():
    rng = np.random.default_rng(7)
    for _ in range(200):
        n = rng.integers(1, 8, rng.integers(1, 4))
        a, b = rng.integers(0, n + 1), rng.integers(0, n + 1)
        assert significance.mcnemar_bounds(a, b, n) == pytest.approx(
            every_chi2(a.tolist(), b.tolist(), n.tolist())
        )


def test_bounds_of_the_1992_numbers_right():
    """Storrie-Lombardi et al. 1992, Table 2: 2254 and 1981 right of 3517, so both right lies in
    [718, 1981].
    """
    low, high = significance.mcnemar_bounds(2254, 1981, 3517)
    assert (low, high) == (273**2 / (2254 + 1981 - 2 * 718), 273**2 / (2254 + 1981 - 2 * 1981))
    assert significance.verdict(low, high) == "significant"


def test_bounds_from_classes_lie_within_bounds_from_sums():
    a, b, n = np.array([30, 80, 5]), np.array([40, 55, 5]), np.array([60, 100, 9])
    outer, inner = (
        significance.mcnemar_bounds(a.sum(), b.sum(), n.sum()),
        significance.mcnemar_bounds(a, b, n),
    )
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


def test_the_three_verdicts():
    assert significance.verdict(3.9, 50) == "significant"
    assert significance.verdict(0, 3.8) == "not significant"
    assert significance.verdict(1, 9) == "undecidable"
    assert significance.verdict(*significance.mcnemar_bounds(60, 50, 100)) == "undecidable"
    assert significance.verdict(*significance.mcnemar_bounds(7, 7, 10)) == "not significant"


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(AstronnError, match="whole numbers from 0 up, got b = -1"):
        significance.mcnemar(-1, 2)
    with pytest.raises(AstronnError, match="between 0 and 1"):
        significance.holm([0.2, np.nan])
    with pytest.raises(AstronnError, match="between 0 and the class totals"):
        significance.mcnemar_bounds([5], [6], [5])
    with pytest.raises(AstronnError, match="lists of one length"):
        significance.paired_bootstrap([1, 0], [1])
    with pytest.raises(AstronnError, match="one entry per object, 2 in all"):
        significance.paired_bootstrap([1, 0], [1, 0], groups=[1])
    with pytest.raises(AstronnError, match="at least one unit"):
        significance.resample_sums(np.empty((0, 2)), 10, 0)
