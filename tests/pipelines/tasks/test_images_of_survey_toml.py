"""Pictures of the user's own: a folder and a table become a report without a line of Python; every
fault is said at once.
"""

import json

import numpy as np
import pytest
from PIL import Image

from catalogs.errors import CatalogueError
from catalogs.survey_toml import survey as survey_toml
from catalogs.survey_toml.check import check
from catalogs.survey_toml.draft import draft_survey
from pipelines.engine.running import run
from pipelines.tasks.compare import CompareClassifiers
from pipelines.tasks.ingest import IngestImages

N, SIDE = 100, 24
TOML = """
name = "rings"
title = "made-up discs and rings"
simulated = true
scheme = { name = "shapes", classes = ["disc", "ring"], ordered = false }
classifier = "lenet"
[table]
file = "table.csv"
[objects]
id = "name"
[label]
column = "shape"
[images]
file = "pictures"
mode = "L"
size = 24
measured_size = 24
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """pictures/<name>.png, table.csv and survey.toml; one object has no picture, one picture is
    torn.
    """
    folder = tmp_path_factory.mktemp("rings")
    (folder / "pictures").mkdir()
    rng = np.random.default_rng(0)
    grid = np.arange(SIDE) - (SIDE - 1) / 2
    rows = ["name,shape"]
    for number in range(N):
        shape = ("disc", "ring")[number % 2]
        radius = np.hypot(grid[:, None] - rng.normal(), grid - rng.normal())
        light = (
            np.exp(-((radius / 4) ** 2)) if shape == "disc" else np.exp(-(((radius - 7) / 2) ** 2))
        )
        pixels = (180 * light + rng.normal(20, 5, radius.shape)).clip(0, 255).astype(np.uint8)
        if number:
            Image.fromarray(pixels).save(folder / "pictures" / f"g{number:03d}.png")
        rows.append(f"g{number:03d},{shape}")
    torn = folder / "pictures" / "g001.png"
    torn.write_bytes(torn.read_bytes()[:100])
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    (folder / "survey.toml").write_text(TOML)
    return folder


def test_a_folder_of_pictures_becomes_a_report(folder, tmp_path):
    assert check(folder / "survey.toml") == []
    common = {"survey": str(folder / "survey.toml"), "results": str(tmp_path)}
    options = {"max_epochs": 6, "network_options": {"feature_maps": [8, 8]}}
    report = CompareClassifiers(
        **common, options=options, baselines=["nearest_class_mean", "majority_class"]
    )
    report.check()
    assert run([report])
    found = json.loads(report.path("summary.json").read_text())["classifiers"]
    assert (
        set(found) == {"lenet", "nearest_class_mean", "majority_class"}
        and found["lenet"]["accuracy"] > 0.9
    )
    text = report.path("report.txt").read_text()
    assert (
        "images of 24 x 24 pixels (grey)" in text
        and "concentration, asymmetry" in text
        and "simulated" in text.lower()
    )
    reasons = {entry.object_id: entry.reason for entry in IngestImages(**common).stack().set_aside}
    assert (
        reasons["g000"] == "no picture of it in the files"
        and "not a whole JPEG, PNG" in reasons["g001"]
    )


def test_the_bytes_of_the_pictures_address_the_result(folder, tmp_path):
    task = IngestImages(survey=str(folder / "survey.toml"), results=str(tmp_path))
    files = task.requires().inputs()
    assert {"survey.toml", "table.csv", "pictures/g099.png"} <= set(files) and len(files) == N + 1


FAULTS = {
    'L"\nsize = 24': ('L"\nsize = 4', "images.size: 4 pixels are too few"),
    'mode = "L"': ('mode = "CMYK"', "images.mode: 'CMYK' is unknown"),
    'file = "pictures"': ('file = "nowhere.tar"', "images.file: .*nowhere.tar' does not exist"),
    'mode = "L"\n': (
        'crop = 1.5\nseen = 99\nmirror_pairs = [["disc", "bar"]]\n',
        r"crop: 1.5 is outside.*seen: 99.*'bar'\] is not",
    ),
    "\nsize = 24\n": ("\nsise = 24\n", "images.sise: unknown key; remedy: perhaps 'size' is meant"),
}


@pytest.mark.parametrize("right", FAULTS)
def test_faults_of_the_section(folder, right):
    wrong, message = FAULTS[right]
    path = folder / "wrong.toml"
    path.write_text(TOML.replace(right, wrong))
    with pytest.raises(CatalogueError, match=f"(?s){message}"):
        survey_toml.load(path)


def test_with_features_of_the_table_nothing_is_measured(folder):
    path = folder / "with_features.toml"
    path.write_text(TOML + '[features.length]\ncolumn = "length"\n')
    survey = survey_toml.load(path)
    assert survey.images.measure is None and [column.name for column in survey.columns] == [
        "length"
    ]
    assert survey.classifier == "lenet"


def test_class_folders_alone_become_a_report(folder, tmp_path):
    """No table: the folder's name is the class, the path the identifier."""
    for row in (folder / "table.csv").read_text().split()[3:]:
        name, shape = row.split(",")
        place = tmp_path / "shapes" / shape
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.png").write_bytes((folder / "pictures" / f"{name}.png").read_bytes())
    toml = tmp_path / "survey.toml"
    toml.write_text('classifier = "lenet"\n' + draft_survey(tmp_path / "shapes"))
    assert check(toml) == []
    report = CompareClassifiers(
        survey=str(toml),
        results=str(tmp_path / "results"),
        options={"max_epochs": 6, "network_options": {"feature_maps": [8, 8]}},
        baselines=["majority_class"],
    )
    assert run([report])
    found = json.loads(report.path("summary.json").read_text())["classifiers"]
    assert found["lenet"]["accuracy"] > 0.85
