"""Every baseline through one contract, and the automatic schemes against closed forms."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator
from threadpoolctl import threadpool_limits

from astronn import baselines
from astronn.baselines import random_forest
from astronn.baselines.linear_index import LinearIndex, best_thresholds
from astronn.baselines.majority_class import MajorityClass
from astronn.baselines.nearest_class_mean import NearestClassMean
from astronn.errors import AstronnError

CLASSES = ["E", "S0", "Sa"]


@pytest.fixture(autouse=True)
def one_thread():
    """Gradient boosting on two threads takes 20 times as long where the cores are shared."""
    with threadpool_limits(1):
        yield


def made(name: str, **options):
    order = {"class_order": CLASSES} if baselines.describe(name).needs_order else {}
    return baselines.make(name, random_state=0, **order, **options)


def sequence(n: int = 300, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Three classes along a line in two features, some values missing."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 3, n)
    X = rng.normal(size=(n, 2)) + 3 * place[:, None]
    X[::10, 1] = np.nan
    return pd.DataFrame(X, columns=["colour", "size"]), np.array(CLASSES)[place]


def test_the_schemes_of_the_paper_are_there():
    assert {"nearest_class_mean", "linear_index", "majority_class"} <= set(baselines.names())


@pytest.mark.parametrize("name", baselines.names())
def test_a_baseline_says_what_it_is(name):
    info = baselines.describe(name)
    assert info.name == name and info.title and len(info.note) > 40
    assert info.kind in ("automatic", "learned")


@pytest.mark.parametrize("name", baselines.names())
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_baseline_keeps_the_contract(name):
    (X, y), (later, truth), model = sequence(), sequence(seed=1), made(name)
    assert model.fit(X, y) is model
    predicted = model.predict(later)
    assert predicted.shape == (300,) and set(predicted) <= set(CLASSES)
    assert np.array_equal(clone(model).fit(X, y).predict(later), predicted)
    assert np.mean(predicted == truth) > (0.85 if baselines.describe(name).uses_inputs else 0.3)
    assert model.n_features_in_ == 2 and sorted(model.classes_) == CLASSES


@pytest.mark.parametrize("name", baselines.names())
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_posteriors_come_from_rivals_only(name):
    X, y = sequence()
    assert hasattr(made(name).fit(X, y), "predict_proba") == (
        baselines.describe(name).kind == "learned"
    )


@pytest.mark.parametrize(
    "estimator",
    [NearestClassMean(), MajorityClass(), LinearIndex(), LinearIndex(thresholds="tuned")],
)
def test_scikit_learns_checks(estimator):
    unordered = {
        "check_classifiers_classes": "it fits names that have no order, which this scheme refuses"
    }
    expected = unordered if isinstance(estimator, LinearIndex) else {}
    check_estimator(estimator, expected_failed_checks=expected, on_skip=None)


def test_nearest_class_mean_is_the_nearest_centroid_of_standardised_features():
    X, y = sequence()
    X = X.fillna(0).to_numpy()
    scaler = StandardScaler().fit(X)
    expected = NearestCentroid().fit(scaler.transform(X), y).predict(scaler.transform(X))
    assert np.array_equal(NearestClassMean().fit(X, y).predict(X), expected)


def test_a_missing_value_is_the_training_median():
    model = NearestClassMean().fit([[0.0], [1.0], [2.0], [9.0], [10.0]], [0, 0, 0, 1, 1])
    assert model.predict([[np.nan]]) == model.predict([[2.0]])


def test_the_majority_class_is_given_to_all():
    model = baselines.make("majority_class").fit([[1.0], [2.0], [np.nan]], ["S0", "E", "S0"])
    assert model.predict([[5.0], [6.0]]).tolist() == ["S0", "S0"]


def test_the_linear_index_is_the_regression_on_the_place_in_the_sequence():
    X, y = sequence()
    X = X.fillna(0).to_numpy()
    model = LinearIndex(CLASSES).fit(X, y)
    expected = LinearRegression().fit(X, [CLASSES.index(label) for label in y]).predict(X)
    np.testing.assert_allclose(
        model._index(X), expected, atol=1e-5
    )  # standardised features are float32
    assert model.thresholds_.tolist() == [0.5, 1.5]


@pytest.mark.parametrize("seed", range(5))
def test_tuned_thresholds_are_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    index, place = rng.integers(0, 9, 14) / 2, rng.integers(0, 3, 14)  # with ties

    def right(cuts):
        return np.sum(np.searchsorted(cuts, index, side="right") == place)

    edges = [-np.inf, *(np.unique(index) + 0.25), np.inf]
    best = max(right(np.array(cuts)) for cuts in itertools.combinations_with_replacement(edges, 2))
    cuts = best_thresholds(index, place, 3)
    assert np.array_equal(np.sort(cuts), cuts) and right(cuts) == best


def test_tuned_thresholds_are_not_worse_on_the_training_part():
    X, y = sequence()
    scores = {
        name: made(name).fit(X, y).score(X, y) for name in ("linear_index", "linear_index_tuned")
    }
    assert scores["linear_index_tuned"] >= scores["linear_index"]


def test_names_without_an_order_are_refused():
    with pytest.raises(
        AstronnError,
        match=r"class_order is needed for classes with names; give the order of \['a', 'b'\]",
    ):
        LinearIndex().fit([[0.0], [1.0]], ["a", "b"])


def test_an_order_that_lacks_a_class():
    with pytest.raises(
        AstronnError,
        match=r"class_order must name each class once; \['a'\] lacks or repeats some of",
    ):
        LinearIndex(["a"]).fit([[0.0], [1.0]], ["a", "b"])


def test_an_unknown_way_to_cut():
    with pytest.raises(
        AstronnError, match="unknown thresholds 'even'; choose one of: half_way, tuned"
    ):
        LinearIndex(thresholds="even").fit([[0.0], [1.0]], [0, 1])


def test_a_class_of_the_order_that_is_not_in_training_is_never_given():
    model = LinearIndex(["a", "b", "c"]).fit([[0.0], [1.0], [0.1], [0.9]], ["a", "c", "a", "c"])
    assert model.predict([[-5.0], [5.0]]).tolist() == ["a", "c"]


def test_unknown_baseline():
    with pytest.raises(
        AstronnError,
        match=r"unknown baseline 'svm'; choose one of: hist_gradient_boosting, .*linear_index",
    ):
        baselines.make("svm")
    with pytest.raises(AstronnError, match="unknown baseline 'svm'"):
        baselines.describe("svm")


def test_an_option_that_a_baseline_does_not_have():
    with pytest.raises(
        AstronnError, match=r"baseline 'majority_class': .*'depth'.*; it takes \(\*, random_state"
    ):
        baselines.make("majority_class", depth=3)


def test_trees_of_a_forest_are_grown_on_so_many_objects_at_most(monkeypatch):
    monkeypatch.setattr(random_forest, "LARGEST", 100)
    X, y = sequence(300)
    forest = made("random_forest", n_estimators=5).fit(X, y)
    assert [len(samples) for samples in forest.estimators_samples_] == [100] * 5
    assert forest.max_samples is None and clone(forest).max_samples is None
    few = made("random_forest", n_estimators=5).fit(X[:80], y[:80])
    assert [len(samples) for samples in few.estimators_samples_] == [80] * 5
