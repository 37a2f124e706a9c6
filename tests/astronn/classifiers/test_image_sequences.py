"""ImageSequenceClassifier: an answer after every image, from what was seen by then alone."""

import numpy as np
import pytest

import astronn
from astronn import ImageSequenceClassifier
from astronn.errors import AstronnError

FAST = {
    "network_options": {"maps": 4, "blocks": [1, 1]},
    "hidden": 12,
    "max_epochs": 2,
    "warm_up": 0.5,
    "learning_rate": 0.01,
    "random_state": 0,
    "device": "cpu",
}


def blinks(n=60, seed=0, steps=5, side=12):
    """Simulated: a source in the middle that grows ("rise") or fades ("fade") in noise, (n, steps,
    1, side, side), and labels; one image in five was not taken.
    """
    rng = np.random.default_rng(seed)
    rising = rng.random(n) < 0.5
    strength = np.linspace(0, 9, steps)
    images = rng.normal(size=(n, steps, 1, side, side))
    middle = slice(side // 2 - 1, side // 2 + 1)
    images[..., middle, middle] += np.where(rising[:, None], strength, strength[::-1])[
        :, :, None, None, None
    ]
    images[rng.random((n, steps)) < 0.2] = np.nan
    images[:, 0] = np.where(
        np.isnan(images[:, 0]), rng.normal(size=images[:, 0].shape), images[:, 0]
    )
    return images.astype(np.float32), np.where(rising, "rise", "fade")


@pytest.fixture(scope="module")
def fitted():
    return ImageSequenceClassifier(**FAST | {"max_epochs": 8, "hidden": 24}).fit(*blinks(300))


@pytest.fixture(scope="module")
def quick():
    return ImageSequenceClassifier(**FAST).fit(*blinks(40))


def test_it_learns_what_changes(fitted):
    assert fitted.score(*blinks(100, seed=1)) > 0.9


def test_a_later_image_changes_no_earlier_answer(quick):
    X, _ = blinks(6, seed=2)
    before = quick.predict_proba_over_time(X)
    X[:, 3:] = 50.0
    after = quick.predict_proba_over_time(X)
    assert (
        after[:, :3] == pytest.approx(before[:, :3], abs=1e-6)
        and abs(after[:, 3:] - before[:, 3:]).max() > 1e-3
    )


def test_answers_stay_where_no_image_was_taken_and_begin_with_the_first(quick):
    X, _ = blinks(4, seed=3)
    X[0, 2], X[1, :2] = np.nan, np.nan
    steps = quick.predict_proba_over_time(X)
    assert (
        (steps[0, 2] == steps[0, 1]).all()
        and np.isnan(steps[1, :2]).all()
        and np.isfinite(steps[1, 4]).all()
    )
    assert (
        steps[2:].sum(2) == pytest.approx(1, abs=1e-5)
        and (quick.predict_proba(X)[2:] == steps[2:, -1]).all()
    )


def test_what_stands_in_a_missing_image_does_not_matter_nor_padding_at_the_end(quick):
    X, _ = blinks(5, seed=4)
    longer = np.concatenate([X, np.full_like(X[:, :2], np.nan)], 1)
    assert quick.predict_proba(longer) == pytest.approx(quick.predict_proba(X), abs=1e-6)


def test_the_time_between_images_is_seen(quick):
    X, _ = blinks(5, seed=5)
    slow = np.tile(np.arange(5) * 30.0, (5, 1))
    assert abs(quick.predict_proba(X, slow) - quick.predict_proba(X)).max() > 1e-4


def test_one_seed_gives_the_same_bytes_and_another_does_not():
    X, y = blinks(20)
    a, b, c = (
        ImageSequenceClassifier(**FAST | {"random_state": s}).fit(X, y).predict_proba(X).tobytes()
        for s in (1, 1, 2)
    )
    assert a == b != c


@pytest.mark.parametrize("memory", ["gru", "lstm", "elman"])
def test_save_and_load_to_the_last_bit(tmp_path, memory):
    X, y = blinks(20)
    model = ImageSequenceClassifier(**FAST | {"memory": memory, "max_epochs": 1, "warm_up": 0}).fit(
        X, y
    )
    loaded = astronn.load(model.save(tmp_path / "model"), device="cpu")
    assert loaded.predict_proba_over_time(X).tobytes() == model.predict_proba_over_time(X).tobytes()
    assert loaded.get_params() == model.get_params() and loaded.history_ == model.history_


def test_a_training_that_was_ended_goes_on_to_the_same_bytes(tmp_path):
    X, y = blinks(20)

    def end(epoch, *_):
        if epoch == 2:
            raise KeyboardInterrupt("ended here")

    rules = FAST | {"max_epochs": 3}
    with pytest.raises(KeyboardInterrupt, match="ended here"):
        ImageSequenceClassifier(**rules).fit(X, y, checkpoint=tmp_path, progress=end)
    resumed = ImageSequenceClassifier(**rules).fit(X, y, checkpoint=tmp_path)
    assert (
        resumed.predict_proba(X).tobytes()
        == ImageSequenceClassifier(**rules).fit(X, y).predict_proba(X).tobytes()
    )


def test_simulated_difference_images_are_told_apart_better_with_every_night():
    """120 simulated objects: after the last image more are right than after the first, and most
    are.
    """
    from catalogs.simulations import transients

    train, test = transients.simulate(240, 0), transients.simulate(90, 1)
    model = ImageSequenceClassifier(**FAST | {"max_epochs": 8, "hidden": 24}).fit(
        train.images, train.labels, times=train.days
    )
    steps = model.predict_proba_over_time(test.images, test.days)
    right = [(model.classes_[steps[:, t].argmax(1)] == test.labels).mean() for t in (0, -1)]
    assert right[1] > max(right[0], 0.7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"memory": "none", "hidden": 0},
            r"memory must be one of 'elman', 'gru', 'lstm', not 'none'; hidden must be",
        ),
        ({"warm_up": 2}, r"warm_up must be < max_epochs"),
        ({"network": "mlp"}, r"unknown network 'mlp'"),
    ],
)
def test_faults_of_options_are_named(given, message):
    with pytest.raises(AstronnError, match=message):
        ImageSequenceClassifier(**FAST | given).fit(*blinks(10))


@pytest.mark.parametrize(
    ("X", "y", "rules", "message"),
    [
        (
            blinks(3)[0][:, 0],
            ["a"] * 3,
            {},
            r"X must be numbers \(n, times, channels, height, width\)",
        ),
        (blinks(2)[0][..., 1:], ["a", "b"], {}, r"turns=True needs square images, not 12 x 11"),
        (blinks(3)[0], ["a"] * 3, {}, r"y holds one class, 'a'"),
        (blinks(3)[0], ["a", "b"], {}, r"y has 2 entries for 3 sequences"),
        (
            blinks(2)[0],
            ["a", "b"],
            {"times": [[0, 1, np.nan, 3, 4]] * 2},
            r"times must be \(2, 5\) numbers, finite where",
        ),
        (np.full((2, 1, 1, 9, 9), np.inf), ["a", "b"], {}, r"X has infinite pixels"),
    ],
)
def test_faults_of_data_are_named(X, y, rules, message):
    with pytest.raises(AstronnError, match=message):
        ImageSequenceClassifier(**FAST).fit(X, y, **rules)


def test_a_sequence_without_an_image_has_no_class(quick):
    X, _ = blinks(2)
    X[1] = np.nan
    with pytest.raises(AstronnError, match=r"X has sequences without any image"):
        quick.predict(X)
