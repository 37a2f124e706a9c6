"""A user's own survey with a [light_curves] section: from a table and epochs to measured columns,
and its faults.
"""

import re

import numpy as np
import pandas as pd
import pytest

from catalogs import surveys
from catalogs.errors import CatalogueError
from catalogs.simulations.variables import truth_and_epochs

HEAD = """
name = "my_stars"
scheme = { name = "mine", classes = ["RR Lyrae", "Mira"], ordered = false }
[table]
file = "stars.csv"
[objects]
id = "star"
[label]
column = "type"
"""
LONG = """
[light_curves]
file = "epochs.parquet"
bands = ["V"]
time_standard = "HJD"
object_id = "star"
time = "hjd"
magnitude = "mag"
error = "err"
highest_frequency = 8.0
"""


@pytest.fixture
def own(tmp_path):
    """Write a survey.toml with this section beside a table of 14 stars and their epochs, long and
    one file a star.
    """
    rows, table = [], []
    for number, (label, time, magnitude, error, _) in enumerate(truth_and_epochs(14, seed=3)):
        name = f"star{number:02d}"
        table.append(
            {
                "star": name,
                "type": label if label in ("RR Lyrae", "Mira") else "",
                "colour": number / 10,
            }
        )
        rows.append(pd.DataFrame({"star": name, "hjd": time, "mag": magnitude, "err": error}))
        (tmp_path / "phot").mkdir(exist_ok=True)
        np.savetxt(
            tmp_path / "phot" / f"{name}.dat",
            np.column_stack([time - 2450000, magnitude, error]),
            fmt="%.5f",
        )
    pd.DataFrame(table).to_csv(tmp_path / "stars.csv", index=False)
    pd.concat(rows).sample(frac=1.0, random_state=1).to_parquet(tmp_path / "epochs.parquet")

    def write(section, head=HEAD):
        (tmp_path / "survey.toml").write_text(head + section)
        return tmp_path / "survey.toml"

    return write


def measured(path):
    survey = surveys.load(str(path))
    return survey, survey.light_curves.measured(
        survey, survey.ingest(survey.toml_files), survey.toml_files, path.parent / "lc"
    )


def test_epochs_become_columns(own):
    survey, catalogue = measured(own(LONG + '[features.colour]\ncolumn = "colour"\n'))
    assert (
        len(catalogue) == 14
        and catalogue.columns == survey.columns
        and survey.columns[-1].name == "colour"
    )
    assert (
        set(survey.automatic_features) <= set(survey.inputs())
        and "log_period" in survey.automatic_features
    )
    assert (
        catalogue.features.loc[0, "log_period"] < 0 < catalogue.features.loc[3, "log_period"]
    )  # RR Lyrae, Mira
    assert "epochs.parquet" in survey.toml_files


def test_star_files_give_the_same(own):
    files = (
        LONG.split("bands")[0].replace("epochs.parquet", "phot")
        + 'layout = "star_files"\nbands = ["V"]\ntime_standard = "HJD"\ntime_zero ='
        " 2450000.0\nhighest_frequency = 8.0\n"
    )
    _, one = measured(own(LONG))
    survey, other = measured(own(files))
    assert np.allclose(one.features["mean_magnitude"], other.features["mean_magnitude"], atol=1e-4)
    assert np.allclose(one.features["r21"], other.features["r21"], atol=0.02, equal_nan=True)
    assert "phot/star00.dat" in survey.toml_files


def test_cleaning_is_the_users_choice(own):
    path = own(LONG + "[light_curves.cleaning]\nfaintest = 15.0\nsentinels = [0.0]\n")
    survey = surveys.load(str(path))
    light_curves = survey.light_curves.store(survey.toml_files, path.parent / "lc")
    assert (
        light_curves.magnitude.max() <= 15.0
        and light_curves.provenance["removed"]["no_magnitude"] > 100
    )
    assert light_curves.provenance["cleaning"]["sentinels"] == [0.0]


def test_all_faults_of_the_section_at_once(own):
    section = """
[light_curves]
file = "nowhere.parquet"
bands = ["V", "V"]
object_id = "star"
time = "hjd"
highest_frequency = -1.0
colour = "red"
[light_curves.cleaning]
faintest = "far"
"""
    with pytest.raises(CatalogueError, match=r"survey.toml: 7 faults") as caught:
        surveys.load(str(own(section)))
    for part in (
        r"'[^']*nowhere.parquet' does not exist",
        "light_curves.bands: missing, empty or given twice",
        "light_curves.magnitude: missing",
        "light_curves.time_standard: missing",
        "light_curves.highest_frequency: -1 with oversampling 2.5; remedy: give more than 0",
        "light_curves.colour: unknown key",
        "light_curves.cleaning.faintest: 'far' is not a number",
    ):
        assert re.search(part, str(caught.value)), part


@pytest.mark.parametrize(
    "change, message",
    [
        (
            ('time_standard = "HJD"', 'time_standard = "MJD"'),
            "time_standard: 'MJD' is unknown; remedy: choose one of: JD, HJD",
        ),
        (
            ('bands = ["V"]', 'bands = ["V"]\nlayout = "xml"'),
            "layout: 'xml' is unknown; remedy: choose one of: aavso, asas_sn",
        ),
        (
            ('bands = ["V"]', 'bands = ["V"]\nlayout = "star_files"\ncolumns = [0]'),
            r"columns: \[0\] are not two or three",
        ),
    ],
)
def test_faulty_values(own, change, message):
    with pytest.raises(CatalogueError, match=message):
        surveys.load(str(own(LONG.replace(*change))))


def test_automatic_feature_that_is_not_measured(own):
    with pytest.raises(
        CatalogueError,
        match="automatic_features: 'colour' is no feature; remedy: choose among: n_epochs",
    ):
        surveys.load(str(own(LONG, 'automatic_features = ["colour"]\n' + HEAD)))
