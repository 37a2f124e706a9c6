"""McNemar, Holm and margins-only bounds: scipy, enumeration and closed forms."""

import itertools

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
