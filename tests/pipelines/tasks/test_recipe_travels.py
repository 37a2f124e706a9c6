"""`astronn classify` with a report's own model on the survey's own file gives the report's
posteriors, whatever the file and its recipe.
"""

import gzip

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.engine.running import run
from pipelines.tasks.compare import CompareClassifiers

N = 240
TOML = """
name = "travels"
simulated = true
[table]
file = "{file}"
{options}
[objects]
id = "ID"
[features.colour]
expression = "B - V"
missing = [-999.0]
[features.size]
column = "R"
missing = [-999.0, "unknown"]
blank_above = 90
[scheme]
classes = ["E", "S"]
ordered = false
[label]
column = "TYPE"
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


def galaxies():
    """Made-up objects; -999 is no measurement, and neither is a radius above 90."""
    rng = np.random.default_rng(4)
    kind = np.where(np.arange(N) % 2 == 0, "E", "S")
    b = rng.normal(15, 1, N)
    table = Table(
        {
            "ID": [f"g{k:03d}" for k in range(N)],
            "TYPE": kind,
            "B": b,
            "V": b - np.where(kind == "E", 0.9, 0.5) + rng.normal(0, 0.15, N),
            "R": rng.normal(np.where(kind == "E", 16, 12), 2),
        }
    )
    for row, name in ((3, "B"), (4, "V"), (5, "R")):
        table[name][row::17] = -999.0
    table["R"][6::23] = 99.9
    return table


def second_extension(path):
    small = fits.BinTableHDU(Table({"ID": [f"x{k}" for k in range(2 * N)]}), name="OTHER")
    own = fits.BinTableHDU(galaxies(), name="OBJECTS")
    fits.HDUList([fits.PrimaryHDU(), small, own]).writeto(path)


def packed(path):
    galaxies().write(path.with_suffix(""), format="ascii.csv")
    path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))


def writing(format):
    return lambda path: galaxies().write(path, format=format)


WRITTEN = {
    "csv": ("mine.csv", "", writing("ascii.csv")),
    "ecsv": ("mine.ecsv", "", writing("ascii.ecsv")),
    "votable": ("mine.vot", "", writing("votable")),
    "hdu": ("mine.fits", "hdu = 2", second_extension),
    "gz": ("mine.csv.gz", "", packed),
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=() if name == "csv" else pytest.mark.slow) for name in WRITTEN
    ],
)
def reported(request, tmp_path_factory):
    """A survey's file and the task that classified it for a report."""
    folder = tmp_path_factory.mktemp(request.param)
    file, options, write = WRITTEN[request.param]
    write(folder / file)
    toml = folder / "survey.toml"
    toml.write_text(TOML.format(file=file, options=options))
    task = CompareClassifiers(
        survey=str(toml),
        results=str(folder / "results"),
        options={"max_epochs": 5, "ensemble_size": 1},
        baselines=["majority_class"],
    )
    assert run([task])
    return folder / file, folder / "results"


def test_the_own_file_gives_the_posteriors_of_the_report(reported, tmp_path):
    """Sentinels, a limit and an expression in each; CSV, ECSV, VOTable, an extension, gzip."""
    file, results = reported
    (model,) = [path.parent for path in results.rglob("recipe.json")]
    done = CliRunner().invoke(main, ["classify", str(model), str(file), str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    (predictions,) = results.glob("travels/main/predictions-feedforward-*/predictions.parquet")
    report = pq.read_table(predictions).to_pandas().set_index("object_id")
    parts = sorted((tmp_path / "out").glob("part-*.parquet"))
    found = pq.read_table(parts).to_pandas().set_index("ID")
    assert len(found) == N and len(report) > 0
    for name in ("posterior_E", "posterior_S"):
        assert np.abs(found.loc[report.index, name] - report[name]).max() < 1e-6
    assert report["posterior_E"].std() > 0.05  # the network tells them apart
