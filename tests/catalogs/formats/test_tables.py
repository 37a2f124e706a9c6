"""Tables of any format: told from their content, wanted columns only, units and masks kept, other
files named as such.
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, QTable, Table

from catalogs.errors import CatalogueError
from catalogs.formats.tables import describe, format_of, formats, option_names, read_table


def example():
    table = Table(
        {
            "name": ["NGC 1", "NGC 2"],
            "B": [12.5, np.nan],
            "n": MaskedColumn([1, 2], mask=[False, True]),
        }
    )
    table["B"].unit, table["B"].description = "mag", "apparent magnitude"
    return table


@pytest.fixture(params=["fits", "votable", "ecsv", "parquet"])
def written(request, tmp_path):
    """The example in one format, under a name that does not tell which."""
    path = tmp_path / "table.data"
    form = {"ecsv": "ascii.ecsv"}.get(request.param, request.param)
    example().write(path, format=form)
    return request.param, path


def test_format_is_told_from_the_content(written):
    assert format_of(written[1]) == written[0]


def test_units_descriptions_masks_and_nan_survive(written):
    table = read_table(written[1])
    assert str(table["B"].unit) == "mag" and table["name"].tolist() == ["NGC 1", "NGC 2"]
    assert np.isnan(np.ma.filled(table["B"], np.nan)).tolist() == [False, True]
    assert np.ma.getmaskarray(table["n"]).tolist() == [False, True]
    if written[0] != "fits":  # astropy writes no TCOMM
        assert table["B"].description == "apparent magnitude"


def test_wanted_columns_in_the_order_asked_for(written):
    assert read_table(written[1], columns=["n", "name"]).colnames == ["n", "name"]


def test_missing_columns_are_named_with_what_may_be_meant(written):
    with pytest.raises(
        CatalogueError, match="missing column 'nmae', 'C'; remedy: perhaps 'name' for 'nmae'"
    ):
        read_table(written[1], columns=["nmae", "B", "C"])


@pytest.mark.parametrize("asked", sorted(set(formats()) - {"csv", "cds", "text"}))
@pytest.mark.parametrize(
    "content, what",
    [
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"Words of nobody.\n\nAnd more of them\n", "plain text"),
        (b"", "an empty file"),
        (b"\x00\x01", "a binary file"),
    ],
)
def test_a_file_of_another_kind_is_named_for_what_it_is(asked, content, what, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(
        CatalogueError, match=f"this is {what}.*, a.* expected; remedy: give the right file"
    ):
        read_table(path, asked)
    with pytest.raises(
        CatalogueError, match=f"this is {what}.*, a table expected; remedy: convert it"
    ):
        read_table(path)


def test_a_table_of_another_format_is_named(written):
    other = "votable" if written[0] != "votable" else "fits"
    with pytest.raises(CatalogueError, match=f"expected; remedy: read it as format '{written[0]}'"):
        read_table(written[1], other)
    assert describe(written[1]) in {"a FITS table", "a VOTable", "an ECSV table", "a Parquet table"}


@pytest.mark.parametrize("cut", [100, -200])
def test_a_table_cut_short_is_one_line(written, cut):
    path = written[1]
    if written[0] == "fits" and cut < 0:
        cut -= 2880  # the last block is filled up with zeros: no row is lost with those
    path.write_bytes(path.read_bytes()[:cut])
    if written[0] == "ecsv" and cut < 0:
        return  # text cut at the end of a line is a shorter table
    with pytest.raises(CatalogueError, match=r"table\.data: "):
        read_table(path)


def test_unknown_format_option_and_path(tmp_path, written):
    with pytest.raises(
        CatalogueError, match="unknown table format 'xls'; choose one of: arrow, cds, csv"
    ):
        read_table(written[1], "xls")
    with pytest.raises(CatalogueError, match=r"has no option 'delimter'; remedy: choose among"):
        read_table(written[1], delimter=",")
    with pytest.raises(CatalogueError, match="does not exist"):
        read_table(tmp_path / "none.fits")
    assert option_names("cds") == ("readme", "table")


def fits_file(path, *hdus):
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    return path


def test_fits_scaled_null_and_native_order(tmp_path):
    flag = fits.Column("flag", "J", null=-99, array=[1, -99])
    big = fits.Column("big", "K", bzero=2**63, array=np.array([0, 2**63], "u8"))
    table = read_table(fits_file(tmp_path / "t.fits", fits.BinTableHDU.from_columns([flag, big])))
    assert table["flag"].mask.tolist() == [False, True] and table["flag"].dtype.isnative
    assert table["big"].tolist() == [0, 2**63]


def test_fits_description_from_the_card_and_extension_by_name(tmp_path):
    one, two = (
        fits.BinTableHDU.from_columns([fits.Column("x", "D", array=[n])], name=f"T{n}")
        for n in (1, 2)
    )
    two.header.comments["TTYPE1"] = "an axis"
    path = fits_file(tmp_path / "t.fits", fits.ImageHDU(np.zeros((2, 2))), one, two)
    assert read_table(path)["x"].tolist() == [1] and read_table(path, hdu=3)["x"].tolist() == [2]
    assert read_table(path, hdu="T2")["x"].description == "an axis"
    with pytest.raises(CatalogueError, match="no table extension 1; it has: 2 'T1', 3 'T2'"):
        read_table(path, hdu=1)


def test_fits_without_a_table(tmp_path):
    with pytest.raises(CatalogueError, match=r"no table extension .*none \(images only\?\)"):
        read_table(fits_file(tmp_path / "t.fits"))


def test_parquet_folder_with_partitions(tmp_path):
    for field, ids in (("f1", [1, 2]), ("f2", [2**60 + 1])):
        folder = tmp_path / "set" / f"field={field}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"id": pa.array(ids, pa.int64())}), folder / "part.parquet")
    table = read_table(tmp_path / "set", columns=["field", "id"])
    assert table["id"].tolist() == [1, 2, 2**60 + 1] and table["field"].tolist() == [
        "f1",
        "f1",
        "f2",
    ]


def test_parquet_of_pandas_and_of_astropy_quantities(tmp_path):
    QTable({"d": [1.0, 2.0]}, units={"d": "kpc"}).write(tmp_path / "q.parquet")
    assert str(read_table(tmp_path / "q.parquet")["d"].unit) == "kpc"
    kinds = {
        "day": pa.array([0, None], pa.date32()),
        "c": pa.array(["a", None]).dictionary_encode(),
    }
    pq.write_table(pa.table(kinds | {"t": pa.array([True, False])}), tmp_path / "k.parquet")
    table = read_table(tmp_path / "k.parquet")
    assert table["day"].tolist() == ["1970-01-01", None] and table["c"].tolist() == ["a", None]
    assert table["t"].tolist() == [True, False]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_types_are_told_from_the_cells(tmp_path, delimiter):
    rows = ["id,n,x,zip,note", "18446744073709551616,1,+1.5,007,", "2,,nan,012,a b", "3,-4,1e-3,3,"]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(rows).replace(",", delimiter))
    table = read_table(path)
    assert table["id"].tolist() == [
        "18446744073709551616",
        "2",
        "3",
    ]  # too long for 64 bits: a name
    assert table["n"].tolist() == [1, None, -4] and table["n"].dtype == np.int64
    assert table["x"][0] == 1.5 and np.isnan(table["x"][1]) and table["x"][2] == 1e-3
    assert table["zip"].tolist() == ["007", "012", "3"] and table["note"].tolist() == [
        "",
        "a b",
        "",
    ]


def test_csv_faults(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("a\ta\n1\t2\n")
    with pytest.raises(CatalogueError, match="column names given twice: a"):
        read_table(path)
    path.write_text("a\tb\n1\t2\t3\n")
    with pytest.raises(CatalogueError, match="do not have 2 cells: line 2 has 3"):
        read_table(path)


def test_real_fits_table_agrees_with_astropy(mirror):
    path = mirror / "rc3" / "newrc3limited.fits"
    table = read_table(path, columns=["PGC_NAME", "BT_MAG", "RADIAL_VELOCITY"])
    with fits.open(path) as hdus:
        data = hdus[1].data
        assert np.array_equal(table["BT_MAG"].filled(np.nan), data["BT_MAG"], equal_nan=True)
        velocity = table["RADIAL_VELOCITY"]  # astropy gives 0 for cells that are blank
        assert velocity.filled(0).tolist() == data["RADIAL_VELOCITY"].tolist()
        assert (velocity.mask == (data["RADIAL_VELOCITY"] == 0)).all()
        assert table["PGC_NAME"].tolist() == [str(name) for name in data["PGC_NAME"]]
