"""Light curves from a survey to a table beside its automatic schemes."""

import json

import pytest

from catalogs.surveys import simulated_variables
from pipelines.drawings.early import ClassifyEarly
from pipelines.engine.running import run
from pipelines.errors import PipelineError
from pipelines.tasks.compare import CompareClassifiers
from pipelines.tasks.train import TrainClassifier


def test_a_survey_without_light_curves_is_refused_before_any_work():
    with pytest.raises(
        PipelineError,
        match="'gru' sees light curves, and openngc has none; choose another classifier",
    ):
        TrainClassifier(survey="openngc", classifier="gru").key()


@pytest.mark.slow
def test_simulated_variables_from_light_curves_to_a_table(tmp_path, monkeypatch):
    """140 of the simulated stars, 20 of each class; a folded network, and one that answers after
    every epoch.
    """
    monkeypatch.setattr(simulated_variables, "N", 140)
    small = {"hidden": 12, "maps": [12]}
    options = {
        "max_epochs": 6,
        "max_points": 32,
        "network_options": small,
        "ensemble_size": 2,
        "early_stopping": True,
    }
    chosen = {
        "survey": "simulated_variables",
        "n_train": 98,
        "n_test": 42,
        "results": str(tmp_path),
    }
    folded = {**chosen, "classifier": "gru_folded", "options": options}
    report = CompareClassifiers(**folded, baselines=["majority_class"])
    early = ClassifyEarly(**chosen, options={"max_epochs": 2, "max_points": 32})
    short = {"classifier": "gru_early", "options": {"max_epochs": 2, "max_points": 32}}
    drawn = CompareClassifiers(**chosen, **short, baselines=["majority_class"])
    assert [task.folder() for task in drawn.drawings()] == [early.folder()]
    assert run([report, early, drawn])
    text, summary = (
        report.path("report.txt").read_text(),
        json.loads(report.path("summary.json").read_text()),
    )
    said = " ".join(text.split())
    assert "2 recurrent networks (conv_gru, folded light curves):" in said
    assert "light curves (I), folded with log_period, n_epochs," in said
    assert (
        summary["classifiers"]["gru_folded"]["accuracy"]
        > 2 * summary["classifiers"]["majority_class"]["accuracy"]
    )
    assert not TrainClassifier(**folded).unfinished().exists()
    grown = json.loads(early.path("early.json").read_text())
    assert [row["epochs"] for row in grown[:4]] == [1, 2, 4, 8] and grown[0]["n"] == 42
    assert early.drawing().stat().st_size > 10_000
    (picture,) = early.pictures()
    assert f'<img src="{picture.file}"' in drawn.path("report.html").read_text()
    assert (drawn.folder() / picture.file).read_bytes() == early.drawing().read_bytes()
    assert report.drawings() == []


def test_only_a_network_that_reads_forwards_answers_early():
    with pytest.raises(
        PipelineError, match="'gru' answers for whole light curves only; choose gru_early"
    ):
        ClassifyEarly(survey="simulated_variables", classifier="gru").check()
    task = ClassifyEarly(survey="simulated_variables")
    task.check()
    assert task.requires()["model"].chosen_classifier() == "gru_early"
