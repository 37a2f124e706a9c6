"""Temperatures that are known beforehand, and a classifier calibrated on its training part
alone.
"""

import numpy as np
import pandas as pd
import pytest
import sklearn
from estimator_contract import passes_checks
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import astronn
from astronn import CalibratedClassifier, FeedforwardClassifier
from astronn.errors import AstronnError
from astronn.posteriors.calibrated import TemperatureScaling, logits, out_of_fold
from astronn.statistics import metrics


def drawn(n: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits (n, 3), and classes drawn from their softmax: calibrated by construction."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, (n, 3))
    return z, (rng.random((n, 1)) > softmax(z, axis=1).cumsum(1)).sum(1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_logits_that_were_multiplied_are_divided_again(factor):
    z, y = drawn()
    scaling = TemperatureScaling().fit(factor * z, y)
    assert scaling.temperature_ == pytest.approx(
        factor, rel=0.03
    )  # 20,000 objects: 1 per cent, one standard error
    np.testing.assert_allclose(scaling.transform(factor * z), softmax(z, axis=1), atol=0.01)


def test_the_temperature_in_closed_form():
    """n objects with p = (.9, .1), a share f = .75 right: 1/T is logit(f) / logit(.9) = ln 3 / ln 9
    = 1/2.
    """
    P, y = np.tile([0.9, 0.1], (40, 1)), np.repeat([0, 1], [30, 10])
    scaling = TemperatureScaling().fit(P, y)
    assert scaling.temperature_ == pytest.approx(2, rel=1e-6)
    np.testing.assert_allclose(scaling.transform(P)[0], [0.75, 0.25], atol=1e-7)


def test_posteriors_and_logits_give_the_same():
    z, y = drawn(500)
    a, b = TemperatureScaling().fit(z, y), TemperatureScaling().fit(softmax(z, axis=1), y)
    assert a.temperature_ == pytest.approx(b.temperature_, rel=1e-6)


def test_the_temperature_never_makes_the_log_loss_worse_and_keeps_the_classes():
    z, y = drawn(2000)
    P = softmax(4 * z, axis=1).astype(np.float32)
    Q = TemperatureScaling().fit(P, y).transform(P)
    assert Q.dtype == np.float32 and np.array_equal(P.argmax(1), Q.argmax(1))
    assert metrics.log_loss(y, Q, [0, 1, 2]) < metrics.log_loss(y, P, [0, 1, 2])


def test_a_posterior_of_zero_counts_as_the_smallest_step():
    assert logits(np.array([[1.0, 0.0]], np.float32))[0, 1] == pytest.approx(np.log(2.0**-23))
    assert logits([[3.0, -1.0]]).tolist() == [[3.0, -1.0]]


def test_a_class_that_does_not_occur_has_to_be_named():
    P = np.full((4, 3), 1 / 3)
    assert TemperatureScaling([0, 1, 2]).fit(P, [0, 1, 1, 0]).classes_.tolist() == [0, 1, 2]
    with pytest.raises(
        AstronnError,
        match=r"posteriors have the shape \(4, 3\), but there are 4 labels and 2 classes",
    ):
        TemperatureScaling().fit(P, [0, 1, 1, 0])


def test_posteriors_that_are_not_finite():
    with pytest.raises(AstronnError, match="posteriors must be finite numbers"):
        TemperatureScaling().fit([[np.nan, 1.0]], [0])


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8), reason="needs scikit-learn 1.8"
)
def test_scikit_learns_temperature_is_ours():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 600)
    X = np.repeat(
        rng.uniform(-2, 2, (600, 1)) + y[:, None], 3, axis=1
    )  # copies, which naive Bayes counts thrice
    theirs = CalibratedClassifierCV(GaussianNB(), method="temperature", cv=5, ensemble=False).fit(
        X, y
    )
    P = sklearn.model_selection.cross_val_predict(GaussianNB(), X, y, cv=5, method="predict_proba")
    ours = TemperatureScaling().fit(P, y)
    np.testing.assert_allclose(
        ours.transform(GaussianNB().fit(X, y).predict_proba(X)), theirs.predict_proba(X), atol=1e-5
    )
    assert ours.temperature_ > 1.5


def test_out_of_fold_posteriors_never_saw_their_group():
    """One feature that names the group, classes by group: only a model that saw the group could
    know.
    """
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 5)
    y, X = rng.integers(0, 2, 60)[groups], np.eye(60)[groups]
    blind, seeing = (
        out_of_fold(LogisticRegression(), X, y, groups=groups),
        out_of_fold(LogisticRegression(), X, y),
    )
    assert np.mean(seeing.argmax(1) == y) > 0.95
    assert np.mean(blind.argmax(1) == y) < 0.7


@pytest.mark.parametrize("as_frame", [False, True])
def test_the_first_fold_alone_is_that_of_all_folds(as_frame):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.repeat(["a", "b", "c"], 20)
    X = pd.DataFrame(X, columns=["u", "v"]) if as_frame else X
    groups = rng.permutation(60) // 2
    one = out_of_fold(LogisticRegression(), X, y, groups=groups, first_only=True)
    known = np.isfinite(one).all(axis=1)
    assert 0 < known.sum() < 30 and np.isnan(one[~known]).all()
    every = out_of_fold(LogisticRegression(), X, y, groups=groups)
    np.testing.assert_allclose(one[known], every[known], atol=1e-6)
    assert not set(groups[known]) & set(groups[~known])


def test_a_network_that_learnt_its_noise_is_cooled_down():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 5)), rng.integers(0, 2, 400)
    y[:200] = X[:200, 0] > 0
    network = FeedforwardClassifier(
        (32,), weight_decay=0, max_epochs=150, learning_rate=0.02, random_state=0, device="cpu"
    )
    model = CalibratedClassifier(network, folds=3).fit(X[100:], y[100:])
    before, after = model.estimator_.predict_proba(X[:100]), model.predict_proba(X[:100])
    assert model.scaling_.temperature_ > 2
    assert metrics.log_loss(y[:100], after, [0, 1]) < metrics.log_loss(y[:100], before, [0, 1])
    assert np.array_equal(model.predict(X[:100]), model.classes_[after.argmax(1)])


def test_scikit_learns_checks():
    assert passes_checks(CalibratedClassifier(GaussianNB(), folds=2))


def test_a_calibrated_network_is_saved_and_loaded(tmp_path):
    X, y = drawn(200)
    model = CalibratedClassifier(
        FeedforwardClassifier(max_epochs=2, random_state=0, device="cpu"), folds=2
    ).fit(X, y)
    again = astronn.load(model.save(tmp_path), device="cpu")
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(again.out_of_fold_, model.out_of_fold_)


def test_what_cannot_be_saved(tmp_path):
    X, y = drawn(60)
    with pytest.raises(
        AstronnError, match="LogisticRegression cannot be saved; calibrate a classifier of astronn"
    ):
        CalibratedClassifier(LogisticRegression(), folds=2).fit(X, y).save(tmp_path)
