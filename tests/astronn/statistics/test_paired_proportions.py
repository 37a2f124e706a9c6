"""The interval of a paired difference: McNemar's test turned round, closed forms at the edges, and
coverage by enumeration.
"""

import math
from itertools import product

import pytest
from scipy import optimize

from astronn.errors import AstronnError
from astronn.statistics import significance
from astronn.statistics.paired_proportions import paired_difference, score


def test_the_difference_is_that_of_the_discordant_objects():
    assert paired_difference(12, 4, 100).value == pytest.approx(0.08)


@pytest.mark.parametrize(("b", "c", "n"), [(12, 4, 100), (30, 11, 60), (0, 9, 40), (3, 3, 50)])
def test_the_score_at_zero_is_that_of_mcnemar(b, c, n):
    assert score(b, c, n, 0.0) ** 2 == pytest.approx(significance.mcnemar(b, c).chi2)


@pytest.mark.parametrize("b", range(0, 40, 3))
@pytest.mark.parametrize("c", [0, 5, 12])
def test_the_interval_leaves_out_zero_exactly_where_mcnemar_rejects(b, c):
    found = paired_difference(b, c, 60)
    rejected = significance.mcnemar(b, c).chi2 > 1.959964**2
    assert (not found.low <= 0 <= found.high) == rejected


@pytest.mark.parametrize(("b", "c", "n"), [(12, 4, 100), (30, 11, 60), (3, 0, 40)])
def test_the_ends_are_where_the_score_of_the_likeliest_table_is_1_96(b, c, n):
    """By maximising the likelihood itself under p(A) - p(B) = d (Tango 1998, eq. 9)."""
    found = paired_difference(b, c, n)
    for d in (found.low, found.high):
        low = max(0.0, -d) + 1e-12

        def less_likely(q, d=d):
            same = 1 - 2 * q - d
            if same <= 0 or q + d <= 0:
                return math.inf
            return -(b * math.log(q + d) + c * math.log(q) + (n - b - c) * math.log(same))

        q = optimize.minimize_scalar(
            less_likely, bounds=(low, (1 - d) / 2), method="bounded", options={"xatol": 1e-12}
        ).x
        z = (b - c - n * d) / math.sqrt(n * (2 * q + d - d * d))
        assert abs(z) == pytest.approx(1.959964, abs=2e-4)


def test_no_object_on_which_they_differ_leaves_an_interval():
    """b = c = 0: the score at d is -sqrt(n d / (1 - d)); the ends are -+ z^2 / (n + z^2)."""
    found, z2 = paired_difference(0, 0, 9), 1.959964**2
    assert (found.value, found.low, found.high) == pytest.approx((0, -z2 / (9 + z2), z2 / (9 + z2)))


def test_a_and_b_exchanged_change_the_sign():
    one, other = paired_difference(7, 2, 17), paired_difference(2, 7, 17)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


@pytest.mark.parametrize("counts", list(product((0, 1, 6), repeat=3))[1:])
def test_the_interval_holds_the_difference_and_stays_between_minus_one_and_one(counts):
    b, c, rest = counts
    found = paired_difference(b, c, b + c + rest)
    assert -1 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("chances", [(0.2, 0.1), (0.1, 0.05), (0.15, 0.15), (0.04, 0.03)])
def test_coverage_over_all_tables_of_thirty_objects(chances):
    """Enumerated, nothing drawn: .95 is meant, and more where few objects differ; the tolerance is
    that of a discrete count.
    """
    n, (p, q), covered = 30, chances, 0.0
    for b, c in product(range(n + 1), repeat=2):
        if b + c > n:
            continue
        counts, shares = (b, c, n - b - c), (p, q, 1 - p - q)
        chance = math.exp(
            math.lgamma(n + 1)
            + sum(k * math.log(s) - math.lgamma(k + 1) for k, s in zip(counts, shares))
        )
        if chance > 1e-9:
            found = paired_difference(b, c, n)
            covered += chance * (found.low <= p - q <= found.high)
    assert covered > 0.93


def test_no_objects_give_nan_and_impossible_counts_are_refused():
    found = paired_difference(0, 0, 0)
    assert math.isnan(found.value) and math.isnan(found.low) and math.isnan(found.high)
    for counts in [(1, -1, 4), (3, 2, 4), (0.5, 1, 4)]:
        with pytest.raises(AstronnError, match="at most n, got"):
            paired_difference(*counts)
