"""Names from outside are refused when they are read, or shown escaped."""

import numpy as np
import pandas as pd
import pytest

from catalogs import surveys
from catalogs.errors import CatalogueError
from catalogs.names import check_names, first_bad_name, name_fault, shown
from catalogs.schema import Column
from catalogs.schemes import ClassScheme

HOSTILE = ["a\nb", "\x1b[31mred", "E\u202egpj", "S\u2066c", "\x00", "a\x7f", "\u2028", "\ufffe"]
HOSTILE += ["\ud800", "\u200bE", "x" * 201, "\r", "\t", "\x85"]
FINE = ["Sa+Sb", "E/S0", "Ångström", "Σ", "星系", "a b", "'\"<&>|\\_$%#{}~^`", "e\u0301", "😀"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_in_one_line_that_is_safe_to_print(name):
    with pytest.raises(CatalogueError, match="remedy: rename it") as caught:
        check_names("class", name)
    assert str(caught.value).isprintable()
    assert name_fault(name) and first_bad_name(["E", name]) == name


@pytest.mark.parametrize("name", FINE)
def test_other_names_are_kept_as_they_are(name):
    check_names("class", name)
    assert shown(name) == name and first_bad_name([name] * 3) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_schemes_and_columns_refuse_them(name):
    with pytest.raises(CatalogueError, match=r"class .* remedy: rename it"):
        ClassScheme("own", ("E", name), None, False, "", "")
    with pytest.raises(CatalogueError, match=r"column .* remedy: rename it"):
        Column(name, "", "")


def test_a_catalogue_refuses_them_as_identifiers():
    survey = surveys.load("digits")
    catalogue = survey.ingest({})
    ids = catalogue.object_id.copy()
    ids[3] = "\x1b]0;owned\x07"
    with pytest.raises(CatalogueError, match=r"object_id .*x1b.*rename it"):
        type(catalogue)(**{**vars(catalogue), "object_id": ids})


HOSTILE_TOML = """
name = "mine"
title = "TITLE"
[table]
file = "FILE"
format = "csv"
[objects]
id = "ID"
[features."COLUMN"]
column = "x"
unit = ""
description = "made up"
[scheme]
classes = ["CLASS", "B"]
ordered = false
[label]
column = "TYPE"
kind = "class"
mapping = { A = "CLASS", B = "B" }
[splits.main]
kind = "stratified"
test_fraction = 0.3
"""


@pytest.mark.parametrize("where", ["TITLE", "CLASS", "COLUMN", "FILE", "none of them"])
def test_a_hostile_survey_toml_is_one_safe_line(tmp_path, where):
    text, file = HOSTILE_TOML, "t\u202e.csv" if where == "FILE" else "t.csv"
    for key, fine in {"TITLE": "Mine", "CLASS": "A", "COLUMN": "x", "FILE": "t.csv"}.items():
        text = text.replace(key, f"{fine[0]}\\u202e{fine[1:]}" if key == where else fine)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"ID": np.arange(60), "x": rng.normal(size=60), "TYPE": ["A", "B"] * 30})
    frame.to_csv(tmp_path / file, index=False)
    (tmp_path / "survey.toml").write_text(text)

    def read():
        survey = surveys.load(str(tmp_path / "survey.toml"))
        return survey.ingest(dict(survey.toml_files))

    if where == "none of them":
        assert len(read()) == 60
        return
    with pytest.raises(CatalogueError, match=r"u202e.*remedy: ") as caught:
        read()
    assert shown(caught.value) == str(caught.value)
