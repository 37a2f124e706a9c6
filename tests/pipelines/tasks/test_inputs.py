"""What classifiers are shown: features or pictures, the options that the survey's classes call for,
the refusals.
"""

import contextlib
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

import astronn
from astronn import presets
from astronn.errors import AstronnError
from catalogs import surveys
from pipelines import drawings, inputs
from pipelines.answers import classifying
from pipelines.drawings._task import DrawingTask
from pipelines.engine import showing
from pipelines.engine.running import run
from pipelines.errors import PipelineError
from pipelines.inputs._kind import InputKind
from pipelines.inputs.images import SMALL_TURN
from pipelines.tasks.classify import FILE, ClassifyObjects
from pipelines.tasks.compare import CompareClassifiers, default_baselines
from pipelines.tasks.train import TrainClassifier


def task(survey, classifier="", **options):
    return TrainClassifier(survey=survey, classifier=classifier, options=options)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_says_what_its_estimator_sees(name):
    preset = presets.load(name)
    assert getattr(astronn, preset.estimator).input_kind == preset.input_kind
    assert preset.input_kind in inputs.names()


@pytest.mark.parametrize("name", inputs.names())
def test_every_kind_of_input_is_found_by_its_file_and_some_preset_sees_it(name):
    assert issubclass(inputs.load(name), InputKind)
    assert name in {presets.load(preset).input_kind for preset in presets.names()}


@pytest.mark.parametrize("name", drawings.names())
def test_every_drawing_is_found_by_its_file_and_draws_for_a_kind_of_input(name):
    drawing = drawings.load(name)
    assert issubclass(drawing, DrawingTask) and drawing.input_kind_drawn in inputs.names()


def test_what_is_drawn_follows_from_the_input_and_the_options():
    def drawn(survey, classifier=""):
        return [type(each).__name__ for each in drawings.of(task(survey, classifier))]

    assert drawn("digits") == []
    assert drawn("mnist") == ["DrawImages"]
    assert drawn("simulated_variables", "gru_early") == ["ClassifyEarly"]
    assert drawn("simulated_variables", "gru_folded") == []


@pytest.mark.parametrize("name", surveys.names())
def test_the_classifier_of_every_survey_can_be_made_for_it(name):
    task(name).estimator().check_options()


def test_the_options_of_a_survey_take_the_place_of_the_presets_and_the_users_of_both():
    assert (
        task("galaxy_zoo1").chosen_options()["crop"] == 64 < surveys.load("galaxy_zoo1").images.size
    )
    assert task("galaxy_zoo1", crop=48).chosen_options()["crop"] == 48
    assert task("galaxy_zoo1_handedness").chosen_options()["mirror_pairs"] == [
        ["clockwise", "anticlockwise"]
    ]
    digits = task("mnist", "convolutional").chosen_options()
    assert (digits["rotation"], digits["mirror"], digits["test_views"]) == (
        SMALL_TURN,
        False,
        1,
    )
    assert (
        task("mnist", "lenet").chosen_options()["rotation"]
        == presets.load("lenet").options["rotation"]
    )


def test_what_does_not_fit_is_refused_before_any_work():
    with pytest.raises(
        PipelineError, match="'convolutional' sees images, and openngc has none; choose another"
    ):
        task("openngc", "convolutional").key()
    with pytest.raises(
        PipelineError,
        match="'handedness' is for classes that a mirror exchanges, and mnist has none",
    ):
        task("mnist", "handedness").key()
    with pytest.raises(
        AstronnError,
        match="unknown kind of input 'spectra'; choose one of: features, images, light_curves",
    ):
        inputs.load("spectra")


def test_a_change_of_preset_or_of_the_stack_changes_the_key(monkeypatch):
    before = task("mnist").key()
    assert task("mnist", "lenet").key() == before  # the survey's own choice by name
    assert task("mnist", max_epochs=3).key() != before
    lenet = presets.load("lenet")
    monkeypatch.setattr(
        presets, "load", lambda name: replace(lenet, options={**lenet.options, "zoom": 0.2})
    )
    assert task("mnist", max_epochs=30).key() != before


def test_the_learned_baselines_stand_beside_every_network():
    for name in ("galaxy_zoo1", "digits", "openngc"):
        found = default_baselines(surveys.load(name))
        assert {"random_forest", "hist_gradient_boosting"} <= set(found)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A report on the pictures of digits by a small LeNet, and the task that trained it."""
    results = str(tmp_path_factory.mktemp("results"))
    options = {
        "max_epochs": 4,
        "network_options": {"feature_maps": [8, 16]},
        "early_stopping": True,
    }
    chosen = {"survey": "digits", "classifier": "lenet", "options": options, "results": results}
    report = CompareClassifiers(**chosen, baselines=["majority_class"])
    assert run([report])
    return report, TrainClassifier(**chosen)


def test_a_network_on_pictures_stands_in_the_table(digits):
    report, _ = digits
    text, summary = (
        report.path("report.txt").read_text(),
        json.loads(report.path("summary.json").read_text()),
    )
    assert "Convolutional network (lenet): images of 8 x 8 pixels (grey)." in text
    assert summary["classifiers"]["lenet"]["accuracy"] > 0.8


def test_training_leaves_nothing_unfinished_behind(digits):
    _, trained = digits
    assert trained.complete() and not list(trained.folder().parent.glob(".*"))
    assert len(json.loads(trained.path("history.json").read_text())["validation_loss"]) == 4


def test_objects_without_a_picture_have_no_class(digits, tmp_path):
    """The stack of pictures lacks one digit: no class and NaN posteriors for it, the same as before
    for all others.
    """
    from catalogs.images.stack import ImageStack

    _, trained = digits
    shown, catalogue = trained.shown(), trained.catalogue()
    whole = shown.stack
    shown.stack = ImageStack(whole.object_id[1:], whole.pixels[1:], whole.bands)
    about = {"name": "n", "title": "t", "kind": "network", "inputs": []}
    model = astronn.load(trained.folder() / "model")
    task = trained.clone(ClassifyObjects)
    assert classifying.classify(task, tmp_path / FILE, model, shown, about)["not_shown"] == 1
    table = pq.read_table(tmp_path / FILE).to_pandas().set_index("object_id")
    lost = table.loc[whole.object_id[0]]
    assert lost["predicted"] == "" and np.isnan(lost["posterior_0"])
    assert (table["predicted"] != "").sum() == len(catalogue) - 1


def test_the_page_shows_mistakes_and_where_the_network_looked(digits):
    report, _ = digits
    page = report.path("report.html").read_text()
    for name in ("mistakes", "maps"):
        assert f'src="figures/lenet-{name}.png"' in page
        assert (report.folder() / "figures" / f"lenet-{name}.png").read_bytes()[:4] == b"\x89PNG"


def test_a_killed_training_goes_on_after_its_last_epoch(digits, monkeypatch):
    _, finished = digits
    options = {**finished.options, "max_epochs": 3, "early_stopping": False}
    trained = TrainClassifier(
        survey="digits", classifier="lenet", options=options, results=finished.results
    )
    epochs = []

    @contextlib.contextmanager
    def noting(task, of_one=None):
        def note(epoch, max_epochs, loss):
            epochs.append(epoch)
            if epochs == [1, 2, 3]:  # the third is done and not yet saved
                raise KeyboardInterrupt("killed here")

        yield note

    monkeypatch.setattr(showing, "training", noting)
    with pytest.raises(KeyboardInterrupt, match="killed here"):
        trained.run()
    assert not trained.complete() and list(trained.unfinished().glob("*.safetensors"))
    trained.run()
    assert epochs == [1, 2, 3, 3] and trained.complete() and not trained.unfinished().exists()
