"""Prediction sets: scores by hand, and coverage on objects that are exchangeable by
construction.
"""

import math

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone

from astronn.errors import AstronnError
from astronn.posteriors.conformal import ConformalSets, adaptive_scores, conformal_quantile
from astronn.posteriors.coverage import coverage

METHODS = [{"score": "lac"}, {"score": "adaptive"}, {"score": "adaptive", "randomised": False}]


def exchangeable(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors of a classifier that is far too sure of itself, and classes: coverage must hold
    all the same.
    """
    rng = np.random.default_rng(seed)
    z = rng.normal((1.5, 0, 0, -0.5), 1.5, (n, 4))
    return softmax(3 * z, axis=1), (rng.random((n, 1)) > softmax(z, axis=1).cumsum(1)).sum(1)


@pytest.mark.parametrize(
    ("n", "alpha", "expected"),
    [
        (9, 0.1, 9),
        (10, 0.1, 10),
        (19, 0.1, 18),
        (99, 0.05, 95),
        (8, 0.1, math.inf),
        (0, 0.5, math.inf),
    ],
)
def test_the_quantile_of_the_first_n_numbers(n, alpha, expected):
    """The ceil((n + 1)(1 - alpha))-th smallest of 1, 2 ... n is that rank itself; beyond n nothing
    can be excluded.
    """
    assert conformal_quantile(np.arange(n, 0, -1), alpha) == expected


def test_adaptive_scores_by_hand():
    P = np.array([[0.2, 0.5, 0.3]])
    np.testing.assert_allclose(adaptive_scores(P, np.array([1.0])), [[1.0, 0.5, 0.8]])
    np.testing.assert_allclose(adaptive_scores(P, np.array([0.0])), [[0.8, 0.0, 0.5]])
    np.testing.assert_allclose(adaptive_scores(P, np.array([0.5])), [[0.9, 0.25, 0.65]])


def test_sets_by_hand():
    """Nine calibration objects with p(own) = .9 ... .1, alpha = .5: the 5th smallest 1 - p is .5,
    so sets take p >= .5.
    """
    own = np.arange(9, 0, -1) / 10
    sets = ConformalSets(score="lac", alpha=0.5, classes=[0, 1]).fit(
        np.column_stack([own, 1 - own]), np.zeros(9, int)
    )
    assert sets.thresholds_ == pytest.approx(0.5)
    assert sets.predict([[0.6, 0.4], [0.4, 0.6]]).tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize("options", METHODS)
@pytest.mark.parametrize("by_class", [False, True])
def test_coverage_is_what_was_asked_for(options, by_class):
    """Mean coverage over draws of the calibration part is at least 1 - alpha; at most 1 / (n + 1)
    more without ties.
    """
    found = []
    for seed in range(20):
        sets = ConformalSets(alpha=0.1, by_class=by_class, random_state=seed, **options).fit(
            *exchangeable(1000, seed)
        )
        P, y = exchangeable(2000, 1000 + seed)
        found.append(coverage(sets.predict(P), y, range(4)))
    # sd of one draw: calibration sqrt(.09/1000) and test sqrt(.09/2000) make .012; of the mean of
    # 20 .0026
    assert np.mean([f.coverage for f in found]) == pytest.approx(0.9, abs=0.01)
    if by_class:
        np.testing.assert_allclose(np.mean([f.by_class for f in found], axis=0), 0.9, atol=0.02)


def test_only_class_conditional_sets_protect_the_rare_class():
    calibration, (P, y) = exchangeable(4000, 0), exchangeable(8000, 1)
    plain, by_class = (
        coverage(
            ConformalSets(score="lac", by_class=choice).fit(*calibration).predict(P), y, range(4)
        )
        for choice in (False, True)
    )
    assert min(plain.by_class) < 0.87 < 0.88 < min(by_class.by_class)


def test_lac_sets_are_the_smallest():
    calibration, (P, y) = exchangeable(4000, 0), exchangeable(4000, 1)
    sizes = [
        coverage(ConformalSets(**options).fit(*calibration).predict(P), y, range(4)).mean_size
        for options in METHODS
    ]
    assert sizes[0] < min(sizes[1:])


def test_a_class_with_too_few_objects_is_never_left_out():
    P, y = exchangeable(500, 0)
    keep = (y != 3) | (np.cumsum(y == 3) <= 5)
    sets = ConformalSets(by_class=True).fit(P[keep], y[keep])
    assert sets.counts_[3] == 5 and np.isinf(sets.thresholds_[3])
    assert sets.predict(P)[:, 3].all()


def test_the_same_seed_gives_the_same_sets_and_draws_can_be_given():
    P, y = exchangeable(300, 0)
    sets = ConformalSets(random_state=3).fit(P, y)
    assert np.array_equal(sets.predict(P), clone(sets).fit(P, y).predict(P))
    assert (sets.predict(P, u=np.zeros(300)) >= sets.predict(P, u=np.ones(300))).all()
    assert sets.predict(P, u=np.zeros(300))[
        np.arange(300), P.argmax(1)
    ].all()  # u = 0 never leaves out the most probable class


def test_coverage_by_hand():
    found = coverage([[1, 0], [1, 1], [0, 0], [0, 1]], ["a", "b", "a", "a"], ["a", "b"])
    assert (found.n, found.coverage, found.mean_size, found.empty, found.single) == (
        4,
        0.5,
        1.0,
        0.25,
        0.5,
    )
    assert found.by_class == (pytest.approx(1 / 3), 1.0)
    assert found.by_size == (0.0, 0.5, 1.0)


def test_no_objects_have_no_coverage():
    assert math.isnan(coverage(np.zeros((0, 2)), [], ["a", "b"]).coverage)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 1.5}, "alpha must be a number > 0 and < 1, not 1.5"),
        ({"score": "raps"}, "score must be one of 'lac', 'adaptive', not 'raps'"),
        (
            {"classes": [0, 1]},
            r"posteriors must be finite numbers \(objects, 2 classes\), got the shape \(20, 4\)",
        ),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(AstronnError, match=message):
        ConformalSets(**options).fit(*exchangeable(20, 0))


def test_sets_of_other_objects():
    with pytest.raises(
        AstronnError, match=r"sets must have the shape \(1, 2\) \(objects, classes\), got \(2, 2\)"
    ):
        coverage([[1, 0], [0, 1]], ["a"], ["a", "b"])
