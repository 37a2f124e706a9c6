"""Presets: data that make estimators."""

import numpy as np
import pytest

from astronn import FeedforwardClassifier, presets
from astronn.errors import AstronnError


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_makes_an_estimator_with_its_options(name):
    preset = presets.load(name)
    # which classes a mirror exchanges is the survey's to say
    model = presets.make(
        name, **({"mirror_pairs": [("a", "b")]} if "symmetric" in preset.options else {})
    )
    assert type(model).__name__ == preset.estimator
    assert preset.options.items() <= model.get_params().items()
    assert preset.title and preset.citation and preset.note
    if preset.options.get("symmetric"):
        model.set_params(mirror_pairs=[("S", "Z")])  # which only the classes can say
    model.check_options()


def test_there_are_presets():
    assert {"feedforward", "storrie_lombardi_1992"} <= set(presets.names())


def test_the_1992_network_is_13_13_5_with_logistic_outputs():
    rng = np.random.default_rng(0)
    model = FeedforwardClassifier.preset("storrie_lombardi_1992", max_epochs=2, random_state=0)
    model.fit(rng.normal(size=(100, 13)), rng.integers(0, 5, 100))
    assert model.network_.config.sizes == (13, 13, 5)
    assert (model.activation, model.loss) == ("logistic", "squared_error")


def test_overrides_take_the_place_of_options():
    assert FeedforwardClassifier.preset(
        "storrie_lombardi_1992", hidden_layers=(7,)
    ).hidden_layers == (7,)
    assert presets.make("storrie_lombardi_1992", activation="tanh").activation == "tanh"


def test_unknown_preset():
    with pytest.raises(
        AstronnError,
        match=r"unknown preset 'mlp'; choose one of: .*feedforward, .*storrie_lombardi_1992",
    ):
        FeedforwardClassifier.preset("mlp")


def test_unknown_option():
    with pytest.raises(
        AstronnError,
        match=r"FeedforwardClassifier has no option 'layers'; choose among: .*hidden_layers",
    ):
        presets.make("feedforward", layers=3)


def test_a_preset_of_another_estimator():
    message = (
        r"'feedforward' is for FeedforwardClassifier, not Other; use FeedforwardClassifier\.preset"
    )
    with pytest.raises(AstronnError, match=message):
        presets.options("feedforward", "Other")


def test_overrides_may_have_the_names_of_the_version_before():
    with pytest.warns(DeprecationWarning, match="n_networks is now called ensemble_size"):
        assert presets.make("gru_folded", n_networks=1).ensemble_size == 1
