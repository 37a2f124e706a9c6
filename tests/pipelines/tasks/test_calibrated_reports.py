"""Calibration in the pipeline: what it is learned from, what it adds to predictions, and folds
pooled into one table.
"""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from astronn.baselines import make
from catalogs import surveys
from catalogs.surveys import simulated_eso_lv
from pipelines.answers import calibration
from pipelines.engine.running import run
from pipelines.errors import PipelineError
from pipelines.store import predictions
from pipelines.tasks.classify import TakeSurveyClasses
from pipelines.tasks.compare import CompareClassifiers

CLASSES = ("E", "S0", "Irr")
TOML = """
name = "two_sides"
scheme = "hubble_5"
simulated = true
[table]
file = "mine.csv"
[objects]
id = "id"
[features.x]
column = "x"
[features.y]
column = "y"
[label]
column = "t"
kind = "t"
[splits.fold]
kind = "group_folds"
n_folds = 2
[splits.south]
kind = "holdout"
column = "side"
test = ["south"]
"""


def drawn(n, seed):
    """Posteriors of a classifier that is too sure of itself, and labels."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(3), n)
    labels = np.array(CLASSES)[(rng.random((n, 1)) > P.cumsum(1)).sum(1)]
    sure = P**2 / (P**2).sum(1, keepdims=True)
    return sure.astype(np.float32), labels


def test_temperature_and_sets_are_learned_from_other_objects():
    calibrator = calibration.learn(*drawn(4000, 0), CLASSES, "made-up objects", 0)
    about = calibrator.about()
    assert about["temperature"] == pytest.approx(2.0, rel=0.1)  # the square root undoes the square
    assert (about["n"], about["how"], about["level"]) == (4000, "made-up objects", 0.9)
    P, labels = drawn(4000, 1)
    P[7] = np.nan
    found = calibrator.columns(P)
    known = np.arange(4000) != 7
    assert np.isnan(found["calibrated"][7]).all() and not found["set_adaptive"][7].any()
    own = np.array([CLASSES.index(name) for name in labels])
    for kind in calibration.KINDS:
        held = found[f"set_{kind}"][np.arange(4000), own][known]
        assert held.mean() == pytest.approx(
            0.9, abs=0.02
        )  # two standard errors and the calibration sample's own


def test_out_of_fold_posteriors_keep_groups_whole():
    """With the group's mean as the only input, a copy that saw one of a group would know the
    others.
    """
    part = surveys.load("simulated_catalogue").ingest({}).labelled().select(np.arange(5217) < 400)
    found = calibration.out_of_fold(make("lda"), part.features, part, 0)
    assert found.shape == (400, 5) and np.allclose(found.sum(1), 1, atol=1e-5)
    assert (
        calibration.out_of_fold(make("lda"), part.features[:4], part.select(np.arange(400) < 4), 0)
        is None
    )


@pytest.fixture(scope="module")
def toml(tmp_path_factory):
    """A survey.toml with 300 made-up galaxies in five classes, of which the southern ones are
    mostly late.
    """
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    stage = rng.choice([-5, -2, 3, 6, 10], 300)
    side = np.where(rng.random(300) < np.where(stage > 4, 0.5, 0.2), "south", "north")
    x, y = stage + rng.normal(0, 3, 300), stage + rng.normal(0, 3, 300)
    rows = [
        f"G{i},{t},{a:.3f},{b:.3f},{s}" for i, (t, a, b, s) in enumerate(zip(stage, x, y, side))
    ]
    (folder / "mine.csv").write_text("\n".join(["id,t,x,y,side", *rows]) + "\n")
    (folder / "survey.toml").write_text(TOML)
    return folder / "survey.toml"


def compared(toml, results, **options):
    fast = {
        "classifier": "ensemble",
        "options": {"ensemble_size": 3, "max_epochs": 60, "device": "cpu"},
        "baselines": ["lda"],
    }
    return CompareClassifiers(survey=str(toml), results=str(results), **{**fast, **options})


@pytest.fixture(scope="module")
def pooled(toml, tmp_path_factory):
    task = compared(
        toml, tmp_path_factory.mktemp("r"), split="fold", further=["storrie_lombardi_1992"]
    )
    assert run([task])
    return task


def test_folds_pooled_test_every_object_once(pooled):
    comparison = pooled.requires()[0].read()
    assert comparison.n_test == 300 and comparison.n_train == 150
    assert comparison.split_title.startswith(
        "2 folds, each tested by what the others trained, pooled"
    )
    for name in ("ensemble", "lda", "storrie_lombardi_1992"):
        found = comparison.classifier(name)
        assert found.posteriors.n_calibration == 150 and len(found.posteriors.sets) == 2
        assert found.statistics["coverage_adaptive"].value == pytest.approx(0.9, abs=0.08)
        assert (
            1 < found.statistics["stage_error"].value < 5.46
        )  # the scatter of the five stages: the score of their mean


def test_predictions_hold_what_the_network_adds(pooled):
    tasks = pooled.requires()[0].requires()["fold_1"]["networks"]
    ensemble, logistic = (pq.read_table(task.path("predictions.parquet")) for task in tasks)
    added = {
        "calibrated_E",
        "spread_E",
        "mutual_information",
        "dissent",
        "set_adaptive",
        "set_by_class",
        "stage",
    }
    assert added <= set(ensemble.column_names) and "output_E" not in ensemble.column_names
    assert {"output_E", "output_Irr"} <= set(
        logistic.column_names
    ) and "spread_E" not in logistic.column_names
    sums = sum(
        logistic[f"output_{name}"].to_numpy()
        for name in surveys.load(pooled.survey).class_scheme().classes
    )
    assert np.ptp(sums) > 1e-3  # nothing makes them sum to 1


def test_the_report_says_what_the_outputs_sum_to(pooled):
    text = pooled.path("report.txt").read_text()
    for title in (
        "calibration",
        "prediction sets",
        "do the outputs behave as posteriors?",
        "where the networks of the ensemble differ",
    ):
        assert f"SIMULATED: {title}" in text
    assert "class mix:" not in text  # folds have the mix of the whole


def test_a_held_out_side_is_asked_for_its_class_mix(toml, pooled):
    task = compared(toml, pooled.results, split="south")
    assert run([task])
    mix = task.requires()[0].read().classifier("ensemble").posteriors.mix
    assert sum(mix.test[3:]) > sum(mix.training[3:])
    assert "class mix:" in task.path("report.txt").read_text()


def test_without_calibration_nothing_is_trained_for_it(toml):
    plain, full = (
        compared(toml, "r", split="fold_1", calibrate=on).requires()[0].requires()
        for on in (False, True)
    )
    networks = [found["fold_1"]["networks"][0].requires() for found in (plain, full)]
    assert [sorted(needed) for needed in networks] == [["model"], ["model", "out_of_fold"]]
    assert networks[0]["model"].key() == networks[1]["model"].key()


def test_an_unknown_split_is_refused_with_the_pools(toml):
    with pytest.raises(
        PipelineError,
        match=r"unknown split 'folds' of .*; choose one of: fold_1, .*, fold \(all its folds\)",
    ):
        compared(toml, "r", split="folds").check()


def test_eso_lv_from_bytes_to_report(tmp_path):
    """The simulated pair, given as a user's own files in the place of VizieR's."""
    paths = simulated_eso_lv.write(tmp_path / "pair")
    task = CompareClassifiers(
        survey="eso_lv",
        inputs_from={name: str(path) for name, path in paths.items()},
        results=str(tmp_path / "r"),
        options={"max_epochs": 20},
        baselines=["survey"],
        calibrate=False,
    )
    assert run([task])
    found = json.loads(task.path("summary.json").read_text())["classifiers"]
    assert found["feedforward"]["accuracy"] > 0.5 and 0.45 < found["survey"]["accuracy"] < 0.62
    assert "ESO AUTO" in task.path("report.txt").read_text()


def test_files_without_an_automatic_class_say_so(tmp_path, capfd):
    paths = simulated_eso_lv.write(tmp_path / "pair", n=600)
    paths["ReadMe"].write_text(paths["ReadMe"].read_text().replace("T_auto", "Blank "))
    files = {name: str(path) for name, path in paths.items()}
    assert not run(
        [
            TakeSurveyClasses(
                survey="eso_lv", inputs_from=files, results=str(tmp_path), n_train=200, n_test=200
            )
        ]
    )
    assert (
        "its files hold no automatic class; leave baseline 'survey' out" in capfd.readouterr().err
    )


def test_a_table_of_predictions_without_posteriors_has_none(tmp_path):
    part = surveys.load("simulated_catalogue").ingest({}).select(np.arange(5217) < 3)
    predictions.write(
        tmp_path / "p.parquet", part, np.full(3, "test"), part.labels, None, {"name": "x"}
    )
    assert predictions.posteriors(tmp_path / "p.parquet")[0] is None
