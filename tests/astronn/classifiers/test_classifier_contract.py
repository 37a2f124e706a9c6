"""What holds for every classifier that is found: one set of fit arguments, one set of learned
attributes, faults named before anything is trained, and the same bytes for the same seed.
"""

import inspect
import json
import warnings
from pathlib import Path

import classifier_toys as toys
import numpy as np
import pytest
from sklearn.base import clone

import astronn
from astronn import CaptionClassifier, ConvolutionalClassifier, options
from astronn.errors import AstronnError

ALL, NETWORKS = toys.found(), toys.networks()
every = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
every_network = pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
SAVED = Path(__file__).parent / "saved_0_1_0"


def having(*names):
    """The networks that have these options."""
    kinds = [kind for kind in NETWORKS if set(names) <= set(options.of(kind))]
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.__name__)


def fitted(kind, *, fit=None, **given):
    data = toys.toys_for(kind)
    return toys.quick(kind, **given).fit(data.X, data.y, **(fit or {}))


def posteriors(kind, *, fit=None, **given):
    return fitted(kind, fit=fit, **given).predict_proba(toys.toys_for(kind).X).tobytes()


def refused(kind, message, *, fit=None, X=None, y=None, **given):
    """``fit`` raises AstronnError before the first epoch."""
    data, epochs = toys.toys_for(kind), []
    told = {"progress": lambda *epoch: epochs.append(epoch), **(fit or {})}
    if kind not in NETWORKS:
        told.pop("progress")
    with pytest.raises(AstronnError, match=message):
        toys.quick(kind, **given).fit(
            data.X if X is None else X, data.y if y is None else y, **told
        )
    assert not epochs


def test_the_set_is_not_empty():
    names = {kind.__name__ for kind in ALL}
    public = {name for name in astronn.__all__ if name.endswith("Classifier")}
    assert public <= names and len(NETWORKS) >= 6


@every_network
def test_fit_has_the_same_arguments_and_leaves_the_same_attributes(kind):
    arguments = inspect.signature(kind.fit).parameters
    assert {"X", "y", "groups", "validation", "checkpoint", "progress"} <= set(arguments)
    model = fitted(kind)
    learned = ("classes_", "preparation_", "networks_", "network_", "history_", "n_iter_", "seed_")
    assert all(getattr(model, name) is not None for name in learned)
    assert model.n_iter_ == len(model.history_.loss) == 2 and model.seed_ == 0
    assert "parameters" in model.describe() and model.title()


@every
def test_posteriors_are_probabilities_and_one_seed_gives_the_same_bytes(kind):
    data, model = toys.toys_for(kind), fitted(kind)
    P = model.predict_proba(data.X)
    assert P.shape == (24, len(model.classes_)) and P.sum(1) == pytest.approx(1, abs=1e-5)
    assert model.predict(data.X).shape == (24,)
    assert P.tobytes() == posteriors(kind) != posteriors(kind, random_state=1)


@every
def test_it_is_cloned_saved_and_loaded_to_the_last_bit(kind, tmp_path):
    data, model = toys.toys_for(kind), fitted(kind)
    fresh = clone(model)
    assert repr(fresh) == repr(toys.quick(kind)) and not hasattr(fresh, "classes_")
    loaded = astronn.load(model.save(tmp_path), device="cpu")
    assert type(loaded) is kind and repr(clone(loaded)) == repr(fresh)
    assert loaded.predict_proba(data.X).tobytes() == model.predict_proba(data.X).tobytes()
    assert loaded.describe() == model.describe()
    learned = {name for name in vars(model) if name.endswith("_")}
    assert learned == {name for name in vars(loaded) if name.endswith("_")}


@every
def test_an_unfitted_one_says_so(kind, tmp_path):
    model = toys.quick(kind)
    for call in (lambda: model.predict_proba(toys.toys_for(kind).X), lambda: model.save(tmp_path)):
        with pytest.raises(ValueError, match="not fitted yet"):
            call()


@every
@pytest.mark.parametrize("stopping", [False, True])
def test_groups_of_another_length_or_missing_are_refused(kind, stopping):
    for groups, message in (
        ([1, 2], r"groups has 2 entries for 24 "),
        ([None, *range(23)], r"groups has 1 missing values"),
        ([np.nan, *range(23)], r"groups has 1 missing values"),
    ):
        refused(kind, message, fit={"groups": groups}, early_stopping=stopping)


@every
def test_weights_of_another_length_or_that_are_no_weights_are_refused(kind):
    ones = np.ones(24)
    for weights, message in (
        ([1, 2], r"sample_weight has 2 entries for 24 "),
        (np.where(np.arange(24) == 3, -1, ones), r"sample_weight must be finite.*-1.0 for .* 3 "),
        (np.where(np.arange(24) == 4, np.nan, ones), r"sample_weight must be finite.*nan for .* 4"),
        (["heavy"] * 24, r"sample_weight is no list of numbers"),
        (0 * ones, r"sample_weight is zero for every"),
    ):
        refused(kind, message, fit={"sample_weight": weights})


@every
def test_equal_weights_change_no_byte_and_others_do(kind):
    data, plain = toys.toys_for(kind), posteriors(kind)
    assert {posteriors(kind, fit={"sample_weight": w * np.ones(24)}) for w in (1, 3)} == {plain}
    first = np.array([str(label) == str(data.y[0]) for label in data.y])
    heavy = fitted(kind, fit={"sample_weight": np.where(first, 9.0, 0.5)}, learning_rate=0.1)
    level = fitted(kind, learning_rate=0.1)
    key = data.y[0] if data.y[0] in level.classes_ else str(data.y[0]).split()[-1]
    column = list(level.classes_).index(key)
    risen = heavy.predict_proba(data.X) - level.predict_proba(data.X)
    assert risen[:, column].mean() > 0.005


@every_network
def test_a_checkpoint_of_other_weights_is_refused(kind, tmp_path):
    weights = np.linspace(1, 2, 24)
    fitted(kind, fit={"checkpoint": tmp_path, "sample_weight": weights})
    told = {"checkpoint": tmp_path, "sample_weight": weights[::-1]}
    refused(kind, "belongs to a training with other", fit=told)


@every_network
def test_labels_of_another_length_or_of_one_class_are_refused(kind):
    with pytest.raises(ValueError, match=r"y has 2 (entries|sequences)|inconsistent numbers"):
        data = toys.toys_for(kind)
        toys.quick(kind).fit(data.X, data.y[:2])
    if kind is not CaptionClassifier:  # whose one class may be a whole set of sequences
        refused(kind, r"y holds one class, 'a'; a classifier needs", y=["a"] * 24)


@every_network
def test_validation_is_refused_where_it_does_not_fit(kind):
    data = toys.toys_for(kind)
    few = data.take(slice(6))
    refused(kind, "validation is given but early_stopping is False", fit={"validation": few})
    stopping = {"early_stopping": True}
    with pytest.raises(ValueError, match=r"validation y has 5 (entries|sequences) for 6"):
        toys.quick(kind, **stopping).fit(data.X, data.y, validation=(few[0], few[1][:5]))
    for other in data.other_shapes.values():
        with pytest.raises(ValueError, match=r"images of|features|validation X"):
            toys.quick(kind, **stopping).fit(data.X, data.y, validation=(other, data.y))
    strange = (few[0], ["never seen"] * 6)
    refused(kind, r"validation", fit={"validation": strange}, **stopping)


@every_network
def test_validation_of_another_type_is_the_same_validation(kind):
    """Float images beside uint8 ones were once taken for uint8, and became 0."""
    data, histories = toys.toys_for(kind), []
    X, y = data.take(slice(8))
    for shown in (X, *(toys_of[:8] for toys_of in data.other_types.values())):
        model = toys.quick(kind, early_stopping=True).fit(data.X, data.y, validation=(shown, y))
        histories.append(model.history_.validation_loss)
    assert len(histories) > 1 and len(histories[0]) == 2
    assert histories[1:] == [pytest.approx(histories[0], abs=2e-5)] * (len(histories) - 1)


@every_network
def test_training_objects_of_another_type_give_the_same_answers(kind):
    data = toys.toys_for(kind)
    expected = fitted(kind).predict_proba(data.X)
    for name, shown in data.other_types.items():
        model = toys.quick(kind).fit(shown, data.y)
        assert model.predict_proba(shown) == pytest.approx(expected, abs=2e-3), name


@every_network
def test_other_shapes_are_refused_in_classifying(kind):
    model = fitted(kind)
    for name, shown in toys.toys_for(kind).other_shapes.items():
        with pytest.raises(ValueError, match=r"trained on|features|scalar"):
            model.predict_proba(shown)
            pytest.fail(name)


@every_network
def test_early_stopping_returns_the_best_weights_and_keeps_groups_together(kind):
    model = fitted(kind, early_stopping=True, fit={"groups": np.arange(24) // 4})
    assert len(model.history_.validation_loss) == 2 and model.history_.best_epoch
    from astronn.classifiers.base import Given

    groups = np.arange(24) // 4
    kept, aside = model._parts(np.arange(24) % 2, Given(groups=groups))
    assert len(kept) + len(aside) == 24 and not set(groups[kept]) & set(groups[aside])


class Ended(Exception):
    """Stands for the end of the process."""


@every_network
def test_an_ended_training_goes_on_to_the_same_bytes(kind, tmp_path):
    for stopping in (False, True):
        folder, seen = tmp_path / str(stopping), []

        def end(epoch, *_):
            if epoch == 3:
                raise Ended("after three epochs")

        given = {"max_epochs": 4, "early_stopping": stopping}
        with pytest.raises(Ended, match="after three"):
            fitted(kind, fit={"checkpoint": folder, "progress": end}, **given)
        told = {"checkpoint": folder, "progress": lambda epoch, *_, seen=seen: seen.append(epoch)}
        again = posteriors(kind, fit=told, **given)
        assert again == posteriors(kind, **given) and seen[0] == 3
        refused(
            kind, "belongs to a training with other", fit={"checkpoint": folder}, random_state=1
        )


@having("optimizer")
def test_every_optimiser_goes_on_to_the_same_bytes(kind, tmp_path):
    for number, given in enumerate(
        ({"optimizer": "lbfgs"}, {"activation": "gelu"}, {"loss": "squared_error"})
    ):

        def end(epoch, *_):
            if epoch == 3:
                raise Ended("after three epochs")

        told = {"checkpoint": tmp_path / str(number)}
        with pytest.raises(Ended, match="after three"):
            fitted(kind, fit={**told, "progress": end}, max_epochs=5, **given)
        again = posteriors(kind, fit=told, max_epochs=5, **given)
        assert again == posteriors(kind, max_epochs=5, **given)


@every_network
def test_a_checkpoint_needs_a_seed(kind, tmp_path):
    message = "checkpoint needs an integer random_state, not None"
    refused(kind, message, fit={"checkpoint": tmp_path}, random_state=None)


@every_network
def test_a_fit_that_fails_leaves_the_classifier_as_it_was(kind):
    data, model = toys.toys_for(kind), fitted(kind)
    before = model.predict_proba(data.X).tobytes()
    with pytest.raises(ValueError, match=r"y has 2 (entries|sequences)|inconsistent numbers"):
        model.fit(data.X, data.y[:2])
    assert model.predict_proba(data.X).tobytes() == before


# Options ------------------------------------------------------------------------------------------


@every_network
def test_every_option_has_a_reason_and_a_rule_that_is_kept_to(kind):
    nothing = object()
    for name, said in options.of(kind).items():
        assert said.reason, name
        assert name in inspect.getdoc(kind), name
        with pytest.raises(AstronnError, match=rf"{name} must be|{name} .*object at"):
            toys.quick(kind).set_params(**{name: nothing}).check_options()


@every_network
def test_all_faults_are_told_at_once(kind):
    with pytest.raises(AstronnError, match=r"learning_rate must be .*; max_epochs must be"):
        toys.quick(kind, learning_rate=-1, max_epochs=0).check_options()


@having("warm_up")
def test_a_warm_up_that_never_ends_is_found(kind):
    with pytest.raises(AstronnError, match=r"warm_up must be < max_epochs, not 3 with"):
        toys.quick(kind, warm_up=3, max_epochs=1).check_options()


@having("network")
def test_a_network_that_there_is_not_is_found(kind):
    with pytest.raises(AstronnError, match=r"unknown network 'nope'; choose one of"):
        toys.quick(kind, network="nope").check_options()
    with pytest.raises(AstronnError, match=r"has no option 'nope'; choose among"):
        toys.quick(kind, network_options={"nope": 1}).check_options()


@having("symmetric")
def test_a_symmetry_without_pairs_is_found(kind):
    with pytest.raises(AstronnError, match=r"symmetric=True needs mirror_pairs"):
        toys.quick(kind, symmetric=True).check_options()


@having("test_views", "rotation")
def test_views_that_training_has_not_shown_are_found(kind):
    with pytest.raises(AstronnError, match=r"rotation must be 180 with test_views > 1"):
        toys.quick(kind, test_views=4).check_options()
    with pytest.raises(AstronnError, match=r"mirror must be True with test_views=8"):
        toys.quick(kind, test_views=8, rotation=180.0).check_options()


@having("test_views", "rotation")
def test_quarter_turns_of_images_that_are_not_square_are_refused_before_training(kind):
    X, y = toys.toys_for(kind).wide
    refused(kind, r"test_views=4 needs square images", X=X, y=y, rotation=180.0, test_views=4)


@pytest.mark.parametrize("kind", [k for k in NETWORKS if toys.toys_for(k).wide])
def test_images_that_are_not_square_are_classified(kind):
    X, y = toys.toys_for(kind).wide
    given = {"turns": False} if "turns" in options.of(kind) else {}
    model = toys.quick(kind, **given).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


@having("detail", "crop")
def test_detail_wider_than_what_is_seen_is_refused(kind):
    refused(kind, r"detail must be below the images' side, 8 pixels", crop=8, detail=8)


# What was called otherwise in version 0.1.0 -------------------------------------------------------


@every_network
def test_old_names_of_options_work_and_are_warned_of(kind):
    for old, new in options.OLD_NAMES.items():
        if new not in options.of(kind):
            continue
        value = getattr(kind(), new)
        with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
            model = kind(**{old: value})
        with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
            assert getattr(model, old) == value
        with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
            model.set_params(**{old: value})
        with pytest.raises(AstronnError, match=f"{old} is the old name of {new}; give {new} alone"):
            kind(**{old: value, new: value})


def test_old_names_of_classes_and_presets_work_and_are_warned_of():
    with pytest.warns(DeprecationWarning, match="CommitteeClassifier is now called Ensemble"):
        assert astronn.CommitteeClassifier is astronn.EnsembleClassifier
    with pytest.warns(DeprecationWarning, match="preset 'committee' is now called 'ensemble'"):
        assert astronn.presets.load("committee").name == "ensemble"


def _shown(name):
    """The objects that the saved models of version 0.1.0 were trained on."""
    import caption_toys
    import curve_toys
    import image_toys

    return {
        "convolutional": lambda: image_toys.bars(20)[0],
        "recurrent": lambda: curve_toys.pulses(12, low=4, high=8)[0],
        "recurrent_causal": lambda: curve_toys.pulses(12, low=4, high=8)[0],
        "caption": lambda: caption_toys.signs(12, side=16)[0],
        "image_sequence": lambda: np.load(SAVED / "image_sequence.npy"),
    }.get(name, lambda: np.load(SAVED / "table.npy"))()


@pytest.mark.parametrize("name", sorted(path.name for path in SAVED.iterdir() if path.is_dir()))
def test_models_of_version_0_1_0_load_and_answer_the_same(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = astronn.load(SAVED / name, device="cpu")
    answers = json.loads((SAVED / name / "answers.json").read_text())
    assert model.predict_proba(_shown(name)) == pytest.approx(np.array(answers), abs=2e-6)
    assert type(model) in ALL and model.describe()
    assert getattr(model, "normalisation", "standard") == "standard"  # as it was trained


def test_there_is_a_saved_model_of_every_classifier_of_version_0_1_0():
    kinds = {
        json.loads((folder / "model.json").read_text())["estimator"]
        for folder in SAVED.iterdir()
        if folder.is_dir()
    }
    assert kinds == {
        "CalibratedClassifier",
        "CaptionClassifier",
        "CommitteeClassifier",
        "ConvolutionalClassifier",
        "FeedforwardClassifier",
        "ImageSequenceClassifier",
        "RecurrentClassifier",
    }


def test_the_weights_of_a_validation_image_are_those_of_its_class_in_training():
    """Of captions too, whose validation images all had weight 1 in version 0.1.0."""
    for kind in (ConvolutionalClassifier, CaptionClassifier):
        data, losses = toys.toys_for(kind), []
        for exponent in (0.0, 3.0):
            model = toys.quick(kind, early_stopping=True, class_weight=exponent, learning_rate=1e-9)
            told = {"validation": data.take(slice(8))}
            losses.append(model.fit(data.X, data.y, **told).history_.validation_loss[0])
        assert losses[0] != pytest.approx(losses[1], rel=1e-3)
