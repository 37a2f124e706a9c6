"""RecurrentClassifier: scikit-learn's contract with light curves, and what its options promise."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from curve_toys import FAST, pulses, saws
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict

import astronn
from astronn import RecurrentClassifier, presets
from astronn.classifiers.base import Given
from astronn.errors import AstronnError
from astronn.inputs.light_curves import Curves

CAUSAL = {
    "causal": True,
    "scalar_features": False,
    "network_options": {"hidden": 16, "bidirectional": False, "pooling": "last"},
}
RECURRENT = [
    name for name in presets.names() if presets.load(name).estimator == "RecurrentClassifier"
]


@pytest.fixture(scope="module")
def fitted():
    """In order of time, without the period: the steps and changes alone must tell."""
    X, y = pulses(150)
    return RecurrentClassifier(**FAST | {"max_epochs": 15}).fit(_unfolded(X), y)


def _unfolded(curves):
    return Curves(curves.offsets, curves.time_days, curves.magnitude, curves.error, curves.band)


def test_it_learns_what_can_be_seen(fitted):
    X, y = pulses(200, seed=1)
    assert fitted.score(_unfolded(X), y) > 0.95


def test_order_in_phase_is_seen_in_the_folded_curve():
    """Rising and falling saw teeth have the same magnitudes: only a network that folds can tell
    them apart.
    """
    X, y = saws(100)
    rules = FAST | {"max_epochs": 15, "folded": True, "cycles": 1, "scalar_features": False}
    assert RecurrentClassifier(**rules).fit(X, y).score(*saws(200, seed=1)) > 0.95
    assert (
        RecurrentClassifier(**rules | {"folded": False}).fit(X, y).score(*saws(200, seed=1)) < 0.7
    )


def test_posteriors_are_probabilities_in_the_order_of_classes(fitted):
    X = _unfolded(pulses(7, seed=2)[0])
    posteriors = fitted.predict_proba(X)
    assert fitted.classes_.tolist() == ["fast", "slow"] and posteriors.dtype == np.float32
    assert posteriors.sum(1) == pytest.approx(1, abs=1e-6)
    assert (fitted.classes_[posteriors.argmax(1)] == fitted.predict(X)).all()


def test_the_form_of_the_curves_does_not_matter(fitted):
    X = _unfolded(pulses(9, seed=3)[0])
    arrays = [
        np.column_stack([c.time_days, c.magnitude, c.error]) for c in (X[i] for i in range(9))
    ]
    other = SimpleNamespace(
        **{
            name: getattr(X, name)
            for name in ("offsets", "time_days", "magnitude", "error", "band")
        }
    )
    expected = fitted.predict_proba(X)
    for form in (arrays, [torch.from_numpy(a) for a in arrays], other, [X[i] for i in range(9)]):
        assert fitted.predict_proba(form) == pytest.approx(expected, abs=1e-6)


def test_company_and_order_never_change_an_answer(fitted):
    X = _unfolded(pulses(30, seed=4)[0])
    together = fitted.predict_proba(X)
    assert np.concatenate([fitted.predict_proba(X[i]) for i in range(30)]) == pytest.approx(
        together, abs=1e-6
    )
    assert fitted.predict_proba(X[::-1]) == pytest.approx(together[::-1], abs=1e-6)


def test_one_seed_gives_the_same_bytes_and_another_does_not():
    X, y = pulses(40)
    a, b, c = (
        RecurrentClassifier(**FAST | {"random_state": seed, "subsample": 0.5}).fit(X, y)
        for seed in (1, 1, 2)
    )
    assert (
        a.predict_proba(X).tobytes() == b.predict_proba(X).tobytes() != c.predict_proba(X).tobytes()
    )


def test_clone_grid_search_and_cross_validation():
    X, y = pulses(60)
    model = RecurrentClassifier(**FAST, class_weight={"fast": 1.0, "slow": 2.0}, folded=True)
    assert clone(model).get_params() == model.get_params()
    assert cross_val_predict(model, X, y, cv=2).shape == (60,)
    grid = GridSearchCV(
        RecurrentClassifier(**FAST | {"max_epochs": 8}), {"learning_rate": [1e-6, 0.03]}, cv=2
    )
    assert grid.fit(X, y).best_params_ == {
        "learning_rate": 0.03
    }  # log P among the scalar features tells all


@pytest.mark.parametrize("more", [{"folded": True, "ensemble_size": 2, "test_views": 2}, CAUSAL])
def test_save_and_load_to_the_last_bit(tmp_path, more):
    X, y = pulses(40)
    model = RecurrentClassifier(**FAST | more).fit(X, y)
    loaded = astronn.load(model.save(tmp_path / "model"), device="cpu")
    assert loaded.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
    assert loaded.history_ == model.history_ and loaded.get_params() == model.get_params()


def test_two_networks_are_the_mean_of_both():
    X, y = pulses(40)
    model = RecurrentClassifier(**FAST, ensemble_size=2).fit(X, y)
    both, alone = model.predict_proba(X), []
    for network in model.networks_[:]:
        model.networks_ = [network]
        alone.append(model.predict_proba(X))
    assert (
        both == pytest.approx(np.mean(alone, axis=0), abs=1e-6)
        and abs(alone[0] - alone[1]).max() > 1e-3
    )


def _curve(n, magnitude=12.0):
    return np.column_stack([np.arange(float(n)), np.broadcast_to(magnitude, n), np.full(n, 0.1)])


def test_curves_of_no_epoch_one_epoch_no_change_nan_and_very_many(fitted):
    """All give posteriors; NaN epochs are as if they were not there, and 100,000 epochs are as good
    as their even sample.
    """
    rng = np.random.default_rng(0)
    holes = _curve(20, rng.normal(12, 1, 20))
    holes[[3, 7], [1, 0]] = np.nan
    many = _curve(100_000, rng.normal(12, 1, 100_000))
    odd = [_curve(0), _curve(1), _curve(30), np.full((5, 3), np.nan), holes, many]
    posteriors = fitted.predict_proba(odd)
    assert np.isfinite(posteriors).all() and posteriors.sum(1) == pytest.approx(1, abs=1e-6)
    assert posteriors[3] == pytest.approx(posteriors[0])
    assert posteriors[4] == pytest.approx(
        fitted.predict_proba([np.delete(holes, [3, 7], 0)])[0], abs=1e-6
    )


def test_training_takes_odd_curves_too():
    odd = [
        _curve(0),
        _curve(1),
        _curve(30),
        np.full((5, 3), np.nan),
        _curve(3000, np.arange(3000.0)),
    ] * 4
    for more in (
        {"folded": True, "subsample": 0.3, "noise": 1.0},
        CAUSAL | {"max_points": None, "max_epochs": 2},
    ):
        curves = Curves.of(odd, period_days=[1, 2, np.nan, 4, np.nan] * 4)
        model = RecurrentClassifier(**FAST | more).fit(curves, np.arange(20) % 2)
        assert (
            np.isfinite(model.history_.loss).all()
            and np.isfinite(model.predict_proba(curves)).all()
        )


def test_answers_over_time_end_with_the_answer_and_never_look_ahead():
    X, y = pulses(120)
    model = RecurrentClassifier(**FAST | CAUSAL | {"max_epochs": 20, "subsample": 0.5}).fit(X, y)
    X, y = pulses(60, seed=5)
    over_time = model.predict_proba_over_time(X)
    assert [len(p) for p in over_time] == X.counts.tolist()
    assert np.stack([p[-1] for p in over_time]) == pytest.approx(model.predict_proba(X), abs=1e-6)
    cut = [
        np.column_stack([c.time_days, c.magnitude, c.error])[:6] for c in (X[i] for i in range(60))
    ]
    assert model.predict_proba(cut) == pytest.approx(np.stack([p[5] for p in over_time]), abs=1e-5)
    right = [
        np.mean([model.classes_[p[t].argmax()] == label for p, label in zip(over_time, y)])
        for t in (0, -1)
    ]
    assert right[1] > 0.85 > 0.7 > right[0]  # one epoch says nothing


def test_no_epoch_has_no_answer_over_time_but_one_at_all():
    X, y = pulses(30)
    model = RecurrentClassifier(**FAST | CAUSAL).fit(X, y)
    assert model.predict_proba_over_time([_curve(0)])[0].shape == (0, 2)
    assert model.predict_proba([_curve(0)]).sum() == pytest.approx(1)


def test_early_stopping_returns_the_best_epoch_of_the_given_curves():
    model = RecurrentClassifier(
        **FAST | {"max_epochs": 40, "learning_rate": 0.1}, early_stopping=True, patience=3
    )
    X, y = pulses(60, seed=7)
    model.fit(*pulses(60), validation=(X, y))
    history = model.history_
    assert history.best_epoch == [int(np.argmin(history.validation_loss)) + 1]
    posteriors = model.predict_proba(X)[np.arange(60), (y == "slow").astype(int)]
    assert -np.log(posteriors).mean() == pytest.approx(min(history.validation_loss), rel=1e-3)


def test_groups_stay_on_one_side_of_the_validation_part():
    model = RecurrentClassifier(**FAST, early_stopping=True)
    model.seed_, groups = 0, np.repeat(np.arange(12), 5)
    kept, aside = model._parts(np.arange(60) % 2, Given(groups=groups))
    assert not set(groups[kept]) & set(groups[aside]) and len(aside) == 10


def test_progress_counts_epochs_of_all_networks_and_describe_tells_the_layers():
    seen = []
    model = RecurrentClassifier(**FAST, ensemble_size=2).fit(
        *pulses(20), progress=lambda *now: seen.append(now[:2])
    )
    assert seen == [(epoch, 6) for epoch in range(1, 7)]
    assert "layers.backwards.0.layer  GRU" in model.describe() and "128 x 8" in model.describe()


class Ended(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("more", [{"folded": True, "subsample": 0.5, "noise": 0.5}, CAUSAL])
def test_an_ended_training_goes_on_to_the_same_bytes(tmp_path, more):
    X, y = pulses(40)
    rules = FAST | {"ensemble_size": 2, "early_stopping": True} | more

    def end(epoch, *_):
        if epoch == 5:  # the second of the second network
            raise Ended("after epoch 5")

    with pytest.raises(Ended, match="after epoch 5"):
        RecurrentClassifier(**rules).fit(X, y, checkpoint=tmp_path, progress=end)
    again = RecurrentClassifier(**rules).fit(X, y, checkpoint=tmp_path)
    whole = RecurrentClassifier(**rules).fit(X, y)
    assert (
        again.predict_proba(X).tobytes() == whole.predict_proba(X).tobytes()
        and again.history_ == whole.history_
    )


def test_the_checkpoint_of_other_curves_is_refused(tmp_path):
    RecurrentClassifier(**FAST).fit(*pulses(20), checkpoint=tmp_path)
    with pytest.raises(AstronnError, match="belongs to a training with other"):
        RecurrentClassifier(**FAST).fit(*pulses(20, seed=1), checkpoint=tmp_path)


@pytest.mark.parametrize("name", RECURRENT)
def test_presets_train(name):
    model = presets.make(name, max_epochs=1, warm_up=0, random_state=0, device="cpu").fit(
        *pulses(20)
    )
    assert model.input_kind == "light_curves" and model.predict_proba(pulses(3)[0]).shape == (3, 2)


def test_the_four_networks_of_the_table_are_presets():
    assert {"elman", "lstm", "gru", "gru_folded"} <= set(RECURRENT)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"harmonics": 0, "subsample": 2},
            r"harmonics must be .*, not 0; subsample must be a number > 0 and <= 1, not 2",
        ),
        (
            {"causal": True},
            (
                r"scalar_features must be False with causal=True: its numbers are known only at"
                r" the end, not True"
            ),
        ),
        (CAUSAL | {"network_options": {}}, r"causal=True needs a network that reads forwards only"),
        (CAUSAL | {"network": "conv_gru"}, r"causal=True needs a network that reads forwards only"),
        ({"warm_up": 3}, r"warm_up must be < max_epochs, not 3 with max_epochs=3"),
        ({"network": "mlp"}, r"unknown network 'mlp'"),
        (
            {"network_options": {"width": 3}},
            r"network 'gru' has no option 'width'; choose among: hidden",
        ),
    ],
)
def test_faults_of_options_are_named(given, message):
    with pytest.raises(AstronnError, match=message):
        RecurrentClassifier(**FAST | given).fit(*pulses(20))


def test_faults_of_data_are_named(fitted):
    X, y = pulses(6)
    with pytest.raises(AstronnError, match=r"y has 2 entries for 6 light curves"):
        fitted.fit(X, y[:2])
    with pytest.raises(AstronnError, match=r"folded=True needs period_days of every curve"):
        RecurrentClassifier(**FAST, folded=True).fit(_unfolded(X), y)
    with pytest.raises(
        AstronnError, match=r"3 scalar features per curve, but the network learned on 2"
    ):
        fitted.predict(X)
    with pytest.raises(
        AstronnError, match=r"band 1 was not in the training curves, which have bands 0 to 0"
    ):
        fitted.predict([np.ones((2, 4))])
    with pytest.raises(AstronnError, match=r"needs a classifier trained with causal=True"):
        fitted.predict_proba_over_time(_unfolded(X))
    with pytest.raises(AstronnError, match=r"validation is given but early_stopping is False"):
        RecurrentClassifier(**FAST).fit(X, y, validation=(X, y))
