"""The interval of a paired difference: closed forms at the edges, symmetry, and coverage by
enumeration.
"""

import math
from itertools import product

import pytest

from astronn.errors import AstronnError
from astronn.statistics.metrics import wilson_interval
from astronn.statistics.paired_proportions import correlation, paired_difference


def test_the_difference_is_that_of_the_discordant_objects():
    assert paired_difference(50, 12, 4, 34).value == pytest.approx(0.08)


def test_without_correlation_the_ends_are_squares_added():
    """20 of 40 and 20 of 40, independent: phi = 0, and the half width is sqrt(2) that of Wilson."""
    low, high = wilson_interval(20, 40)
    found = paired_difference(10, 10, 10, 10)
    assert correlation(10, 10, 10, 10) == 0
    assert (found.low, found.high) == pytest.approx(
        (-math.sqrt(2) * (high - 0.5), math.sqrt(2) * (0.5 - low))
    )


def test_no_object_on_which_they_differ_leaves_an_interval():
    """All 9 right by both: a margin is empty, phi = 0, each end is Wilson's own 1 - low (Newcombe
    1998, section 3).
    """
    low, _ = wilson_interval(9, 9)
    found = paired_difference(9, 0, 0, 0)
    assert (found.value, found.low, found.high) == pytest.approx((0, -(1 - low), 1 - low))


def test_a_and_b_exchanged_change_the_sign():
    one, other = paired_difference(3, 7, 2, 5), paired_difference(3, 2, 7, 5)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


@pytest.mark.parametrize("counts", list(product((0, 1, 6), repeat=4))[1:])
def test_the_interval_holds_the_difference_and_stays_between_minus_one_and_one(counts):
    found = paired_difference(*counts)
    assert -1 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    "chances",
    [(0.5, 0.2, 0.1, 0.2), (0.75, 0.1, 0.05, 0.1), (0.3, 0.15, 0.15, 0.4), (0.9, 0.04, 0.03, 0.03)],
)
def test_coverage_over_all_tables_of_thirty_objects(chances):
    """Enumerated, nothing drawn: .95 is meant, and more where few objects differ; the tolerance is
    that of a discrete count.
    """
    n, p, covered = 30, chances, 0.0
    truth = p[1] - p[2]
    for both, only_a, only_b in product(range(n + 1), repeat=3):
        neither = n - both - only_a - only_b
        if neither < 0:
            continue
        counts = (both, only_a, only_b, neither)
        chance = math.exp(
            math.lgamma(n + 1)
            + sum(k * math.log(q) - math.lgamma(k + 1) for k, q in zip(counts, p))
        )
        if chance > 1e-9:
            found = paired_difference(*counts)
            covered += chance * (found.low <= truth <= found.high)
    assert covered > 0.93


def test_no_objects_give_nan_and_negative_counts_are_refused():
    found = paired_difference(0, 0, 0, 0)
    assert math.isnan(found.value) and math.isnan(found.low) and math.isnan(found.high)
    with pytest.raises(
        AstronnError, match=r"counts of objects must be whole and not negative, got \(1, -1, 0, 0\)"
    ):
        paired_difference(1, -1, 0, 0)
