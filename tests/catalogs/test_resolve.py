"""One resolved survey a process: the same object until what it was resolved from changes."""

import os

import numpy as np
import pytest

from catalogs import resolve, surveys
from catalogs.errors import CatalogueError

TOML = """
name = "mine"
title = "{title}"
scheme = {{ name = "own", classes = ["a", "b"], ordered = false }}
[table]
file = "table.csv"
[objects]
id = "id"
[features.x]
column = "x"
[label]
column = "label"
"""


@pytest.fixture
def toml(tmp_path):
    rows = "".join(f"{i},{i / 7},{'ab'[i % 2]}\n" for i in range(20))
    (tmp_path / "table.csv").write_text(f"id,x,label\n{rows}")
    path = tmp_path / "survey.toml"
    path.write_text(TOML.format(title="first"))
    return path


def test_a_shipped_survey_is_found_by_its_name():
    assert resolve.survey("openngc") is surveys.load("openngc")
    assert resolve.survey("openngc").name == "openngc"


def test_an_unknown_name_is_answered_with_the_choices():
    with pytest.raises(CatalogueError, match="unknown survey 'eso'; choose one of: asas"):
        resolve.survey("eso")


def test_a_survey_toml_is_resolved_once(toml, monkeypatch):
    first = resolve.survey(toml)
    assert first is resolve.survey(str(toml)) and first is surveys.load(str(toml))
    monkeypatch.chdir(toml.parent)
    assert resolve.survey("survey.toml") is resolve.survey("survey.toml")


def test_a_changed_survey_toml_is_resolved_anew(toml):
    assert resolve.survey(toml).title == "first"
    toml.write_text(TOML.format(title="other"))  # as long as before: its time tells
    os.utime(toml, ns=(0, np.iinfo(np.int32).max))
    assert resolve.survey(toml).title == "other"


def test_a_faulty_survey_toml_is_not_kept(toml):
    good = toml.read_text()
    toml.write_text(good.replace('column = "x"', ""))
    with pytest.raises(CatalogueError, match=r"features\.x\.column: give one of column"):
        resolve.survey(toml)
    toml.write_text(good)
    assert resolve.survey(toml).title == "first"
