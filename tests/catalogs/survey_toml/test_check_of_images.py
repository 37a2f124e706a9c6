"""What `check` reads of a folder of pictures: every name, and the contents of a sample of them."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from catalogs.survey_toml.audits import measured
from catalogs.survey_toml.check import examine

OBJECTS, MADE, CUT = 60, 50, 8  # objects in the table; with a picture; whose picture is damaged


@pytest.fixture
def survey(tmp_path, monkeypatch):
    """60 objects, 50 pictures of them, 8 of those cut short, and 3 pictures of nobody."""
    monkeypatch.setattr(measured, "SAMPLE", 20)
    rng = np.random.default_rng(0)
    names = [f"g{k:03d}" for k in range(OBJECTS)]
    (tmp_path / "pictures").mkdir()
    for name in [*names[:MADE], "x1", "x2", "x3"]:
        Image.fromarray(rng.integers(0, 255, (24, 24, 3), np.uint8)).save(
            tmp_path / "pictures" / f"{name}.jpg"
        )
    for name in names[:CUT]:
        path = tmp_path / "pictures" / f"{name}.jpg"
        path.write_bytes(path.read_bytes()[:200])
    frame = pd.DataFrame(
        {"name": names, "kind": rng.choice(["E", "S"], OBJECTS), "b": rng.normal(size=OBJECTS)}
    )
    frame.to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "survey.toml").write_text(
        'name = "mine"\nscheme = { name = "kinds", classes = ["E", "S"], ordered = false }\n'
        '[table]\nfile = "table.csv"\n[objects]\nid = "name"\n[label]\ncolumn = "kind"\n'
        '[images]\nfile = "pictures"\nmode = "RGB"\nsize = 16\nmeasured_size = 16\n'
        '[splits.main]\nkind = "stratified"\ntest_fraction = 0.4\n'
    )
    return tmp_path / "survey.toml"


def account(toml, **how):
    return [line for line in examine(toml, **how).account if line.startswith("images: ")]


def test_all_names_are_matched_and_a_sample_is_read(survey):
    said = account(survey)
    assert f"images: {MADE} of {OBJECTS} objects have a picture" in said
    assert any(line.startswith("images: 10 objects without a picture: g050") for line in said)
    assert "images: 3 pictures of no object in the table" in said
    assert "images: 20 drawn were read; --thorough reads them all" in said
    aside = [line for line in said if "set aside" in line]
    assert len(aside) == 1 and 0 < int(aside[0].split()[1]) < CUT  # of those drawn


def test_thorough_reads_them_all(survey):
    said = account(survey, thorough=True)
    assert any("pictures set aside: g000: not a whole" in line for line in said)
    assert f"images: {MADE - CUT} of {OBJECTS} objects have a picture" in said


def test_a_folder_of_few_is_read_whole(survey, monkeypatch):
    monkeypatch.setattr(measured, "SAMPLE", 1000)
    assert any("pictures set aside: g000: not a whole" in line for line in account(survey))
