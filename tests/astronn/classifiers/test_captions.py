"""CaptionClassifier: it reads, it says where it looked, and it keeps scikit-learn's contract with
sequences as labels.
"""

import numpy as np
import pytest
import torch
from caption_toys import FAST, GRAMMAR, SMALL, signs
from sklearn.base import clone

import astronn
from astronn import CaptionClassifier, Grammar
from astronn.errors import AstronnError


@pytest.fixture(scope="module")
def fitted():
    return CaptionClassifier(**SMALL | {"max_epochs": 14}).fit(*signs(400))


@pytest.fixture(scope="module")
def quick():
    return CaptionClassifier(**FAST).fit(*signs())


def test_it_reads_what_can_be_seen(fitted):
    assert fitted.score(*signs(100, seed=1)) > 0.9


def test_it_looks_from_left_to_right(fitted):
    """Over images of three signs the mean column of the maps, of 24, moves to the right from token
    to token.
    """
    said = [one for one in fitted.captions(signs(60, seed=2)[0]) if len(one.tokens) == 3]
    columns = np.mean([one.maps.sum(1) @ np.arange(24) for one in said], axis=0)
    assert len(said) > 10 and np.diff(columns).min() > 1.0


def test_one_map_a_token_each_summing_to_1(fitted):
    said = fitted.captions(signs(5, seed=3)[0])
    for one in said:
        assert one.maps.shape == (len(one.tokens), 24, 24) and one.maps.sum(
            (1, 2)
        ) == pytest.approx(1, abs=1e-5)
        assert one.probability <= one.token_probability.prod() * (
            1 + 1e-5
        )  # and the end was said, too


def test_predictions_keep_the_grammar_and_free_ones_need_not(quick):
    X, _ = signs(40, seed=4)
    assert all(GRAMMAR.allows(said) for said in quick.predict(X))
    assert len(quick.predict_freely(X)) == 40


def test_a_wide_beam_finds_every_sequence_and_their_probabilities_sum_to_1(quick):
    X, _ = signs(6, seed=5)
    for found in quick._found(X, GRAMMAR, 14):  # 2 + 4 + 8 sequences
        assert len({quick._said(found, n) for n in range(14)}) == 14
        assert (
            found.log_p.exp().sum() == pytest.approx(1, abs=1e-4)
            and (found.log_p.diff(dim=1) <= 0).all()
        )


def test_a_forced_sequence_has_the_probability_that_the_search_gives_it(quick):
    X, _ = signs(4, seed=6)
    best = quick.captions(X)
    again = quick.captions(X, [said.tokens for said in best])
    for one, other in zip(best, again):
        assert one.probability == pytest.approx(
            other.probability, rel=1e-4
        ) and one.maps == pytest.approx(other.maps, abs=1e-6)


def test_posteriors_of_the_last_token(quick):
    X, _ = signs(9, seed=7)
    posteriors = quick.predict_proba(X)
    assert quick.classes_.tolist() == ["bar", "dot"] and posteriors.sum(1) == pytest.approx(
        1, abs=1e-5
    )
    exact = np.zeros((9, 2))
    for row, found in enumerate(quick._found(X, GRAMMAR, 14)):
        for n in range(14):
            exact[row, ["bar", "dot"].index(quick._said(found, n)[-1])] += found.log_p[0, n].exp()
    assert posteriors == pytest.approx(exact, abs=1e-4)


def test_one_seed_gives_the_same_bytes_and_another_does_not():
    X, y = signs(40)
    a, b, c = (
        CaptionClassifier(**FAST | {"random_state": seed}).fit(X, y).predict_proba(X).tobytes()
        for seed in (1, 1, 2)
    )
    assert a == b != c


@pytest.mark.parametrize("attention", ["soft", "hard"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_save_and_load_to_the_last_bit(tmp_path, attention, cell):
    X, y = signs(40)
    model = CaptionClassifier(attention, **FAST | {"cell": cell, "max_epochs": 1}).fit(X, y)
    loaded = astronn.load(model.save(tmp_path / "model"), device="cpu")
    assert loaded.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
    assert loaded.captions(X[:2])[1].maps.tobytes() == model.captions(X[:2])[1].maps.tobytes()
    assert loaded.history_ == model.history_ and loaded.get_params() == model.get_params()


def test_a_training_that_was_ended_goes_on_to_the_same_bytes(tmp_path):
    X, y = signs(40)

    def end(epoch, *_):
        if epoch == 2:
            raise KeyboardInterrupt("ended here")

    rules = FAST | {"max_epochs": 3, "attention": "hard"}
    with pytest.raises(KeyboardInterrupt, match="ended here"):
        CaptionClassifier(**rules).fit(X, y, checkpoint=tmp_path, progress=end)
    resumed = CaptionClassifier(**rules).fit(X, y, checkpoint=tmp_path)
    assert (
        resumed.predict_proba(X).tobytes()
        == CaptionClassifier(**rules).fit(X, y).predict_proba(X).tobytes()
    )


def pointed(model, seed):
    """The share of maps whose largest weight lies in the third of the image, 8 columns, that the
    sign is in; 1/3 at random.
    """
    X, y = signs(150, seed=seed)
    thirds = [
        one.maps.reshape(len(one.tokens), -1).argmax(1) % 24 // 8 for one in model.captions(X, y)
    ]
    return np.mean(np.concatenate([found == np.arange(len(found)) for found in thirds]))


def test_hard_attention_goes_on_from_soft(fitted):
    """A quarter of the images are guessed by saying the commonest answer; hard attention from
    random weights does little more in as many epochs (.27, and .9 from soft weights, when this was
    written).
    """
    model = CaptionClassifier("hard", **SMALL | {"max_epochs": 8}).fit(*signs(400), start=fitted)
    assert model.score(*signs(150, seed=1)) > 0.7 and pointed(model, 2) > 0.6
    assert model.start_ and fitted.start_ is None


def test_the_network_starts_from_the_weights_given(quick):
    """Nearly no step: what is said is what the start says, and its means and scales are kept though
    the images differ.
    """
    X, y = signs(40)
    still = FAST | {
        "learning_rate": 1e-12,
        "weight_decay": 0.0,
        "averaging": 0.0,
        "max_epochs": 1,
        "warm_up": 0,
    }
    start = CaptionClassifier(**FAST, scaling="survey").fit(X, y)
    model = CaptionClassifier(**still, scaling="survey").fit(X // 2, y, start=start)
    assert model.preparation_.mean == pytest.approx(X.mean(), rel=1e-3)
    model = CaptionClassifier(**still).fit(X, y, start=quick)
    before, after = (one.network_.state_dict() for one in (quick, model))
    parameters = [name for name, _ in quick.network_.named_parameters()]
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in parameters)


def test_what_was_started_from_is_saved_and_is_part_of_a_checkpoints_identity(tmp_path, quick):
    X, y = signs(40)
    rules = FAST | {"attention": "hard", "max_epochs": 3}
    other = CaptionClassifier(**FAST | {"random_state": 5}).fit(X, y)

    def end(epoch, *_):
        if epoch == 2:
            raise KeyboardInterrupt("ended here")

    with pytest.raises(KeyboardInterrupt, match="ended here"):
        CaptionClassifier(**rules).fit(X, y, checkpoint=tmp_path / "c", progress=end, start=quick)
    for start in (other, None):
        with pytest.raises(
            AstronnError, match=r"belongs to a training with other images, options or seed"
        ):
            CaptionClassifier(**rules).fit(X, y, checkpoint=tmp_path / "c", start=start)
    resumed = CaptionClassifier(**rules).fit(X, y, checkpoint=tmp_path / "c", start=quick)
    whole = CaptionClassifier(**rules).fit(
        X, y, start=astronn.load(quick.save(tmp_path / "q"), device="cpu")
    )
    assert resumed.predict_proba(X).tobytes() == whole.predict_proba(X).tobytes()
    assert (
        whole.start_
        and astronn.load(resumed.save(tmp_path / "m"), device="cpu").start_ == whole.start_
    )


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            CaptionClassifier(),
            r"start must be a fitted CaptionClassifier, not CaptionClassifier\(.*fit it first",
        ),
        (
            {"hidden": 12},
            (
                r"start has 11 weights of other shapes: attention.beta.weight \(1, 12\), here \(1,"
                r" 24\), .*give both"
            ),
        ),
        (
            {"cell": "gru"},
            r"start has \d+ weights of other shapes: cell.bias_hh \(72,\), here \(96,\)",
        ),
        ({"network_options": {"maps": 8, "blocks": [1]}}, r"encoder.features.* None"),
        (
            {"crop": 16},
            (
                r"start sees images as \(\(16, 16\), 'image', 0\), here they are \(\(24, 24\),"
                r" 'image', 0\)"
            ),
        ),
        (
            {"grammar": Grammar.repeated(["bar", "dot", "ring"], 1, 3)},
            r"start says bar, dot, ring; here the tokens are bar",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(start, message):
    if isinstance(start, dict):
        start = CaptionClassifier(**FAST | start | {"max_epochs": 1, "warm_up": 0}).fit(*signs(20))
    with pytest.raises(AstronnError, match=message):
        CaptionClassifier(**FAST).fit(*signs(20), start=start)


def test_clone_and_get_params():
    model = CaptionClassifier(**FAST)
    assert clone(model).get_params() == model.get_params()


def test_without_a_grammar_only_what_was_seen_may_be_said():
    X, y = signs(40)
    model = CaptionClassifier(**FAST | {"grammar": None}).fit(X, y)
    assert {" ".join(said) for said in model.predict(X)} <= set(y)


def test_early_stopping_keeps_the_best_epoch():
    model = CaptionClassifier(**FAST | {"max_epochs": 3}, early_stopping=True, patience=1)
    model.fit(*signs(), validation=signs(20, 8))
    assert model.history_.best_epoch == [int(np.argmin(model.history_.validation_loss)) + 1]


def test_groups_and_weights():
    """The part that is set aside follows from who belongs together, not from the groups' names;
    weights of classes change what is learned.
    """

    def fitted(groups, class_weight):
        rules = FAST | {"max_epochs": 1, "warm_up": 0, "class_weight": class_weight}
        model = CaptionClassifier(**rules, early_stopping=True)
        return model.fit(*signs(), groups=groups).history_

    fives = np.repeat(np.arange(12), 5)
    by_number, by_name, apart = (
        fitted(groups, 0.5) for groups in (fives, np.char.mod("night %02d", fives), np.arange(60))
    )
    assert np.isfinite(by_number.validation_loss).all() and len(by_number.validation_loss) == 1
    assert by_name.validation_loss == by_number.validation_loss != apart.validation_loss
    assert fitted(fives, 0.0).loss != by_number.loss


def test_eight_views_turn_the_maps_exactly_with_the_image():
    X, y = signs(30)
    given = FAST | {"position": False, "rotation": 180.0, "mirror": True, "test_views": 8}
    model = CaptionClassifier(**given).fit(X, y)
    one, turned = (model.captions(images)[0] for images in (X[:1], np.rot90(X[:1], 1, (2, 3))))
    assert one.tokens == turned.tokens and turned.maps == pytest.approx(
        np.rot90(one.maps, 1, (1, 2)), abs=1e-5
    )


def test_a_mirror_swaps_its_pair_of_tokens():
    """With 8 views and a pair of tokens, the image and its mirror image say each other's token with
    the same probability.
    """
    X, y = signs(30)
    given = FAST | {
        "position": False,
        "rotation": 180.0,
        "mirror": True,
        "test_views": 8,
        "mirror_pairs": [["bar", "dot"]],
    }
    model = CaptionClassifier(**given).fit(X, y)
    plain, mirrored = model.predict_proba(X), model.predict_proba(X[..., ::-1])
    assert mirrored == pytest.approx(plain[:, ::-1], abs=1e-4)


def test_longest_limits_what_is_said(quick):
    model = CaptionClassifier(**FAST | {"longest": 3, "max_epochs": 1, "warm_up": 0}).fit(
        *signs(20)
    )
    model.longest_ = 1
    assert {len(said) for said in model.predict(signs(9)[0])} == {1}


def test_unmeasured_pixels_are_no_fault(fitted):
    X, y = signs(50, seed=9)
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.02, np.nan, X)
    assert fitted.score(X, y) > 0.6


def test_training_leaves_the_global_stream_of_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    CaptionClassifier("hard", **FAST | {"max_epochs": 1, "warm_up": 0}).fit(*signs(20))
    assert torch.rand(1) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"attention": "firm", "beam": 0},
            r"attention must be one of 'hard', 'soft', not 'firm'; .*beam must be",
        ),
        ({"attention_options": {"doubly": -1}}, r"doubly must be a number >= 0, not -1"),
        (
            {"attention_options": {"entropy": 1}},
            r"attention 'soft' has no option 'entropy'; choose among: doubly, gate",
        ),
        ({"test_views": 4}, r"rotation must be 180 with test_views > 1"),
        ({"mirror_pairs": [["bar", "ring"]]}, r"mirror_pairs: 'ring' is not among the classes"),
        ({"warm_up": 2}, r"warm_up must be < max_epochs, not 2 with max_epochs=2"),
        (
            {"grammar": Grammar.repeated(["bar"], 1, 3)},
            r"y: label \d+: token 1 of .*'dot'.*come: bar",
        ),
        ({"longest": 1}, r"y: label \d+ is too long"),
    ],
)
def test_faults_of_options_are_named(given, message):
    with pytest.raises(AstronnError, match=message):
        CaptionClassifier(**FAST | given).fit(*signs(20))


@pytest.mark.parametrize(
    ("X", "y", "rules", "message"),
    [
        (signs(3)[0], ["bar", "dot"], {}, r"y has 2 sequences for 3 images"),
        (signs(3)[0], ["bar", " ", "dot"], {}, r"y: sequences \[1\] have no tokens"),
        (
            signs(3)[0][..., 1:],
            signs(3)[1],
            {},
            r"test_views=4 needs square images, not \(24, 23\)",
        ),
        (*signs(3), {"validation": signs(3)}, r"validation is given but early_stopping is False"),
    ],
)
def test_faults_of_data_are_named(X, y, rules, message):
    views = {"test_views": 4, "rotation": 180.0}
    with pytest.raises(AstronnError, match=message):
        CaptionClassifier(**FAST | views).fit(X, y, **rules)


def test_images_of_another_shape_are_refused(quick):
    with pytest.raises(
        AstronnError,
        match=r"X has images of \(1, 9, 9\), the classifier was trained on \(1, 24, 24\)",
    ):
        quick.predict(np.zeros((2, 1, 9, 9), np.uint8))
