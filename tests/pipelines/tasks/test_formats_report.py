"""From the bytes of a format to a report, by the draft that new-survey makes of it alone."""

import json

import numpy as np
import pytest
from astropy.table import Table
from click.testing import CliRunner

from pipelines.cli import main

N = 400
BANDS = ("umag", "gmag", "rmag", "imag")


def magnitudes():
    """Classes (N,) and magnitudes (N, 4) of made-up stars, galaxies and quasars."""
    rng = np.random.default_rng(1)
    kind = rng.choice(["STAR", "GALAXY", "QSO"], N)
    colours = {"STAR": (0.9, 0.4, 0, -0.2), "GALAXY": (1.5, 0.7, 0, -0.4), "QSO": (0.2, 0.2, 0, 0)}
    offsets = np.array([colours[name] for name in kind])
    return kind, rng.normal(18, 1, (N, 1)) + offsets + rng.normal(0, 0.2, (N, 4))


def table():
    kind, mags = magnitudes()
    rng = np.random.default_rng(2)
    made = Table({"name": [f"J{k:05d}" for k in range(N)]})
    made["ra"], made["dec"] = rng.uniform(0, 360, N).round(5), rng.uniform(-60, 60, N).round(5)
    for k, band in enumerate(BANDS):
        made[band] = mags[:, k].round(3)
        made[band].unit = "mag"
    made["ra"].unit = made["dec"].unit = "deg"
    made["cls"] = kind
    return made


def vectors(path):
    kind, mags = magnitudes()
    made = table()["name", "ra", "dec"]
    made["PSFMAG"], made["CLASS"] = mags.astype("f4"), kind
    made.write(path / "a.fits")
    return path / "a.fits"


def ipac(path):
    table().write(path / "a.tbl", format="ascii.ipac")
    return path / "a.tbl"


def vizier(path):
    made = table()
    head = ["#", "#   VizieR Astronomical Server vizier.cds.unistra.fr", "#Title: made up", ""]
    units = ["", "deg", "deg", *(["mag"] * len(BANDS)), ""]
    rows = ["\t".join(made.colnames), "\t".join(units), "\t".join("-" * 8 for _ in units)]
    rows += ["\t".join(map(str, row)) for row in made]
    rows[4] = rows[4].replace(str(made["umag"][1]), " " * 6)  # VizieR's blank
    (path / "a.tsv").write_text("\n".join([*head, *rows]) + "\n")
    return path / "a.tsv"


@pytest.mark.slow
@pytest.mark.parametrize("write", [vectors, ipac, vizier])
def test_new_survey_check_and_report(write, tmp_path):
    file, toml = write(tmp_path), tmp_path / "survey.toml"
    runner = CliRunner()
    drafted = runner.invoke(main, ["new-survey", str(file), "--output", str(toml)])
    assert drafted.exit_code == 0, drafted.output
    checked = runner.invoke(main, ["check", str(toml)])
    assert checked.exit_code == 0, checked.output
    words = ["report", str(toml), "--results", str(tmp_path / "results"), "--json"]
    told = runner.invoke(main, [*words, "--options", '{"max_epochs": 20}'])
    assert told.exit_code == 0, told.output
    summary = json.loads(told.stdout)
    assert summary["n_test"] == N * 3 // 10
    assert summary["classifiers"]["feedforward"]["accuracy"] > 0.75  # guessing gives a third
