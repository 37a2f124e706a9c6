"""FeedforwardClassifier: scikit-learn's contract, what it learns, and what it does with odd
input.
"""

import numpy as np
import pandas as pd
import pytest
import torch
from estimator_contract import passes_checks
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from astronn import FeedforwardClassifier
from astronn.errors import AstronnError


def quick(**options) -> FeedforwardClassifier:
    """One network, quickly trained."""
    given = {"max_epochs": 20, "learning_rate": 0.02, "random_state": 0, "device": "cpu"}
    return FeedforwardClassifier(**{**given, "ensemble_size": 1, **options})


def quadrants(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """XOR with a continuous argument: no linear classifier is better than chance."""
    X = np.random.default_rng(seed).uniform(-1, 1, (n, 2))
    return X, np.where(X[:, 0] * X[:, 1] > 0, "same", "other")


def spirals(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    arm, turn = rng.integers(0, 2, n), rng.uniform(0.3, 1.0, n)
    angle = 2.5 * np.pi * turn + np.pi * arm
    return (
        np.column_stack([turn * np.cos(angle), turn * np.sin(angle)]) + rng.normal(0, 0.02, (n, 2)),
        arm,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"ensemble_size": 2},
        {"optimizer": "lbfgs", "max_epochs": 2, "loss": "squared_error"},
        {"early_stopping": True},
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_checks(options):
    assert passes_checks(quick(**options))


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_xor_is_learnt(optimizer, loss):
    model = quick(optimizer=optimizer, loss=loss, max_epochs=60, weight_decay=1e-4).fit(
        *quadrants()
    )
    assert model.score(*quadrants(seed=1)) > 0.95
    assert model.history_.loss[-1] < model.history_.loss[0]


def test_a_network_without_hidden_layers_does_not_learn_xor():
    assert quick(hidden_layers=()).fit(*quadrants()).score(*quadrants(seed=1)) < 0.65


def test_spirals_are_learnt():
    X, y = spirals()
    model = quick(hidden_layers=(32, 32), max_epochs=150, weight_decay=0).fit(X[:400], y[:400])
    assert model.score(X[400:], y[400:]) > 0.97


@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "gelu", "silu"])
def test_every_activation_learns(activation):
    assert (
        quick(activation=activation, max_epochs=60, weight_decay=1e-4)
        .fit(*quadrants())
        .score(*quadrants(seed=1))
        > 0.93
    )


def test_without_weight_decay_posteriors_follow_the_odds():
    # one binary input: the best posterior is the observed frequency in each of its two groups
    X = np.repeat([[0.0], [0.0], [1.0], [1.0]], [30, 70, 80, 20], axis=0)
    y = np.repeat([0, 1, 0, 1], [30, 70, 80, 20])
    model = quick(hidden_layers=(), weight_decay=0, optimizer="lbfgs").fit(X, y)
    np.testing.assert_allclose(model.predict_proba([[0.0], [1.0]])[:, 0], [0.3, 0.8], atol=1e-3)


def test_numpy_pandas_and_torch_give_the_same():
    X, y = quadrants()
    expected = quick().fit(X, y).predict_proba(X)
    frame = pd.DataFrame(X, columns=["colour", "concentration"])
    assert np.array_equal(quick().fit(frame, pd.Series(y)).predict_proba(frame), expected)
    assert np.array_equal(
        quick().fit(torch.from_numpy(X), y).predict_proba(torch.from_numpy(X)), expected
    )


def test_learned_names():
    X, y = quadrants()
    model = quick().fit(pd.DataFrame(X, columns=["colour", "size"]), y, units={"colour": "mag"})
    assert model.feature_names_in_.tolist() == ["colour", "size"]
    assert (model.n_features_in_, model.n_iter_, model.classes_.tolist()) == (
        2,
        20,
        ["other", "same"],
    )
    assert model.feature_units_ == {"colour": "mag"}
    assert len(model.history_.loss) == 20


def test_units_of_an_unknown_feature():
    X, y = quadrants(20)
    with pytest.raises(
        AstronnError, match=r"units are given for \['color'\], but the features are \['a', 'b'\]"
    ):
        quick().fit(pd.DataFrame(X, columns=["a", "b"]), y, units={"color": "mag"})


def test_other_columns_than_in_training():
    X, y = quadrants(50)
    model = quick().fit(pd.DataFrame(X, columns=["a", "b"]), y)
    with pytest.raises(
        ValueError, match="feature names should match those that were passed during fit"
    ):
        model.predict(pd.DataFrame(X, columns=["b", "a"]))


def test_it_works_in_pipelines_searches_and_cross_validation():
    X, y = quadrants(200)
    line = make_pipeline(PolynomialFeatures(2), quick(hidden_layers=(), max_epochs=60))
    assert np.mean(cross_val_predict(line, X, y, cv=3) == y) > 0.9
    search = GridSearchCV(
        quick(), {"hidden_layers": [(), (16,)], "early_stopping": [True, False]}, cv=2
    ).fit(X, y)
    assert search.best_params_["hidden_layers"] == (16,)


def test_missing_values_are_information():
    # the class is whether the second feature was measured at all
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    X[:150, 1] = np.nan
    y = np.repeat(["faint", "bright"], 150)
    model = quick().fit(X, y)
    assert model.score(X, y) == 1.0
    assert np.isfinite(model.predict_proba([[np.nan, np.nan]])).all()


def test_infinite_values_are_refused():
    with pytest.raises(ValueError, match="contains infinity"):
        quick().fit([[1.0], [np.inf]], [0, 1])


def test_one_class_is_refused():
    with pytest.raises(
        AstronnError, match="y holds one class, 'E'; a classifier needs at least two classes"
    ):
        quick().fit([[1.0], [2.0]], np.array(["E", "E"]))


def test_balanced_weights_find_the_rare_class():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (950, 1)), rng.normal(1.5, 1, (50, 1))])
    y = np.repeat([0, 1], [950, 50])
    found = {
        weight: quick(class_weight=weight).fit(X, y).predict(X[950:]).mean()
        for weight in (None, "balanced")
    }
    assert found[None] < 0.3 < 0.6 < found["balanced"]


def test_class_weights_by_name_are_those_weights():
    X, y = quadrants(100)
    balance = {label: len(y) / (2 * np.sum(y == label)) for label in np.unique(y)}
    expected = quick(class_weight="balanced").fit(X, y).predict_proba(X)
    np.testing.assert_allclose(
        quick(class_weight=balance).fit(X, y).predict_proba(X), expected, atol=1e-6
    )


def test_early_stopping_keeps_the_epoch_with_the_lowest_validation_loss():
    X, y = quadrants(60)
    y[::4] = "same"  # noise to overfit
    model = quick(
        early_stopping=True, patience=8, max_epochs=300, validation_fraction=0.3, weight_decay=0
    ).fit(X, y)
    losses = model.history_.validation_loss
    assert model.n_iter_ < 300
    assert model.history_.best_epoch == [int(np.argmin(losses)) + 1]


def test_several_networks_are_averaged():
    X, y = quadrants(200)
    several, one = quick(ensemble_size=3).fit(X, y), quick().fit(X, y)
    inputs = torch.from_numpy(several.normaliser_.transform(X))
    with torch.no_grad():
        each = torch.softmax(several.network_(inputs), -1).numpy()  # (3, N, 2)
    np.testing.assert_allclose(several.predict_proba(X), each.mean(0), atol=1e-6)
    np.testing.assert_allclose(
        each[0], one.predict_proba(X), atol=1e-3
    )  # the first is the one that would be alone
    assert np.abs(each[0] - each[1]).max() > 0.01


def test_logistic_outputs_of_a_good_fit_sum_to_about_one():
    X, y = load_iris(return_X_y=True)
    model = quick(
        loss="squared_error", activation="logistic", weight_decay=1e-3, max_epochs=100
    ).fit(X, y)
    outputs = model.raw_outputs(X)
    assert ((outputs > 0) & (outputs < 1)).all()
    assert abs(outputs.sum(1).mean() - 1) < 0.03
    np.testing.assert_allclose(
        model.predict_proba(X), outputs / outputs.sum(1, keepdims=True), rtol=1e-5
    )


def test_rows_do_not_depend_on_the_block_they_are_in():
    X, y = quadrants(300)
    model = quick().fit(X, y)
    many = np.tile(X, (300, 1))  # 90,000 rows, two blocks
    np.testing.assert_allclose(model.predict_proba(many)[-300:], model.predict_proba(X), atol=1e-6)


def test_verbose_prints_ten_lines(capsys):
    quick(verbose=True).fit(*quadrants(50))
    assert capsys.readouterr().out.count("epoch") == 10


def test_a_random_state_object_gives_a_new_seed_each_time():
    state, data = np.random.RandomState(0), quadrants(50)
    assert quick(random_state=state).fit(*data).seed_ != quick(random_state=state).fit(*data).seed_


def test_one_row_of_sentinels_in_training_changes_nothing_that_tells():
    """SIMULATED galaxies; with mean and standard deviation the same row costs much."""
    from catalogs import schemes
    from catalogs.simulations import catalogue as simulate

    stage, frame = simulate.galaxies(4000, seed=0)
    X, y = frame.to_numpy(), schemes.load("hubble_5").from_t(stage)
    wild = X[:1000].copy()
    wild[17] = -999
    scores = {}
    for how in ("robust", "standard"):
        for name, shown in (("clean", X[:1000]), ("wild", wild)):
            model = quick(normalisation=how, ensemble_size=8, max_epochs=40)
            scores[how, name] = model.fit(shown, y[:1000]).score(X[1000:], y[1000:])
    assert abs(scores["robust", "wild"] - scores["robust", "clean"]) < 0.005
    assert scores["standard", "wild"] < scores["standard", "clean"] - 0.02
