"""How often tests of groups call equal classifiers different, and how often their intervals hold
the truth: simulated.

Run with: python -m pytest -m slow tests/astronn/statistics/test_error_rates.py
"""

import numpy as np
import pytest

from astronn.statistics import grouped
from astronn.statistics.paired_measures import Answers, paired_measures
from astronn.statistics.significance import mcnemar

GROUPS = (5, 10, 20, 200)


def drawn(n_groups, rng, sizes, effect=0.5):
    """Two classifiers of two classes that are right equally often, each with its own effect of each
    group on its chance (standard deviation `effect` of the logit), beside one that they share."""
    if sizes == "equal":
        n = np.full(n_groups, 30)
    else:
        n = np.maximum(2, np.round(30 * np.exp(rng.normal(0, 0.8, n_groups) - 0.32)).astype(int))
    groups = np.repeat(np.arange(n_groups), n)
    shared = rng.normal(0, 1, n_groups)
    chance = [1 / (1 + np.exp(-0.5 - shared - rng.normal(0, effect, n_groups))) for _ in "ab"]
    reference = rng.integers(0, 2, len(groups))
    a, b = (np.where(rng.random(len(groups)) < p[groups], reference, 1 - reference) for p in chance)
    return Answers(reference, a, b, groups)


def rates(n_groups, sizes, draws, seed=0):
    """Shares of draws called different at 5 per cent: by groups, and as if rows were alone."""
    rng, by_groups, as_rows = np.random.default_rng([seed, n_groups]), 0, 0
    for _ in range(draws):
        said = drawn(n_groups, rng, sizes)
        right_a, right_b = said.a == said.reference, said.b == said.reference
        net = right_a.astype(int) - right_b
        units = grouped.sums(np.column_stack([net, np.ones_like(net)]), said.groups)
        (one,) = grouped.jackknife(lambda s: s[:, 0] / s[:, 1], units)
        by_groups += one.p_value(int((units[:, 0] != 0).sum())) < 0.05
        alone = mcnemar(int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()))
        as_rows += alone.p_value < 0.05
    return by_groups / draws, as_rows / draws


@pytest.mark.slow
@pytest.mark.parametrize("sizes", ["equal", "lognormal"])
@pytest.mark.parametrize("n_groups", GROUPS)
def test_equal_classifiers_are_called_different_in_3_to_7_per_cent(n_groups, sizes):
    found, as_rows = rates(n_groups, sizes, 4000 if n_groups < 100 else 2000)
    print(f"\n{n_groups} groups, {sizes}: {found:.3f}; as if rows were independent {as_rows:.3f}")
    assert 0.03 <= found <= 0.07
    assert as_rows > 0.12


def test_rows_counted_as_independent_are_called_different_far_too_often():
    found, as_rows = rates(10, "equal", 300)
    assert found < 0.09 and as_rows > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("n_groups", [10, 20])
def test_macro_f1_over_seeds_covers_by_groups(n_groups):
    """Three seeds that share objects, groups with effects: the mean difference is 0."""
    rng, inside, apart = np.random.default_rng(n_groups), 0, 0
    draws = 400
    for _ in range(draws):
        said = drawn(n_groups, rng, "equal")
        sets = [
            Answers(*(np.asarray(v)[rows] for v in said))
            for rows in (rng.random(len(said.groups)) < 0.7 for _ in range(3))
        ]
        found = paired_measures(sets, 2)["macro_f1"]
        inside += found.low <= 0 <= found.high
        rows_of = {id(s): s for s in sets}
        assert len(rows_of) == 3
        naive = paired_measures([said._replace(groups=np.arange(len(said.groups)))], 2)["macro_f1"]
        apart += naive.low <= 0 <= naive.high
    print(f"\n{n_groups} groups: by group {inside / draws:.3f}, by object {apart / draws:.3f}")
    assert inside / draws >= 0.93
    assert apart / draws < 0.9
