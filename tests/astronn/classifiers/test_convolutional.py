"""ConvolutionalClassifier: scikit-learn's contract with images, and what its options promise."""

import numpy as np
import pytest
import torch
from image_toys import FAST, bars
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import astronn
from astronn import ConvolutionalClassifier, presets
from astronn.classifiers.base import Given
from astronn.errors import AstronnError
from astronn.inputs.labels import class_weights


@pytest.fixture(scope="module")
def fitted():
    return ConvolutionalClassifier(**FAST | {"max_epochs": 15}).fit(*bars())


def test_it_learns_what_can_be_seen(fitted):
    assert fitted.score(*bars(200, seed=1)) > 0.97


def test_posteriors_are_probabilities_in_the_order_of_classes(fitted):
    X, _ = bars(7, seed=2)
    posteriors = fitted.predict_proba(X)
    assert fitted.classes_.tolist() == ["flat", "upright"] and posteriors.dtype == np.float32
    assert posteriors.sum(1) == pytest.approx(1, abs=1e-6)
    assert (fitted.classes_[posteriors.argmax(1)] == fitted.predict(X)).all()


@pytest.mark.parametrize(
    "convert", [torch.from_numpy, lambda X: X.astype(np.float64), lambda X: X.astype(np.float16)]
)
def test_the_kind_of_array_does_not_matter(fitted, convert):
    X, _ = bars(9, seed=3)
    assert fitted.predict_proba(convert(X)) == pytest.approx(fitted.predict_proba(X), abs=1e-5)


def test_one_seed_gives_the_same_bytes_and_another_does_not():
    a, b, c = (
        ConvolutionalClassifier(**FAST | {"random_state": seed}).fit(*bars()) for seed in (1, 1, 2)
    )
    X, _ = bars(20, seed=4)
    assert (
        a.predict_proba(X).tobytes() == b.predict_proba(X).tobytes() != c.predict_proba(X).tobytes()
    )


def test_training_leaves_the_global_stream_of_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    ConvolutionalClassifier(**FAST).fit(*bars(20))
    assert torch.rand(1) == expected


def test_clone_and_grid_search():
    model = ConvolutionalClassifier(**FAST, mirror_pairs=[("flat", "upright")])
    assert clone(model).get_params() == model.get_params()
    found = GridSearchCV(
        ConvolutionalClassifier(**FAST), {"learning_rate": [1e-6, 0.01]}, cv=2
    ).fit(*bars(60))
    assert found.best_params_ == {"learning_rate": 0.01}


def test_save_and_load_to_the_last_bit(tmp_path):
    X, y = bars()
    small = FAST | {"network": "residual", "network_options": {"maps": 4}}
    model = ConvolutionalClassifier(**small, ensemble_size=2).fit(X, y)
    loaded = astronn.load(model.save(tmp_path / "model"), device="cpu")
    assert loaded.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
    assert loaded.history_ == model.history_ and loaded.get_params() == model.get_params()


def test_two_networks_are_the_mean_of_both():
    X, y = bars(40)
    model = ConvolutionalClassifier(**FAST, ensemble_size=2).fit(X, y)
    both, alone = model.predict_proba(X), []
    for network in model.networks_[:]:
        model.networks_ = [network]
        alone.append(model.predict_proba(X))
    assert (
        both == pytest.approx(np.mean(alone, axis=0), abs=1e-6)
        and abs(alone[0] - alone[1]).max() > 1e-3
    )


def test_a_wrong_mirror_swaps_what_is_learned():
    """Upright and flat are no mirror images: declared as such, a mirrored view teaches the
    opposite, and nothing is learned.
    """
    model = ConvolutionalClassifier(
        **FAST | {"max_epochs": 10}, mirror=True, mirror_pairs=[("flat", "upright")]
    ).fit(*bars())
    assert abs(model.predict_proba(bars(50, seed=6)[0])[:, 0] - 0.5).mean() < 0.15


def test_built_in_mirror_symmetry_gives_mirror_images_opposite_posteriors():
    X, y = bars(60)
    model = ConvolutionalClassifier(**FAST, symmetric=True, mirror_pairs=[("flat", "upright")]).fit(
        X, y
    )
    assert model.predict_proba(X[..., ::-1])[:, 0] == pytest.approx(
        model.predict_proba(X)[:, 1], abs=1e-5
    )


def test_eight_views_make_posteriors_the_same_for_all_turns():
    X, _ = bars(30)
    model = ConvolutionalClassifier(**FAST, rotation=180, mirror=True, test_views=8).fit(
        X, np.arange(30) % 2
    )
    turned = np.rot90(X, 1, (2, 3))[..., ::-1]
    assert model.predict_proba(turned) == pytest.approx(model.predict_proba(X), abs=1e-5)


def test_early_stopping_returns_the_best_epoch_of_the_given_validation_images():
    model = ConvolutionalClassifier(
        **FAST | {"max_epochs": 40, "learning_rate": 0.05}, early_stopping=True, patience=3
    )
    model.fit(*bars(60), validation=bars(60, seed=7))
    history = model.history_
    assert model.n_iter_ < 40 and history.best_epoch == [
        int(np.argmin(history.validation_loss)) + 1
    ]
    posteriors = model.predict_proba(bars(60, seed=7)[0])[
        np.arange(60), (bars(60, seed=7)[1] == "upright").astype(int)
    ]
    assert -np.log(posteriors).mean() == pytest.approx(min(history.validation_loss), rel=1e-4)


def test_groups_stay_on_one_side_of_the_validation_part():
    model = ConvolutionalClassifier(**FAST, early_stopping=True)
    model.seed_, groups = 0, np.repeat(np.arange(12), 5)
    kept, aside = model._parts(np.arange(60) % 2, Given(groups=groups))
    # 9 wanted, whole groups of 5
    assert not set(groups[kept]) & set(groups[aside]) and len(aside) == 10


def test_class_weight_exponent():
    """Weights n ** -e, mean 1: 8 and 2 objects with e = 0.5 stand as 1 to 2."""
    weights = class_weights(0.5, np.array([0, 1]), np.repeat([0, 1], [8, 2]))
    assert weights[-1] / weights[0] == pytest.approx(2) and weights.mean() == pytest.approx(1)


def test_unmeasured_pixels_are_no_fault(fitted):
    X, y = bars(100, seed=8)
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.02, np.nan, X)
    assert fitted.score(X, y) > 0.9


def test_describe_tells_the_layers(fitted):
    assert "features.0.0  Conv2d     4 x 10 x 10          40" in fitted.describe()


def test_progress_counts_epochs_of_all_networks():
    seen = []
    ConvolutionalClassifier(**FAST, ensemble_size=2).fit(
        *bars(20), progress=lambda *now: seen.append(now[:2])
    )
    assert seen == [(epoch, 6) for epoch in range(1, 7)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"zoom": -1, "test_views": 3},
            r"zoom must be .*, not -1; test_views must be one of 1, 4, 8, not 3",
        ),
        ({"test_views": 4}, r"rotation must be 180 with test_views > 1"),
        (
            {"test_views": 8, "rotation": 180.0},
            r"mirror must be True with test_views=8, or symmetric=True",
        ),
        ({"symmetric": True}, r"symmetric=True needs mirror_pairs"),
        (
            {"mirror_pairs": [("flat", "round")]},
            r"mirror_pairs: 'round' is not among the classes \['flat', 'upright'\]",
        ),
        ({"warm_up": 3}, r"warm_up must be < max_epochs, not 3 with max_epochs=3"),
        ({"network": "mlp"}, r"unknown network 'mlp'"),
        (
            {"class_weight": "even"},
            r"class_weight must be None, 'balanced', a dictionary or a number >= 0, not 'even'",
        ),
        ({"detail": 10}, r"detail must be below the images' side, 10 pixels"),
    ],
)
def test_faults_of_options_are_named(given, message):
    with pytest.raises(AstronnError, match=message):
        ConvolutionalClassifier(**FAST | given).fit(*bars(20))


@pytest.mark.parametrize(
    ("X", "y", "rules", "message"),
    [
        (bars(4)[0], ["a"] * 4, {}, r"y holds one class, .*'a'"),
        (bars(4)[0], ["a", "b"], {}, r"y has 2 entries for 4 images"),
        (bars(4)[0][:, 0], ["a", "b"] * 2, {}, r"X must be \(n, channels, height, width\)"),
        (*bars(4), {"validation": bars(4)}, r"validation is given but early_stopping is False"),
    ],
)
def test_faults_of_data_are_named(X, y, rules, message):
    with pytest.raises(AstronnError, match=message):
        ConvolutionalClassifier(**FAST).fit(X, y, **rules)


def test_images_of_another_shape_are_refused(fitted):
    with pytest.raises(
        AstronnError,
        match=r"X has images of \(1, 9, 9\), the classifier was trained on \(1, 10, 10\)",
    ):
        fitted.predict(np.zeros((2, 1, 9, 9), np.uint8))


@pytest.mark.parametrize("name", ["convolutional", "lenet"])
def test_presets_train(name):
    model = presets.make(name, max_epochs=1, warm_up=0, random_state=0, device="cpu").fit(*bars(20))
    assert model.predict_proba(bars(3)[0]).shape == (3, 2)
