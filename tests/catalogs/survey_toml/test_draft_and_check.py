"""A draft from a table loads as it stands; the check names every fault of toml and data, and none
of a sound survey.
"""

import re
import shutil

import numpy as np
import pytest
from astropy.table import Table

from catalogs.errors import CatalogueError
from catalogs.survey_toml import survey as survey_toml
from catalogs.survey_toml.check import check
from catalogs.survey_toml.draft import draft_survey


def drafted(path):
    toml = path.with_suffix(".toml")
    toml.write_text(draft_survey(path), encoding="utf-8")
    return toml


def sky_table(n=300, seed=0):
    """Objects of three classes in random places, one number that follows the class and one that
    does not.
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(["STAR", "GALAXY", "QSO"], n)
    table = Table(
        {
            "SOURCE_ID": 2**55 + np.arange(n),
            "RAJ2000": rng.uniform(0, 360, n),
            "DEJ2000": rng.uniform(-90, 90, n),
        }
    )
    table["g mag"] = (kind == "QSO") + rng.normal(18.0, 1.0, n)
    table["e_mag"], table["w1"], table["CLASS"] = rng.random(n), rng.normal(size=n), kind
    table["g mag"].unit = "mag"
    return table


FORMS = {"fits": "fits", "csv": "ascii.csv", "ecsv": "ascii.ecsv", "parquet": "parquet"}


@pytest.mark.parametrize("suffix, form", FORMS.items())
def test_draft_of_a_made_up_table_is_sound_as_it_stands(tmp_path, suffix, form):
    sky_table().write(tmp_path / f"my-sky.{suffix}", format=form)
    toml = drafted(tmp_path / f"my-sky.{suffix}")
    assert check(toml) == []
    survey = survey_toml.load(toml)
    assert survey.name == "my_sky" and [column.name for column in survey.columns] == ["g_mag", "w1"]
    assert sorted(survey.class_scheme().classes) == ["GALAXY", "QSO", "STAR"]
    catalogue = survey.ingest(survey.toml_files)
    assert catalogue.object_id[0] == str(2**55) and np.isfinite(catalogue.dec_deg).all()
    assert survey.split(catalogue, "sky_1", seed=0).count("test") > 30


def test_another_column_of_the_same_classes_is_proposed_as_the_automatic_one(tmp_path):
    table = sky_table()
    table["PIPELINE"] = np.where(np.arange(300) % 7 == 0, "QSO", table["CLASS"])
    table.write(tmp_path / "t.fits")
    draft = draft_survey(tmp_path / "t.fits")
    assert '# column = "PIPELINE"  # PIPELINE holds these classes, too' in draft
    lines = ("[baseline]", "title =", 'column = "PIPELINE"', 'kind = "class"')
    toml = tmp_path / "t.toml"
    toml.write_text(
        "".join(
            line.removeprefix("# ") if line[2:].startswith(lines) else line
            for line in draft.splitlines(True)
        )
    )
    assert check(toml) == []
    survey = survey_toml.load(toml)
    assert (
        survey.baseline == "AUTO"
        and (survey.ingest(survey.toml_files).baseline == "QSO").sum() > 50
    )


def test_draft_without_any_class_or_input_loads_and_the_check_says_so(tmp_path):
    Table({"a": ["x", "y"], "b": ['q"', "\\"]}).write(tmp_path / "t.csv", format="ascii.csv")
    toml = drafted(tmp_path / "t.csv")
    survey_toml.load(toml)
    faults = " | ".join(check(toml))
    assert "features: none" in faults and "label: missing" in faults


def test_draft_of_no_table(tmp_path):
    (tmp_path / "t.html").write_text("<html>")
    with pytest.raises(CatalogueError, match="this is an HTML page, a table expected"):
        draft_survey(tmp_path / "t.html")


REAL = [("openngc", "NGC.csv"), pytest.param("rc3", "newrc3limited.fits", marks=pytest.mark.slow)]


@pytest.mark.parametrize("name, file", REAL)
def test_draft_of_real_tables_loads_and_is_sound(mirror, tmp_path, name, file):
    shutil.copy(mirror / name / file, tmp_path / file)
    toml = drafted(tmp_path / file)
    assert check(toml) == []
    survey = survey_toml.load(toml)
    assert min(survey.ingest(survey.toml_files).class_counts().values()) > 200
    if name == "openngc":
        assert "SurfBr" in survey.forbidden and "surfbr" not in [
            column.name for column in survey.columns
        ]


@pytest.fixture
def sound(tmp_path):
    sky_table().write(tmp_path / "sky.fits")
    return drafted(tmp_path / "sky.fits")


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("cell_deg = 10.0", "cell_deg = 89.0\nn_folds = 9", r"splits.sky_1: .* cannot be dealt"),
        ("test_fraction = 0.3", 'n_test = 10\nneeds = ["z"]', r"splits.main: .* has no input z"),
        (
            "test_fraction = 0.3",
            "n_train = 900\nn_test = 10",
            r"splits.main: a split of 900 to train",
        ),
        (
            '"QSO" = "QSO"',
            '"QSO" = "STAR"',
            r"label.column: 'CLASS' gives fewer than 10 objects for class QSO \(0\)",
        ),
        (
            "# [baseline]",
            '[baseline]\ncolumn = "CLASS"',
            r"baseline.column: 'CLASS' is the label for all 300 objects",
        ),
        (
            "[splits.main]",
            '[features.a]\nexpression = "0 * w1"\n[splits.main]',
            r"features.a: 0 for every object",
        ),
        (
            "[splits.main]",
            '[features.a]\nexpression = "sqrt(-1 - w1**2)"\n[splits.main]',
            r"features.a: no object has a",
        ),
    ],
)
def test_check_names_what_the_data_do_not_allow(sound, old, new, message):
    text = sound.read_text()
    assert old in text
    sound.write_text(text.replace(old, new))
    found = check(sound)
    assert any(re.match(message, fault) for fault in found), found


def test_check_reports_faults_of_toml_and_data_together(sound):
    text = (
        sound.read_text()
        .replace('title = "sky"', "title = 3")
        .replace('column = "w1"', 'column = "CLAS"')
    )
    sound.write_text(text)
    found = " | ".join(check(sound))
    assert (
        "title: 3 is not a text" in found
        and "missing column 'CLAS'; remedy: perhaps 'CLASS'" in found
    )


def test_check_reports_a_leak_unless_it_is_trusted(tmp_path):
    table = sky_table()
    table["code"] = np.unique(table["CLASS"], return_inverse=True)[1] * 1.5
    table.write(tmp_path / "sky.fits")
    toml = drafted(tmp_path / "sky.fits")
    assert '"code" = "suspected leak' in toml.read_text()
    leaking = (
        toml.read_text().replace('"code" =', "# code =") + '\n[features.code]\ncolumn = "code"\n'
    )
    toml.write_text(leaking)
    (fault,) = check(toml)
    assert re.match(
        "features.code: suspected leak: column 'code' alone tells (99|100)% of the label; remedy:"
        " leave it",
        fault,
    )
    toml.write_text(leaking + '\n[trusted]\ncode = "measured by another team"\n')
    assert check(toml) == []
