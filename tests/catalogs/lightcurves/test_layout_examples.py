"""Every layout from bytes to measured columns by a survey.toml alone: the same simulated stars come
out of each, and what a layout marks as bad is left out and counted.
"""

from __future__ import annotations

import numpy as np
import pytest
from layout_examples import EXAMPLES, N_EPOCHS, PERIODS, star, stars, write

from catalogs import resolve
from catalogs.lightcurves import layouts

BAD = {  # where frame()'s bad epoch is marked, and how it is counted
    "left_out": {
        "long_table",
        "object_files",
        "nested",
        "nested_structures",
        "json_lists",
        "ztf_release",
        "snana_text",
        "snana_fits",
        "gaia",
        "atlas",
    },
    "upper_limit": {"asas_sn", "aavso"},
}


def test_every_layout_has_an_example(tmp_path):
    sections = []
    for name in EXAMPLES:
        (tmp_path / name).mkdir()
        sections.append(write(name, tmp_path / name).read_text())
    for layout in layouts.names():
        assert layout == "long_table" or any(f'layout = "{layout}"' in text for text in sections)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_stars_come_out_of_each_layout(name, tmp_path):
    survey = resolve.survey(str(write(name, tmp_path)))
    catalogue = survey.ingest(survey.toml_files)
    curves = survey.light_curves.store(survey.toml_files, tmp_path / "lc")
    assert sorted(curves.object_id) == sorted(stars())
    one = curves.take(["1003"])
    _, time, magnitude, _, band = star(3)
    n = len(time)
    assert len(one.time_days) == n
    assert one.time_days == pytest.approx(time, abs=1e-4)
    levelled = name == "kepler"
    if levelled:
        assert np.std(one.magnitude - magnitude - np.where(band == "r", 0.4, 0.0)) < 0.06
    else:
        assert one.magnitude == pytest.approx(magnitude, abs=2e-3)
        places = np.array(["g", "r"])
        ours = {place: k for k, place in enumerate(survey.light_curves.bands)}
        codes = [ours.get("g", 1 if len(ours) > 5 else 0), ours.get("r", 1)]
        assert (one.band == np.where(band == places[0], *codes)).all()
    for cause, examples in BAD.items():
        expected = len(stars()) if name in examples else 2 * len(stars()) * levelled
        expected = 0 if levelled and cause != "left_out" else expected
        assert curves.provenance["removed"][cause] == expected
    described = survey.light_curves.describe(survey, catalogue, curves)
    found = 10 ** described.features["log_period"].to_numpy()
    true = np.array([PERIODS[label] for label in described.labels])
    assert np.mean(np.abs(found - true) < 0.01 * true) > 0.9 and N_EPOCHS == 40
