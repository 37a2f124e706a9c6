"""Times whose zero each file states: in FITS keywords, in a text's head, in the file's name."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from astropy.table import Table

from catalogs.errors import CatalogueError
from catalogs.lightcurves.sources.headers import header_zero
from catalogs.survey_toml import survey as survey_toml

ZEROS = {"a": 2450000.0, "b": 2454833.25, "c": 2457000.5}
WRITTEN = np.linspace(1.0, 40.0, 20)
MAGNITUDES = 15 + np.sin(WRITTEN)
TOML = """
name = "zeros"
simulated = true
scheme = {{ name = "two", classes = ["even", "odd"], ordered = false }}
[table]
file = "table.csv"
[objects]
id = "name"
[label]
column = "kind"
[light_curves]
file = "phot"
layout = "object_files"
bands = ["V"]
time_standard = "JD"
time = "t"
magnitude = "m"
{keys}
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


def keywords(folder):
    for name, zero in ZEROS.items():
        table = Table({"t": WRITTEN, "m": MAGNITUDES})
        table.meta["ZEROI"], table.meta["ZEROF"] = int(zero), zero - int(zero)
        table.write(folder / f"{name}.fits")
    return 'zero_keyword = ["ZEROI", "ZEROF"]'


def heads(folder):
    for name, zero in ZEROS.items():
        rows = "".join(f"{t},{m}\n" for t, m in zip(WRITTEN, MAGNITUDES, strict=True))
        text = f"# star {name}\n# TIMEZERO = {zero} / days\nt,m\n{rows}"
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return 'zero_keyword = "timezero"'


def names(folder):
    for name, zero in ZEROS.items():
        Table({"t": WRITTEN, "m": MAGNITUDES}).write(folder / f"{name}_JD{zero}.csv")
    return 'file_name = "{object}_JD{zero}.csv"'


@pytest.mark.parametrize("way", [keywords, heads, names])
def test_each_file_has_its_zero(way, tmp_path):
    (tmp_path / "phot").mkdir()
    keys = way(tmp_path / "phot")
    (tmp_path / "table.csv").write_text("name,kind\na,even\nb,odd\nc,even\n")
    (tmp_path / "survey.toml").write_text(TOML.format(keys=keys))
    survey = survey_toml.load(tmp_path / "survey.toml")
    curves = survey.light_curves.store(survey.toml_files, tmp_path / "lc")
    found = np.sort(np.asarray(curves.time_days))
    expected = np.sort(np.concatenate([WRITTEN + zero for zero in ZEROS.values()]))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_keyword_that_is_not_there_or_no_number_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("# EPOCH: unknown\nt,m\n1,2\n")
    with pytest.raises(CatalogueError, match="its header has no ZERO; remedy: correct zero_key"):
        header_zero(path, ["ZERO"])
    with pytest.raises(CatalogueError, match="EPOCH is 'unknown', no number"):
        header_zero(path, ["EPOCH"])
