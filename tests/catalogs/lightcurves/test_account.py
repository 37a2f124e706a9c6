"""Epochs and objects that are lost are counted by cause and said in sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from catalogs import resolve
from catalogs.lightcurves import account
from catalogs.lightcurves.building import build
from catalogs.lightcurves.cleaning import LEFT_OUT, OTHER_BAND, UPPER_LIMIT
from catalogs.lightcurves.epochs import of_objects
from catalogs.lightcurves.timescales import TimeScale


@pytest.fixture
def built(tmp_path):
    """An object with one epoch lost by each cause, one with a single epoch, and a stranger."""
    time = np.array([0.0, 1, 1, 2, 3, 4, 5, 6, 7, 8, -9e6])
    magnitude = np.array([15.0, 15, 15, 99.999, 15, 15, 15, 15, 15, 15, 15])
    error = np.array([0.1, 0.1, 0.1, 0.1, -1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    cause = np.full(13, -1, np.int8)
    cause[5:8] = UPPER_LIMIT, LEFT_OUT, OTHER_BAND
    chunk = of_objects(
        ["a", "b", "c"],
        np.array([11, 1, 1]),
        np.r_[time, 0.0, 0.0] + 2455000,
        np.r_[magnitude, 12.0, 13.0],
        np.r_[error, 0.1, 0.1],
        0,
        cause,
    )
    scale = TimeScale("HJD")
    return build(lambda: iter([chunk]), tmp_path, bands=("V",), time_scale=scale, about={})


def test_each_cause_has_its_sentence(built):
    said = account.epochs(built)
    assert said[0] == f"13 epochs read, {len(built.time_days)} kept"
    assert len(said) == 1 + len(account.CAUSES)
    assert {line.split(": ")[1] for line in said[1:]} == set(account.CAUSES.values())
    assert all(line.startswith("1 epochs left out: ") for line in said[1:])


def test_objects_without_light_curves_are_counted_and_named(built):
    ids, labels = np.array(["a", "b", "0007", "0008"]), np.array(["x", "x", "y", ""])
    assert account.objects(built, ids, labels, 2) == [
        "2 objects, 1 of them labelled, have no light curve in the files (0007, 0008)",
        "1 objects, 1 of them labelled, have fewer than 2 usable epochs (b)",
        "1 light curves are of no object of the table (c)",
    ]
    assert account.objects(built, np.array(["a", "b", "c"]), np.full(3, "x"), 1) == []


TOML = """
name = "mine"
scheme = { name = "own", classes = ["x", "y"], ordered = false }
[table]
file = "objects.csv"
[objects]
id = "id"
[label]
column = "type"
[splits.main]
kind = "stratified"
test_fraction = 0.5
[light_curves]
file = "epochs.csv"
bands = ["V"]
time_standard = "HJD"
object_id = "star"
time = "t"
magnitude = "m"
highest_frequency = 3.0
period_column = "P"
"""


def test_a_survey_keeps_the_account_and_uses_periods_of_its_table(tmp_path):
    t = 2455000 + np.sort(np.random.default_rng(0).uniform(0, 50, 60))
    rows = [
        pd.DataFrame({"star": s, "t": t, "m": 12 + np.sin(2 * np.pi * t / p)})
        for s, p in (("a", 2.0), ("b", 7.0))
    ]
    pd.concat(rows).to_csv(tmp_path / "epochs.csv", index=False)
    table = pd.DataFrame({"id": ["a", "b", "z"], "type": ["x", "y", "y"], "P": [4.0, np.nan, 1.0]})
    table.to_csv(tmp_path / "objects.csv", index=False)
    (tmp_path / "survey.toml").write_text(TOML)
    survey = resolve.survey(str(tmp_path / "survey.toml"))
    catalogue = survey.light_curves.measured(
        survey, survey.ingest(survey.toml_files), survey.toml_files, tmp_path / "lc"
    )
    period = 10 ** catalogue.features["log_period"].to_numpy()
    assert period == pytest.approx([4.0, 7.0], rel=1e-2)  # the table's, and one found
    said = catalogue.provenance["account"]
    assert "120 epochs read, 120 kept" in said
    assert "1 objects, 1 of them labelled, have no light curve in the files (z)" in said
    assert survey.classifier == "gru_folded"
