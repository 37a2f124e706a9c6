"""Votes: what is refused, what is learned of them, and what is said of counts, in closed form."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom, dirichlet_multinomial, multinomial

import astronn
from astronn import FeedforwardClassifier
from astronn.errors import AstronnError
from astronn.posteriors import votes as of_votes

RNG = np.random.default_rng(0)
A = RNG.uniform(0.3, 4, (5, 2, 3))
K = RNG.multinomial(7, [0.2, 0.3, 0.5], size=5)


def test_log_probability_is_that_of_a_mean_of_dirichlet_multinomials():
    expected = [
        np.log(np.mean([dirichlet_multinomial(one, 7).pmf(k) for one in a]))
        for a, k in zip(A, K, strict=True)
    ]
    assert of_votes.log_probability(K, A) == pytest.approx(expected)
    everything = [k for k in itertools.product(range(5), repeat=3) if sum(k) == 4]
    one = np.repeat(A[:1, 0], len(everything), axis=0)
    assert np.exp(of_votes.log_probability(everything, one)).sum() == pytest.approx(1)
    assert of_votes.log_probability(0 * K, A) == pytest.approx(0, abs=1e-12)
    with pytest.raises(AstronnError, match=r"votes have the shape \(5, 2\), concentrations"):
        of_votes.log_probability(K[:, :2], A)


def test_votes_drawn_from_posteriors_are_multinomial():
    p = A[:, 0] / A[:, 0].sum(1, keepdims=True)
    expected = [float(multinomial(7, own).logpmf(k)) for own, k in zip(p, K, strict=True)]
    assert of_votes.multinomial_log_probability(K, p) == pytest.approx(expected)


def test_counts_are_beta_binomial_and_intervals_are_its_quantiles():
    one = A[:, 0]
    p = of_votes.count_distribution(one, 7)
    low, high = of_votes.count_intervals(one, 7)
    for i, k in itertools.product(range(5), range(3)):
        exact = betabinom(7, one[i, k], one[i].sum() - one[i, k])
        assert p[i, k] == pytest.approx(exact.pmf(np.arange(8)))
        assert (low[i, k], high[i, k]) == (exact.ppf(0.05), exact.ppf(0.95))


def voted(n=400, seed=0):
    """A table of one input x, and six votes each, 'b' with a probability that rises with x."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 1))
    share = rng.beta(2 / (1 + np.exp(2 * X[:, 0])), 2 / (1 + np.exp(-2 * X[:, 0])))
    counts = rng.binomial(6, share)
    return X, pd.DataFrame({"b": 6 - counts, "a": counts})


@pytest.fixture(scope="module")
def networks():
    X, y = voted()
    quick = {"max_epochs": 40, "ensemble_size": 2, "hidden_layers": (8,), "learning_rate": 0.03}
    losses = ("cross_entropy", "dirichlet_multinomial", "squared_error")
    return {
        loss: FeedforwardClassifier(loss=loss, random_state=0, **quick).fit(X, y) for loss in losses
    }


def test_networks_learn_shares_and_concentrations_tell_how_people_scatter(networks):
    X, y = voted(seed=1)
    counts = y[["a", "b"]].to_numpy()
    for model in networks.values():
        assert model.classes_.tolist() == ["a", "b"]
        assert np.abs(model.predict_proba(X)[:, 0] - 1 / (1 + np.exp(2 * X[:, 0]))).mean() < 0.06
    model = networks["dirichlet_multinomial"]
    a = model.vote_concentrations(X)
    assert a.shape == (400, 2, 2) and 1.2 < np.median(a.sum(-1)) < 3  # 2 in truth
    assert model.predict_proba(X) == pytest.approx((a / a.sum(-1, keepdims=True)).mean(1), abs=1e-5)
    ours = of_votes.log_probability(counts, a).mean()
    shares = networks["cross_entropy"].predict_proba(X)
    assert ours > of_votes.multinomial_log_probability(counts, shares).mean() + 0.3


def test_a_network_of_votes_is_saved_and_loaded(networks, tmp_path):
    X, _ = voted(seed=1)
    model = networks["dirichlet_multinomial"]
    again = astronn.load(model.save(tmp_path), device="cpu")
    assert again.vote_concentrations(X).tobytes() == model.vote_concentrations(X).tobytes()
    with pytest.raises(AstronnError, match="loss='cross_entropy' gives no concentrations"):
        networks["cross_entropy"].vote_concentrations(X)


def test_one_vote_each_is_the_class_of_hard_labels():
    X, y = voted(60)
    labels = y.to_numpy().argmax(1)
    quick = {"max_epochs": 3, "ensemble_size": 2, "activation": "gelu", "random_state": 0}
    hard = FeedforwardClassifier(**quick).fit(X, labels)
    soft = FeedforwardClassifier(**quick).fit(X, np.eye(2)[labels])
    assert soft.predict_proba(X) == pytest.approx(hard.predict_proba(X), abs=1e-5)


def test_votes_stop_a_training_and_are_weighed():
    X, y = voted(80)
    quick = {"max_epochs": 3, "ensemble_size": 2, "random_state": 0, "early_stopping": True}
    model = FeedforwardClassifier(loss="dirichlet_multinomial", **quick)
    weights = np.linspace(0, 1, 80)
    model.fit(X, y, validation=(X[:9], y[:9]), sample_weight=weights)
    assert len(model.history_.validation_loss) == 3
    with pytest.raises(AstronnError, match=r"validation y has votes for \['b', 'c'\], training"):
        model.fit(X, y, validation=(X[:9], y[:9].rename(columns={"a": "c"})))


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        ([[1, 2]] * 3, r"y has 3 entries for 4 objects"),
        ([[1, 2], [1, -1], [1, 1], [1, 1]], r"y must hold votes .* not \[1.0, -1.0\] for object 1"),
        ([[1, np.nan], [1, 1], [1, 1], [1, 1]], r"y must hold votes .*nan.* for object 0"),
        ([[1, 2], [1, 1], [0, 0], [1, 1]], r"y has no vote for object 2 \(1 such\)"),
        ([["x", "y"]] * 4, r"y has votes that are no numbers"),
    ],
)
def test_what_are_no_votes_is_refused(votes, message):
    with pytest.raises(AstronnError, match=message):
        FeedforwardClassifier().fit(np.zeros((4, 1)), votes)
