"""Feature-major posteriors are those of predict_proba, whatever the network, the missing values and
the block.
"""

import numpy as np
import pytest

from astronn import CalibratedClassifier, EnsembleClassifier, FeedforwardClassifier
from astronn.classifiers import feature_major
from astronn.classifiers.feature_major import FeatureMajor, top_two
from astronn.errors import AstronnError
from astronn.statistics.metrics import top_k_right

FAST = {"max_epochs": 2, "device": "cpu", "random_state": 0}


def table(n=700, missing=0.0, seed=0):
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(n, 4)) * [1, 100, 0.01, 1] + [0, 5000, 0, 3]).astype(np.float32)
    y = (X[:, 0] > 0).astype(int) + (X[:, 3] > 3.5)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y


MODELS = {
    "one hidden layer of tanh": FeedforwardClassifier((5,), activation="tanh", **FAST),
    "logistic units, squared error": FeedforwardClassifier(
        (5,), activation="logistic", loss="squared_error", **FAST
    ),
    "two layers of gelu": FeedforwardClassifier((6, 5), activation="gelu", **FAST),
    "linear": FeedforwardClassifier((), **FAST),
    "standard": FeedforwardClassifier((5,), normalisation="standard", **FAST),
    "ensemble": EnsembleClassifier((5,), ensemble_size=3, **FAST),
    "calibrated": CalibratedClassifier(FeedforwardClassifier((5,), **FAST), folds=2),
}


@pytest.mark.parametrize("missing", [0.0, 0.2], ids=["complete", "with NaN"])
@pytest.mark.parametrize("name", MODELS)
def test_same_posteriors_as_predict_proba(name, missing, monkeypatch):
    monkeypatch.setattr(feature_major, "BLOCK", 300)  # 700 objects are three blocks
    X, y = table(missing=missing)
    model = MODELS[name].fit(X, y)
    found = FeatureMajor(model)(list(X.T))
    assert found.dtype == np.float32 and found.shape == (3, 700)
    assert (
        np.abs(found.T - model.predict_proba(X)).max() < 2e-6
    )  # float32: a few roundings of numbers up to 1


def test_missing_values_after_complete_ones_leave_no_flags_behind():
    X, y = table(missing=0.2)
    model = MODELS["one hidden layer of tanh"].fit(X, y)
    posteriors, complete = FeatureMajor(model), table(n=700, seed=1)[0]
    for part in (complete, X, complete):
        assert np.abs(posteriors(list(part.T)).T - model.predict_proba(part)).max() < 2e-6


@pytest.mark.parametrize("wild", [-999, 1e15, -3e38])
def test_wild_values_are_clipped_as_in_predict_proba(wild):
    X, y = table()
    X[3] = wild
    model = MODELS["one hidden layer of tanh"].fit(X, y)
    assert np.abs(FeatureMajor(model)(list(X.T)).T - model.predict_proba(X)).max() < 2e-6
    exact = X.astype(np.float64)
    assert np.abs(FeatureMajor(model)(list(exact.T)).T - model.predict_proba(exact)).max() < 2e-6


def test_large_numbers_with_small_differences_keep_their_precision_in_float64():
    """Julian dates: float32 would round them to a quarter of a day."""
    rng = np.random.default_rng(0)
    X = 2_450_000 + rng.random((400, 2))
    y = (X[:, 0] % 1 > 0.5).astype(int)
    model = FeedforwardClassifier((5,), **FAST).fit(X, y)
    assert np.abs(FeatureMajor(model)(list(X.T)).T - model.predict_proba(X)).max() < 2e-6


def test_what_it_refuses():
    X, y = table()
    posteriors = FeatureMajor(MODELS["linear"].fit(X, y))
    with pytest.raises(AstronnError, match="there are 3 columns, the classifier has 4 features"):
        posteriors(list(X.T[:3]))
    X[7, 2] = np.inf
    with pytest.raises(AstronnError, match="column 2 has infinite values; use NaN"):
        posteriors(list(X.T))
    with pytest.raises(
        AstronnError, match="object is no feedforward classifier; use its predict_proba"
    ):
        FeatureMajor(object())


@pytest.mark.parametrize("n_classes", [2, 3, 5, 300])
def test_top_two_rank_as_a_stable_sort_does(n_classes):
    """Posteriors in steps of 1/4 have many ties."""
    P = np.random.default_rng(0).integers(0, 4, (n_classes, 1000)).astype(np.float32) / 4
    first, second = top_two(P)
    order = np.argsort(-P, axis=0, kind="stable")
    assert (first == order[0]).all() and (second == order[1]).all()
    assert first.dtype == (np.uint8 if n_classes <= 256 else np.uint16)


def test_top_two_agree_with_the_top_2_accuracy():
    rng = np.random.default_rng(1)
    P, reference = rng.random((4, 500)).astype(np.float32), rng.integers(0, 4, 500)
    first, second = top_two(P)
    among = (first == reference) | (second == reference)
    assert (among == top_k_right(reference, P.T, range(4), k=2)).all()
