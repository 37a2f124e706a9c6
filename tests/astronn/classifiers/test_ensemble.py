"""What an ensemble says, how far its networks differ, and scikit-learn's contract."""

import math

import numpy as np
import pytest
from estimator_contract import passes_checks

import astronn
from astronn import EnsembleClassifier, FeedforwardClassifier
from astronn.classifiers.ensemble import ensemble_prediction
from astronn.errors import AstronnError


def ensemble(**options) -> EnsembleClassifier:
    quick = {
        "ensemble_size": 8,
        "max_epochs": 30,
        "learning_rate": 0.02,
        "random_state": 0,
        "device": "cpu",
    }
    return EnsembleClassifier(**quick | options)


def clouds(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two classes, 3 standard deviations apart in the first of two features."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.normal(size=(n, 2)) + 3 * np.column_stack([y, 0 * y]), np.array(["near", "far"])[y]


def test_members_that_agree():
    found = ensemble_prediction(np.full((5, 2, 4), 0.25, np.float32))
    assert found.entropy == pytest.approx(math.log(4))
    assert not found.mutual_information.any() and not found.spread.any() and not found.dissent.any()


def test_members_that_contradict_each_other():
    """Two certain and opposite members: the mean knows nothing (ln 2), each alone knows all (0)."""
    found = ensemble_prediction(np.array([[[1.0, 0.0]], [[0.0, 1.0]]], np.float32))
    assert found.posteriors.tolist() == [[0.5, 0.5]]
    assert found.spread.tolist() == [[0.5, 0.5]]
    assert found.mutual_information == pytest.approx(
        math.log(2)
    ) and found.dissent == pytest.approx(0.5)


def test_overlap_of_classes_is_no_mutual_information():
    """All members say 1/2: as uncertain as can be, in full agreement."""
    found = ensemble_prediction(np.full((3, 1, 2), 0.5, np.float32))
    assert (found.entropy[0], found.mutual_information[0]) == (pytest.approx(math.log(2)), 0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_checks():
    assert passes_checks(ensemble(ensemble_size=3))


def test_an_ensemble_is_the_mean_of_its_members():
    (X, y), (later, truth) = clouds(), clouds(seed=1)
    model = ensemble().fit(X, y)
    members, found = model.member_posteriors(later), model.predict_ensemble(later)
    assert members.shape == (8, 300, 2)
    np.testing.assert_allclose(members.mean(0), model.predict_proba(later), atol=1e-6)
    np.testing.assert_allclose(found.posteriors, model.predict_proba(later), atol=1e-6)
    np.testing.assert_allclose(found.spread, members.std(0), atol=1e-6)
    assert len(found) == 300 and model.score(later, truth) > 0.9


def test_members_differ_most_where_there_were_no_objects():
    model = ensemble(weight_decay=0).fit(*clouds())
    at_home, between, far_away = model.predict_ensemble(
        [[0.0, 0.0], [1.5, 0.0], [1.5, 9.0]]
    ).mutual_information
    assert far_away > between > at_home


def test_it_is_the_feedforward_classifier_with_as_many_networks():
    X, y = clouds()
    options = {"max_epochs": 5, "ensemble_size": 3, "random_state": 1, "device": "cpu"}
    model = EnsembleClassifier(**options).fit(X, y)
    a, b = (
        model.predict_proba(X),
        FeedforwardClassifier(**model.get_params()).fit(X, y).predict_proba(X),
    )
    assert np.array_equal(a, b)


def test_an_ensemble_does_not_depend_on_the_block_a_row_is_in():
    model = ensemble(ensemble_size=40).fit(*clouds())
    X = np.tile(clouds()[0], (6, 1))  # 1,800 rows of 40 networks: more than one block
    found = model.predict_ensemble(X)
    np.testing.assert_allclose(
        found.mutual_information[:300], found.mutual_information[-300:], atol=1e-6
    )


def test_an_ensemble_is_saved_and_loaded(tmp_path):
    X, y = clouds()
    model = ensemble(early_stopping=True).fit(X, y)
    again = astronn.load(model.save(tmp_path), device="cpu")
    assert type(again) is EnsembleClassifier and again.get_params() == model.get_params()
    assert np.array_equal(
        again.predict_ensemble(X).mutual_information, model.predict_ensemble(X).mutual_information
    )


def test_the_preset():
    assert astronn.presets.make("ensemble").ensemble_size == 100


def test_one_network_is_no_ensemble():
    with pytest.raises(AstronnError, match="ensemble_size must be an integer >= 2, not 1"):
        ensemble(ensemble_size=1).fit(*clouds())
