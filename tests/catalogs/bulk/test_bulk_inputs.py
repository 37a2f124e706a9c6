"""Files read in parts and blocks: every object once and in order, whatever the kind; faults before
any work.
"""

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from astropy.table import MaskedColumn, Table

from catalogs import bulk
from catalogs.errors import CatalogueError
from catalogs.formats.source import grouped
from catalogs.images.stack import ImageStack

N = 2500


def wanted(identifier, names):
    return bulk.Wanted((identifier,), tuple(names))


def columns():
    rng = np.random.default_rng(0)
    magnitude = rng.normal(15, 2, N).astype(np.float32)
    magnitude[::7] = np.nan
    return {
        "object_id": np.arange(N) + 10**17,
        "B": magnitude,
        "z": rng.random(N),
        "n": rng.integers(0, 9, N),
    }


def arrow_table():
    made = columns()
    n = pa.array(made["n"], mask=np.arange(N) % 5 == 0)
    return pa.table({**{name: pa.array(made[name]) for name in ("object_id", "B", "z")}, "n": n})


def write_parquet(folder):
    fields = [
        field.with_metadata({"unit": "mag"}) if field.name == "B" else field
        for field in arrow_table().schema
    ]
    pq.write_table(arrow_table().cast(pa.schema(fields)), folder / "t.parquet", row_group_size=400)
    return folder / "t.parquet"


def write_arrow(folder):
    pyarrow.feather.write_feather(
        arrow_table(), folder / "t.feather", chunksize=400, compression="zstd"
    )
    return folder / "t.feather"


def write_fits(folder):
    made = columns()
    made["n"] = MaskedColumn(made["n"], mask=np.arange(N) % 5 == 0, fill_value=-999)
    table = Table(made)
    table["B"].unit = "mag"
    table.write(folder / "t.fits")
    return folder / "t.fits"


KINDS = {"parquet": write_parquet, "arrow": write_arrow, "fits": write_fits}


def test_every_kind_of_table_is_tested_here():
    assert set(bulk.kinds()) == {"table", "stack"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_once_and_in_order(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(f"catalogs.formats.{kind}.ROWS", 300)
    path = KINDS[kind](tmp_path)
    assert bulk.kind_of(path) == "table"
    parts = bulk.parts([path], 900)
    assert (
        len(parts) >= 3
        and sum(part.rows for part in parts) == N
        and all(part.rows <= 900 for part in parts)
    )
    blocks = [
        block for part in parts for block in bulk.blocks(part, wanted("object_id", ["z", "B", "n"]))
    ]
    assert max(map(len, blocks)) <= 300
    made, n = columns(), columns()["n"].astype(float)
    n[::5] = np.nan  # null is not measured
    for found, expected in zip(
        zip(*(block.columns for block in blocks)), (made["z"], made["B"], n)
    ):
        np.testing.assert_array_equal(np.concatenate(found), expected)
    identifiers = np.concatenate([block.identifiers.to_numpy() for block in blocks])
    np.testing.assert_array_equal(
        identifiers, made["object_id"]
    )  # beyond 2^53: never by way of a float


@pytest.mark.parametrize("kind", ["parquet", "fits"])
def test_units_are_told(kind, tmp_path):
    assert bulk.columns(KINDS[kind](tmp_path)) == {"object_id": "", "B": "mag", "z": "", "n": ""}


def test_fits_numbers_are_scaled_and_text_is_stripped(tmp_path):
    from astropy.io import fits

    values = fits.Column("x", "E", bscale=0.5, bzero=10, array=np.array([10.0, 11.5, 12.0]))
    flags = fits.Column("flag", "L", array=np.array([True, False, True]))
    names = fits.Column("name", "8A", array=np.array(["a", "bb", "ccc"]))
    fits.BinTableHDU.from_columns([values, flags, names]).writeto(tmp_path / "t.fits")
    (block,) = bulk.blocks(bulk.parts([tmp_path / "t.fits"], 10)[0], wanted("name", ["x", "flag"]))
    assert block.identifiers.to_pylist() == ["a", "bb", "ccc"]
    np.testing.assert_array_equal(block.columns, [[10.0, 11.5, 12.0], [1, 0, 1]])


def test_an_image_stack_gives_pictures(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (10, 1, 4, 4), dtype=np.uint8)
    ImageStack(np.array([f"g{i}" for i in range(10)]), pixels, ("g",)).write(tmp_path / "stack")
    parts = bulk.parts(bulk.files([tmp_path / "stack"]), 4)
    assert [part.rows for part in parts] == [4, 4, 2]
    blocks = [
        block for part in parts for block in bulk.blocks(part, wanted("object_id", [bulk.PIXELS]))
    ]
    np.testing.assert_array_equal(np.concatenate([block.columns for block in blocks]), pixels)
    assert blocks[1].identifiers.to_pylist() == ["g4", "g5", "g6", "g7"]


def test_of_a_folder_the_data_files_sorted_and_of_a_hats_catalogue_its_dataset(tmp_path):
    for name in ("b", "a", "_metadata", ".hidden"):
        pq.write_table(arrow_table(), tmp_path / f"{name}.parquet")
    (tmp_path / "README.txt").write_text("x")
    assert [path.name for path in bulk.files([tmp_path])] == ["a.parquet", "b.parquet"]
    pixel = tmp_path / "hats" / "dataset" / "Norder=0" / "Dir=0"
    pixel.mkdir(parents=True)
    (tmp_path / "hats" / "hats.properties").write_text("obs_collection=x\n")
    for path in (
        pixel / "Npix=3.parquet",
        tmp_path / "hats" / "point_map.parquet",
        pixel.parents[1] / "_metadata",
    ):
        pq.write_table(arrow_table(), path)
    assert [path.name for path in bulk.files([tmp_path / "hats"])] == ["Npix=3.parquet"]


def test_all_faults_of_the_inputs_at_once(tmp_path):
    (tmp_path / "t.txt").write_text("no table")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        CatalogueError,
        match=r"3 faults: .*nowhere does not exist.*empty holds no file.*t.txt is of no kind",
    ):
        bulk.files([tmp_path / "nowhere", tmp_path / "t.txt", tmp_path / "empty"])
    path = write_parquet(tmp_path)
    with pytest.raises(
        CatalogueError, match=r"given twice: .*t.parquet; remedy: give each file once"
    ):
        bulk.files([path, tmp_path])


def test_text_is_no_feature(tmp_path):
    pq.write_table(pa.table({"object_id": [1], "name": ["a"]}), tmp_path / "t.parquet")
    (part,) = bulk.parts([tmp_path / "t.parquet"], 10)
    with pytest.raises(CatalogueError, match=r"column 'name' .1 cells: 'a' in row 1. where"):
        list(bulk.blocks(part, wanted("object_id", ["name"])))


def test_a_row_group_is_never_cut():
    assert [(s.first, s.last, s.rows) for s in grouped([5, 5, 20, 1, 1], 10)] == [
        (0, 2, 10),
        (2, 3, 20),
        (3, 5, 2),
    ]
    assert list(grouped([], 10)) == []


def test_a_fingerprint_knows_another_content(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"a" * 200_000)
    before = bulk.fingerprint(path)
    assert before == bulk.fingerprint(path)
    path.write_bytes(b"b" + b"a" * 199_999)
    assert bulk.fingerprint(path) != before
