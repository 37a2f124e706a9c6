"""Prior shift against Bayes' theorem on classes whose densities are known."""

import numpy as np
import pytest

from astronn.errors import AstronnError
from astronn.posteriors.prior_shift import find_priors, shift


def normal_classes(priors, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x of classes N(-1, 1), N(0, 1), N(2, 1) in the mix ``priors``; and the densities p(x|k), (n,
    3).
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(np.array([-1.0, 0.0, 2.0])[rng.choice(3, n, p=priors)])
    return x, np.exp(-0.5 * (x[:, None] - [-1.0, 0.0, 2.0]) ** 2)


def bayes(density: np.ndarray, priors) -> np.ndarray:
    joint = density * priors
    return joint / joint.sum(1, keepdims=True)


def test_a_known_shift_is_bayes_theorem():
    old, new = [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]
    _, density = normal_classes(new, 200)
    np.testing.assert_allclose(
        shift(bayes(density, old), old, new), bayes(density, new), rtol=1e-12
    )


def test_a_shift_by_hand():
    """p = (.8, .2) at even priors; 1 : 3 makes the odds 4 : 3."""
    np.testing.assert_allclose(shift([[0.8, 0.2]], [1, 1], [1, 3]), [[4 / 7, 3 / 7]])


def test_no_shift_and_back_again():
    P = np.array([[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]])
    np.testing.assert_allclose(shift(P, [5, 2, 3], [50, 20, 30]), P)
    there = shift(P, [5, 2, 3], [1, 1, 8])
    np.testing.assert_allclose(shift(there, [1, 1, 8], [5, 2, 3]), P)


def test_the_mix_of_the_target_is_found():
    old, new = np.array([0.4, 0.3, 0.3]), np.array([0.1, 0.2, 0.7])
    _, density = normal_classes(new, 20_000)
    found = find_priors(bayes(density, old), old)
    np.testing.assert_allclose(found.priors, new, atol=0.02)  # about three standard errors
    assert found.p_value < 1e-6 and found.chi2 > 100


def test_the_found_mix_is_a_fixed_point():
    """The mean of the shifted posteriors is the prior itself (eq. 2.9 at convergence)."""
    old = [0.4, 0.3, 0.3]
    P = bayes(normal_classes([0.1, 0.2, 0.7], 500)[1], old)
    found = find_priors(P, old)
    np.testing.assert_allclose(shift(P, old, found.priors).mean(0), found.priors, atol=1e-7)


def test_certain_posteriors_are_counted():
    found = find_priors(np.eye(3)[[0, 0, 0, 1, 2, 2]], [1, 1, 1])
    np.testing.assert_allclose(found.priors, [1 / 2, 1 / 6, 1 / 3])
    assert found.steps == 2


def test_without_a_shift_the_p_values_are_even():
    """Wald's statistic is chi-square with K - 1 = 2 degrees of freedom: its mean is 2."""
    old = [0.4, 0.3, 0.3]
    found = [find_priors(bayes(normal_classes(old, 400, seed)[1], old), old) for seed in range(200)]
    assert np.mean([f.chi2 for f in found]) == pytest.approx(2, abs=0.45)  # 2 / sqrt(200) is .14
    assert 0.01 < np.mean([f.p_value < 0.05 for f in found]) < 0.11


def test_the_mix_of_training_is_a_sample_too():
    """Equal mixes, 200 objects of training and 800 of the target: a test that takes the training
    mix for exact rejects in over a fifth of the draws, with its multinomial in about 5 per cent."""
    truth, rng, rejected = np.array([0.4, 0.3, 0.3]), np.random.default_rng(1), np.zeros(2)
    for seed in range(200):
        counts = rng.multinomial(200, truth)
        P = bayes(normal_classes(truth, 800, seed)[1], counts / 200)
        rejected += [find_priors(P, counts, n).p_value < 0.05 for n in (None, 200)]
    assert rejected[0] > 40 and 1 <= rejected[1] <= 22


def test_float32_stays_float32():
    assert shift(np.array([[0.5, 0.5]], np.float32), [1, 1], [1, 2]).dtype == np.float32


def test_a_row_of_classes_that_are_all_absent():
    assert np.isnan(shift([[1.0, 0.0]], [1, 1], [0, 1])).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0.5, 0.5]], [1, 0], [1, 1]), r"training_priors must be above 0, got \[1.0, 0.0\]"),
        (([[0.5, 0.5]], [1, 1, 1], [1, 1]), "there are 3 and 2 priors for 2 classes"),
        (([[0.5, 0.5]], [1, -1], [1, 1]), "training_priors must be proportions or counts >= 0"),
        (([[2.0, -1.0]], [1, 1], [1, 1]), "posteriors must be probabilities"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(AstronnError, match=message):
        shift(*arguments)


def test_no_posteriors_have_no_mix():
    with pytest.raises(AstronnError, match="priors cannot be found from no posteriors"):
        find_priors(np.zeros((0, 2)), [1, 1])
