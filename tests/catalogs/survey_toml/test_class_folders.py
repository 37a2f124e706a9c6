"""A survey of images in class folders, without a table; and pictures that a column names."""

import tomllib

import numpy as np
import pytest
from PIL import Image

from catalogs.errors import CatalogueError
from catalogs.formats.tables import format_of, open_table
from catalogs.survey_toml.check import examine
from catalogs.survey_toml.draft import draft_survey
from catalogs.survey_toml.survey import load

SIDE, EACH = 24, 15


def picture(path, kind, rng):
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    stretch = 9 if kind == "edge_on" else 1
    light = 200 * np.exp(-4 * (x**2 + stretch * y**2)) + rng.uniform(0, 20, (SIDE, SIDE))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(light.astype(np.uint8)).save(path)


@pytest.fixture
def pictures(tmp_path):
    """Thirty pictures of two classes under the same names, and a hidden file."""
    rng = np.random.default_rng(0)
    for kind in ("edge_on", "round"):
        for number in range(EACH):
            picture(tmp_path / "pics" / kind / f"{number:03d}.png", kind, rng)
    (tmp_path / "pics" / ".DS_Store").write_bytes(b"x")
    return tmp_path / "pics"


def written(folder, text):
    toml = folder.parent / "survey.toml"
    toml.write_text(text)
    return toml


def test_the_folder_is_a_table(pictures):
    assert format_of(pictures) == "folders"
    source = open_table(pictures)
    (block,) = source.blocks(["path", "name", "folder", "top"], 14, 16)
    assert block.to_pylist() == [
        {"path": "edge_on/014.png", "name": "014", "folder": "edge_on", "top": "edge_on"},
        {"path": "round/000.png", "name": "000", "folder": "round", "top": "round"},
    ]
    assert source.count() == 2 * EACH


def test_a_folder_of_one_class_is_no_table(tmp_path):
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "a.png").write_bytes(b"x")
    with pytest.raises(CatalogueError, match="this is a folder, a table expected"):
        format_of(tmp_path / "pics")


def test_a_picture_in_no_class_folder_is_refused(pictures):
    (pictures / "round" / "000.png").rename(pictures / "lost.png")
    with pytest.raises(CatalogueError, match=r"1 files lie in no class folder, such as 'lost.png'"):
        open_table(pictures)
    with pytest.raises(CatalogueError, match="files lie beside the class folders"):
        draft_survey(pictures)


def test_the_untouched_draft_passes_its_check(pictures):
    toml = written(pictures, draft_survey(pictures))
    found = examine(toml)
    assert found.faults == []
    assert "images: 30 of 30 objects have a picture" in found.account
    survey = load(toml)
    catalogue = survey.ingest(survey.toml_files)
    folders = [name.split("/")[0] for name in catalogue.object_id]
    assert catalogue.labels.tolist() == folders
    assert catalogue.class_counts() == {"edge_on": EACH, "round": EACH}
    assert survey.images.bands == ("grey",)


def test_parts_that_folders_name_are_the_split(tmp_path):
    rng = np.random.default_rng(0)
    counts = {"train": 12, "val": 4, "test": 6}
    for part, n in counts.items():
        for kind in ("edge_on", "round"):
            for number in range(n):
                picture(tmp_path / "set" / part / kind / f"{number}.png", kind, rng)
    toml = written(tmp_path / "set", draft_survey(tmp_path / "set"))
    found = examine(toml)
    assert found.faults == []
    said = next(line for line in found.account if line.startswith("splits.given"))
    assert "24 to train" in said and "8 to validation" in said and "12 to test" in said


def test_files_of_light_curves_are_left_to_fill_in(tmp_path):
    for kind in ("a", "b"):
        for number in range(12):
            path = tmp_path / "stars" / kind / f"{kind}{number}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            epochs = "".join(f"{2450000 + t},{12 + 0.01 * t * number},0.1\n" for t in range(20))
            path.write_text("hjd,mag,err\n" + epochs)
    text = draft_survey(tmp_path / "stars")
    assert "TO FILL IN: [light_curves]" in text
    text = text.replace("# [light_curves]", "[light_curves]").replace("# file", "file")
    text = text.replace("# layout", "layout").replace("# time_standard", "time_standard")
    text = text.replace('# time = "COLUMN"', 'time = "hjd"').replace("# bands", "bands")
    text = text.replace('# magnitude = "COLUMN"', 'magnitude = "mag"\nerror = "err"')
    tomllib.loads(text)
    found = examine(written(tmp_path / "stars", text))
    assert found.faults == []
    assert "light_curves: 24 of 24 objects have one" in found.account


PATHS = """
name = "mine"
[table]
file = "table.csv"
[objects]
id = "ID"
[images]
file = "pics"
mode = "L"
size = 16
measured_size = 16
path_column = "FILE"
[scheme]
classes = ["edge_on", "round"]
ordered = false
[label]
column = "TYPE"
[splits.main]
kind = "stratified"
test_fraction = 0.4
"""


def table_of(pictures, swap=()):
    kinds = ["edge_on"] * EACH + ["round"] * EACH
    rows = [f"g{k},{kind},{kind}/{k % EACH:03d}.png" for k, kind in enumerate(kinds)]
    for place, row in swap:
        rows[place] = row
    (pictures.parent / "table.csv").write_text("\n".join(["ID,TYPE,FILE", *rows]) + "\n")
    return written(pictures, PATHS)


@pytest.mark.parametrize("few", [True, False], ids=["sampled", "all"])
def test_a_column_holds_the_path_of_each_picture(pictures, monkeypatch, few):
    from catalogs.survey_toml.audits import measured

    monkeypatch.setattr(measured, "SAMPLE", 10 if few else 1000)
    toml = table_of(pictures, [(3, "g3,edge_on,")])
    found = examine(toml)
    assert found.faults == []
    assert "images: 29 of 30 objects have a picture" in found.account
    assert any("objects without a picture: g3" in line for line in found.account)


def test_the_stack_holds_the_picture_that_the_column_names(pictures, tmp_path):
    survey = load(table_of(pictures))
    stack = survey.images.stack(survey.toml_files, tmp_path / "stack")
    row = stack.object_id.tolist().index("g16")
    own = np.asarray(Image.open(pictures / "round" / "001.png"), dtype=float)
    assert abs(float(np.mean(stack.pixels[row])) - own.mean()) < 1.0


def test_two_objects_of_one_picture_are_refused(pictures):
    toml = table_of(pictures, [(3, "g3,edge_on,edge_on/004.png")])
    assert any("'g3' and 'g4' have one picture" in fault for fault in examine(toml).faults)


def test_a_path_beside_a_pattern_is_a_fault(pictures):
    toml = table_of(pictures)
    wrong = 'bands = ["g"]\nfile_name = "{band}/{object}.png"\npath_column'
    toml.write_text(PATHS.replace("path_column", wrong))
    assert any("path_column: given beside file_name" in fault for fault in examine(toml).faults)
