"""Text files a star: joined parsing against the obvious reader, odd layouts, broken files,
archives.
"""

import io
import tarfile

import numpy as np
import pytest

from catalogs.errors import CatalogueError
from catalogs.lightcurves.sources import fixed_lines
from catalogs.lightcurves.sources.star_files import (
    StarFiles,
    by_folder,
    by_stem,
    is_plain,
    plain,
    star_files,
)
from catalogs.lightcurves.sources.tar_stream import members


def text(n, seed=0):
    rng = np.random.default_rng(seed)
    rows = zip(
        np.sort(rng.uniform(2000, 9000, n)), rng.uniform(12, 19, n), rng.uniform(0.003, 0.1, n)
    )
    return "".join(f"{t:10.5f} {m:6.3f} {e:5.3f}\n" for t, m, e in rows).encode()


FILES = {
    "phot/I/OGLE-LMC-CEP-0001.dat": text(50),
    "phot/I/OGLE-LMC-CEP-0002.dat": b"",
    "phot/V/OGLE-LMC-CEP-0001.dat": text(7, 1),
    "phot/README": b"not photometry",
}


def packed(path, files, mode="w:gz", **options):
    with tarfile.open(path, mode, **options) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def read(path, layout=None, bands=("I", "V")):
    chunks = list(star_files(path, layout or StarFiles(by_folder(bands)), bands)())
    assert len(chunks) == 1
    return chunks[0]


@pytest.mark.parametrize("packing", ["w", "w:gz", "w:bz2"])
def test_ogle_archive(tmp_path, packing):
    found = read(packed(tmp_path / "phot.tar", FILES, packing))
    assert found.names == ["OGLE-LMC-CEP-0001", "OGLE-LMC-CEP-0002"]
    expected = np.loadtxt(
        io.BytesIO(FILES["phot/I/OGLE-LMC-CEP-0001.dat"] + FILES["phot/V/OGLE-LMC-CEP-0001.dat"])
    )
    assert np.array_equal(
        np.column_stack([found.time, found.magnitude, found.error]), expected
    )  # to the last bit
    assert found.band.tolist() == [0] * 50 + [1] * 7 and found.code.tolist() == [0] * 57


def test_folder_is_read_as_its_archive(tmp_path):
    for name, data in FILES.items():
        (tmp_path / "a" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / name).write_bytes(data)
    folder, archive = read(tmp_path / "a"), read(packed(tmp_path / "phot.tar", FILES))
    assert folder.names == archive.names and np.array_equal(folder.time, archive.time)


def test_odd_layout(tmp_path):
    """Comments, tabs, commas, leading and double blanks, empty lines, Windows line ends, no end of
    the last line.
    """
    (tmp_path / "x.txt").write_bytes(
        b"# HJD mag err\r\n\r\n  5000.5\t12.5   0.1 A\r\n\n5001.5, 13.5, nan, B"
    )
    found = read(tmp_path, StarFiles(by_stem("V")), ("V",))
    assert (
        found.names == ["x"]
        and found.time.tolist() == [5000.5, 5001.5]
        and found.magnitude.tolist() == [12.5, 13.5]
    )
    assert found.error[0] == 0.1 and np.isnan(found.error[1])


def test_other_columns_and_no_errors(tmp_path):
    (tmp_path / "x.dat").write_bytes(b"1 15.5 5000.5\n2 15.6 5001.5\n")
    found = read(tmp_path, StarFiles(by_stem("V"), time=2, magnitude=1, error=None), ("V",))
    assert found.time.tolist() == [5000.5, 5001.5] and np.isnan(found.error).all()


def test_broken_line_is_named(tmp_path):
    (tmp_path / "a.dat").write_bytes(text(3))
    (tmp_path / "b.dat").write_bytes(b"5000.1 15.0 0.1\n5000.2 *** 0.1\n")
    message = (
        r"b.dat, line 2 of numbers: '5000.2 \*\*\* 0.1' does not hold numbers in columns 1, 2, 3"
    )
    with pytest.raises(CatalogueError, match=message):
        read(tmp_path, StarFiles(by_stem("V")), ("V",))


def test_missing_cell_is_no_number(tmp_path):
    """As many blanks as the others, a column less: nothing moves up in its place."""
    (tmp_path / "b.dat").write_bytes(b"5000.1 15.0 0.1\n5000.2  0.12\n")
    with pytest.raises(
        CatalogueError, match=r"line 2 of numbers: '5000.2 0.12' does not hold numbers"
    ):
        read(tmp_path, StarFiles(by_stem("V")), ("V",))


def test_files_of_different_width_are_refused(tmp_path):
    (tmp_path / "a.dat").write_bytes(b"5000.1 15.0 0.1\n")
    (tmp_path / "b.dat").write_bytes(b"5000.1 15.0 0.1 7\n")
    with pytest.raises(CatalogueError, match="files of different numbers of columns"):
        read(tmp_path, StarFiles(by_stem("V")), ("V",))


def test_plain_text_is_told_by_counting():
    assert (
        is_plain(b"1 2 3\n4 5 6\n")
        and not is_plain(b"1 2 3\n4  5 6\n")
        and not is_plain(b" 1 2\n3 4\n")
    )
    assert (
        not is_plain(b"1 2 3\n4 5 6")
        and not is_plain(b"#1 2\n3 4\n")
        and plain(b"1  2\n\n3\t4") == b"1 2\n3 4\n"
    )


def test_lines_that_are_alike_are_read_exactly():
    data = text(1000)
    columns = fixed_lines.read(data, [0, 1, 2])
    assert np.array_equal(np.column_stack(columns), np.loadtxt(io.BytesIO(data)))
    assert fixed_lines.read(data, [2])[0].tolist() == columns[2].tolist()


ODD = [
    b"1.0 2\n-1. 2\n",
    b"1.0 2\n1.0 x\n",
    b"1.0 2\n10.0 2\n",
    b"1..0\n1..0\n",
    b"\n\n",
    b"12\n34",
    b"",
]


@pytest.mark.parametrize("odd", ODD)
def test_other_lines_are_left_to_the_general_reader(odd):
    assert fixed_lines.read(odd, [0]) is None


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_of_every_kind_of_tar(tmp_path, format):
    files = {"short.dat": b"abc", "d" * 90 + "/" + "n" * 60 + ".dat": b"x" * 513, "phot/ü.dat": b""}
    assert dict(members(packed(tmp_path / "t.tar", files, "w", format=format))) == files


def test_cut_and_false_archives_are_refused(tmp_path):
    data = packed(tmp_path / "t.tar.gz", FILES).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(data[: len(data) * 2 // 3])
    (tmp_path / "none.tar").write_bytes(b"<html>" * 300)
    for name in ("cut.tar.gz", "none.tar"):
        with pytest.raises(
            CatalogueError, match=f"{name}: not a whole tar archive .*fetch or pack it again"
        ):
            list(members(tmp_path / name))


def test_archive_without_end_is_refused(tmp_path):
    data = packed(tmp_path / "t.tar", {"a.dat": b"1 2 3\n"}, "w").read_bytes()
    (tmp_path / "cut.tar").write_bytes(data[:1024])
    with pytest.raises(CatalogueError, match="the end of the archive is missing"):
        list(members(tmp_path / "cut.tar"))


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("1,2,,3", "1 2 nan 3"),
        ("1, 2, ,3", "1 2 nan 3"),
        ("1;2;", "1 2 nan"),
        (",2,3", "nan 2 3"),
        ("1,,,4", "1 nan nan 4"),
        ("1 , 2 , 3", "1 2 3"),
        ("| 1 | 2 |", "1 2"),
        ("1\t2  3", "1 2 3"),
    ],
)
def test_an_empty_cell_is_a_cell(line, cells):
    text = f"{line}\n{line}\n".encode()
    assert plain(text).decode() == f"{cells}\n{cells}\n"
