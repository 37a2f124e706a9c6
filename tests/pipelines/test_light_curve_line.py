"""Light curves from a survey to a table beside its automatic schemes."""

import json

import pytest

from pipelines.compare import CompareClassifiers
from pipelines.early import ClassifyEarly
from pipelines.errors import PipelineError
from pipelines.running import run
from pipelines.train import TrainClassifier


def test_a_survey_without_light_curves_is_refused_before_any_work():
    with pytest.raises(PipelineError, match="'gru' sees light curves, and openngc has none; choose another classifier"):
        TrainClassifier(survey="openngc", classifier="gru").key()


def test_simulated_variables_from_light_curves_to_a_table(tmp_path):
    options = {"max_epochs": 2, "max_points": 40, "network_options": {"hidden": 12}, "early_stopping": True}
    chosen = {"survey": "simulated_variables", "classifier": "gru", "options": options, "results": str(tmp_path)}
    report = CompareClassifiers(**chosen, n_train=300, n_test=200, baselines=["majority_class"])
    assert run([report])
    text, summary = report.path("report.txt").read_text(), json.loads(report.path("summary.json").read_text())
    said = " ".join(text.split())
    assert "Recurrent network (gru):" in said and "light curves (I), n_epochs," in said
    assert summary["classifiers"]["gru"]["accuracy"] > 2 * summary["classifiers"]["majority_class"]["accuracy"]
    assert not TrainClassifier(**chosen, n_train=300, n_test=200).unfinished().exists()


def test_only_a_network_that_reads_forwards_answers_early():
    with pytest.raises(PipelineError, match="'gru' answers for whole light curves only; choose gru_early"):
        ClassifyEarly(survey="simulated_variables", classifier="gru").check()
    task = ClassifyEarly(survey="simulated_variables")
    task.check()
    assert task.requires()["model"].chosen_classifier() == "gru_early"
