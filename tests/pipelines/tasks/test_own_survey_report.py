"""A user's own table: drafted, checked, and set beside its own automatic classes, without a line of
Python.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.table import Table
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.engine.running import run
from pipelines.tasks.classify import FILE, ClassifyObjects, RunBaseline
from pipelines.tasks.compare import CompareClassifiers

N = 600
TOML = """
name = "made_up"
title = "a made-up catalogue"
scheme = "hubble_5"
noun = "galaxies"
simulated = true
[table]
file = "mine.fits"
[objects]
id = "ID"
[features.colour]
column = "COL"
[features.surface_brightness]
column = "MU"
[label]
column = "TTYPE"
kind = "t"
[baseline]
title = "AUTO"
column = "AUTO"
kind = "class"
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with mine.fits (600 made-up galaxies, automatic classes for most) and its
    survey.toml.
    """
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    stage = rng.choice([-5, -2, 3, 6, 10], N)
    right = np.array(["E", "S0", "Sa+Sb", "Sc+Sd", "Irr"])[np.searchsorted([-4, 0, 4, 8], stage)]
    auto = np.where(rng.random(N) < 0.6, right, "Sa+Sb")
    auto[:50] = ""
    columns = {
        "ID": [f"G{i}" for i in range(N)],
        "TTYPE": stage,
        "COL": 1.2 - 0.05 * stage + rng.normal(0, 0.1, N),
        "MU": 21 + 0.15 * stage + rng.normal(0, 0.4, N),
        "AUTO": auto,
    }
    Table(columns).write(folder / "mine.fits")
    (folder / "survey.toml").write_text(TOML)
    return folder


def test_new_survey_drafts_what_check_accepts(folder, tmp_path):
    draft = folder / "draft.toml"
    done = CliRunner().invoke(
        main, ["new-survey", str(folder / "mine.fits"), "--output", str(draft)]
    )
    assert done.exit_code == 0, done.output
    checked = CliRunner().invoke(main, ["check", str(draft)])
    assert checked.exit_code == 0, checked.output
    again = CliRunner().invoke(
        main, ["new-survey", str(folder / "mine.fits"), "--output", str(draft)]
    )
    assert again.exit_code == 1 and "is not overwritten" in again.output


def test_check_lists_every_fault(folder):
    broken = folder / "broken.toml"
    broken.write_text(TOML.replace('"COL"', '"COLOUR"').replace('kind = "t"', 'kind = "tt"'))
    done = CliRunner().invoke(main, ["check", str(broken)])
    assert done.exit_code == 1
    assert ("tt" in done.output and "2 faults" in done.output) or "COLOUR" in done.output


def test_report_sets_the_network_beside_the_own_automatic_classes(folder, tmp_path):
    task = CompareClassifiers(
        survey=str(folder / "survey.toml"),
        results=str(tmp_path),
        options={"max_epochs": 20},
        baselines=["survey", "nearest_class_mean"],
    )
    assert run([task])
    summary = json.loads(task.path("summary.json").read_text())
    assert set(summary["classifiers"]) == {"feedforward", "survey", "nearest_class_mean"}
    assert (
        0.55 < summary["classifiers"]["survey"]["accuracy"] < 0.8
    )  # 60 per cent right, and the Sa+Sb it falls back on
    text = Path(task.path("report.txt")).read_text()
    assert (
        "AUTO" in text
        and "to which a scheme gives no class are left out of every table" in " ".join(text.split())
    )
    assert summary["n_test"] < 0.4 * N


def test_weights_of_the_label_reach_the_training_and_the_learned_baseline(folder, tmp_path):
    """With elliptical galaxies of weight 100 both take more objects for such."""
    table = Table.read(folder / "mine.fits")
    table["W"] = np.where(table["TTYPE"] == -5, 100.0, 1.0)
    table.write(tmp_path / "mine.fits")
    (tmp_path / "survey.toml").write_text(TOML.replace('kind = "t"', 'kind = "t"\nweight = "W"'))
    taken = {}
    for place in (folder, tmp_path):
        given = {"survey": str(place / "survey.toml"), "results": str(tmp_path / "results")}
        tasks = [
            ClassifyObjects(**given, options={"max_epochs": 5}, calibrate=False),
            RunBaseline(**given, baseline="hist_gradient_boosting", calibrate=False),
        ]
        assert run(tasks)
        for each in tasks:
            predicted = pq.read_table(each.path(FILE))["predicted"].to_numpy(zero_copy_only=False)
            taken[place, type(each)] = float((predicted == "E").mean())
    for kind in (ClassifyObjects, RunBaseline):
        assert taken[tmp_path, kind] > taken[folder, kind] + 0.01, taken


def test_the_key_follows_the_description_and_the_data(folder, tmp_path):
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for name in ("mine.fits", "survey.toml"):
        (copy / name).write_bytes((folder / name).read_bytes())
    first, same = (
        CompareClassifiers(survey=str(place / "survey.toml")) for place in (folder, copy)
    )
    assert first.key() == same.key()
    (copy / "survey.toml").write_text(TOML.replace("0.4", "0.3"))
    changed = CompareClassifiers(survey=str(copy / "survey.toml"), seed=0, results="other")
    assert changed.key() != first.key()
