"""Small surveys whose light curves come in ways that users' files do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from catalogs import resolve

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "cases"  # beside the repository
CASES = Path(os.environ.get("ASTRONN_CASES") or BESIDE) / "light_curves"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ASTRONN_CASES, a folder of cases")


def measured(name, tmp_path, section=""):
    path = CASES / name / "survey.toml"
    if section:
        for file in path.parent.iterdir():
            if file.name != "survey.toml":
                (tmp_path / file.name).symlink_to(file)
        head = path.read_text().split("[light_curves]")[0]
        path = tmp_path / "survey.toml"
        path.write_text(head + section)
    survey = resolve.survey(str(path))
    curves = survey.light_curves.store(survey.toml_files, tmp_path / "lc")
    catalogue = survey.ingest(survey.toml_files)
    return curves, survey.light_curves.describe(survey, catalogue, curves)


@pytest.mark.parametrize("name", ["check_light_curves_only", "comment_lines", "gzip_csv"])
def test_ordinary_tables(name, tmp_path):
    curves, catalogue = measured(name, tmp_path)
    assert len(catalogue) == 24 and not any(curves.provenance["removed"].values())


def test_one_band_of_two(tmp_path):
    curves, _ = measured("bands_subset", tmp_path)
    removed = curves.provenance["removed"]["other_band"]
    assert curves.bands == ("g",) and 0 < removed < curves.provenance["read"]
    assert removed + len(curves.time_days) == curves.provenance["read"]


def test_files_with_a_header_are_named_by_the_file(tmp_path):
    """Neither layout that the case's own survey.toml could name reads them, as it says itself."""
    section = """[light_curves]
file = "phot"
layout = "object_files"
time = "time"
magnitude = "mag"
error = "magerr"
band_column = "band"
bands = ["g", "r"]
time_standard = "HJD"
"""
    curves, catalogue = measured("csv_per_star_with_header", tmp_path, section)
    assert len(catalogue) == 24 and set(curves.band.tolist()) == {0, 1}


def test_an_empty_error_is_unknown(tmp_path):
    curves, catalogue = measured("empty_cell_shifts_columns", tmp_path)
    assert len(catalogue) == 24 and np.isnan(curves.error).all()


def test_negative_fluxes_stay(tmp_path):
    curves, _ = measured("negative_flux_dropped", tmp_path)
    assert len(curves.time_days) == 720


def test_objects_that_lost_their_light_curve_are_named(tmp_path):
    _, catalogue = measured("partial_ids", tmp_path)
    assert any("have no light curve in the files (" in x for x in catalogue.provenance["account"])


def test_sectors_are_brought_to_one_level(tmp_path):
    _, catalogue = measured("sectors_of_unlike_level", tmp_path)
    assert 10 ** catalogue.features["log_period"].to_numpy() == pytest.approx([0.55, 3.1], rel=0.01)


def test_timestamps_are_julian_dates(tmp_path):
    curves, _ = measured("timestamps", tmp_path)
    assert (curves.time_days > 2430000).all() and (curves.time_days < 2470000).all()


def test_upper_limits_are_counted(tmp_path):
    curves, catalogue = measured("upper_limits_gt", tmp_path)
    assert curves.provenance["removed"]["upper_limit"] > 0 and len(catalogue) == 24
