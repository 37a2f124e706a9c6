"""The fixed-width reader against astropy's own: the same values, masks, units and descriptions, and
better messages.
"""

import gzip

import numpy as np
import pytest
from astropy.io import ascii as ascii_io
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.errors import CatalogueError
from catalogs.formats import cds
from catalogs.formats.reading import fixed_width
from catalogs.formats.tables import read_table

RULE = "-" * 80
README = "\n".join(
    (
        "A catalogue made for the tests",
        "=" * 80,
        "Byte-by-byte Description of file: t.dat",
        RULE,
        "   Bytes Format Units  Label  Explanations",
        RULE,
        "   1-  4 A4     ---    Name   Name of the galaxy",
        "   6- 11 F6.2   mag    B      ?=99.99 B magnitude",
        "  13- 18 F6.2   mag    V      ? V magnitude",
        "  20- 22 I3     ---    n      ?=-1 number of plates",
        "  24- 28 F5.2   mag    c      ?=- colour",
        "  30- 49 I20    ---    id     ? long identifier",
        "  51- 58 E8.1   Jy     flux   ?=-9.9e9 flux, written",
        "                              in exponents",
        "      60 A1     ---    q      ?=X quality",
        RULE,
    )
)
ROWS = (
    "N  1  12.34   1.00  12  1.00  587729387686002878  1.0e+01 a",
    "N  2  99.99         -1  -                         -9.9e9  X",
    "N  3 99.990  +1.5    3  ---   9223372036854775807   nan    ",
    "",
    " x    -0.00    .5   +4   1.   00000000000000000007 1E3     b",
    "a b",
    "N  4  1.    12     007 -0.5  -9007199254740993    -2.5e-03 c  beyond",
)


def row(name="N  1", b="12.34", number="12", long="5877", flux="1.0e+01", q="a"):
    return f"{name:<4} {b:>6} {'1.00':>6} {number:>3} {'1.00':>5} {long:>20} {flux:>8} {q}"


@pytest.fixture
def pair(tmp_path):
    """Write a data file beside its ReadMe and return its path."""

    def write(rows=ROWS, readme=README, name="t.dat", end="\n"):
        (tmp_path / "ReadMe").write_text(readme + "\n", encoding="utf-8")
        path = tmp_path / name
        path.write_bytes("".join(row + end for row in rows).encode())
        return path

    return write


def same_as_astropy(path, readme):
    ours = read_table(path, "cds", readme=readme)
    theirs = ascii_io.read(path, format="cds", readme=str(readme))
    assert ours.colnames == theirs.colnames and len(ours) == len(theirs)
    for name in ours.colnames:
        a, b = ours[name], theirs[name]
        mask = np.ma.getmaskarray(b)
        assert np.array_equal(np.ma.getmaskarray(a), mask), name
        assert np.array_equal(
            np.asarray(a)[~mask], np.asarray(b)[~mask], equal_nan=b.dtype.kind == "f"
        ), name
        assert (a.unit, a.description, a.dtype.kind) == (b.unit, b.description, b.dtype.kind)
    return ours


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_same_as_astropy_whatever_is_written_in_a_cell(pair, end):
    path = pair(end=end)
    table = same_as_astropy(path, path.with_name("ReadMe"))
    assert table["B"].mask.tolist() == [
        False,
        True,
        False,
        True,
        False,
        True,
        False,
    ]  # 99.990 is not the text 99.99
    assert table["id"].tolist()[:3] == [587729387686002878, None, 9223372036854775807]
    assert np.signbit(table["B"][4]) and table["flux"].description == "flux, written in exponents"


def test_same_as_astropy_on_equally_long_lines(pair):
    rows = [row[:60].ljust(60) for row in ROWS * 50]
    same_as_astropy(path := pair(rows), path.with_name("ReadMe"))


def test_blocks_and_batches_do_not_show(pair, monkeypatch):
    path = pair(ROWS * 20)
    whole = read_table(path)
    monkeypatch.setattr(cds, "BLOCK", 100)
    monkeypatch.setattr(cds, "BATCH", 10)
    parts = read_table(path)
    assert all(
        (np.ma.filled(whole[n], 0) == np.ma.filled(parts[n], 0)).all() for n in ("Name", "B", "id")
    )


def test_positions_count_characters_as_in_astropy(pair):
    path = pair((row("Ñé 1", q="ö"), row()))
    table = same_as_astropy(path, path.with_name("ReadMe"))
    assert table["Name"].tolist() == ["Ñé 1", "N  1"]


def test_text_that_is_not_utf_8(pair):
    path = pair()
    path.write_bytes(b"N\xff 1  12.34\n")
    with pytest.raises(
        CatalogueError, match=r"t\.dat: neither ASCII nor UTF-8 .*; remedy: save it as UTF-8"
    ):
        read_table(path)


def test_gzipped_data_and_wanted_columns_only(pair):
    path = pair()
    packed = path.with_name("t.dat.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_table(packed, columns=["n", "Name"]).colnames == ["n", "Name"]
    assert read_table(packed)["V"][0] == 1.0


def test_machine_readable_table_with_its_head_in_the_file(pair):
    path = pair((*README.splitlines(), "Note (1): a note", RULE, *ROWS[:2]), name="table.txt")
    path.with_name("ReadMe").unlink()
    table, theirs = read_table(path), ascii_io.read(path, format="cds")
    assert table["B"].tolist() == theirs["B"].tolist() == [12.34, None]


def test_cells_that_are_no_numbers_are_all_named_with_their_lines(pair):
    rows = (row(), row(b="1D+01"), row(number="12."), row(flux="12x"))
    with pytest.raises(CatalogueError, match=r"t\.dat: 3 faults: ") as caught:
        read_table(pair(rows))
    message = str(caught.value)
    assert "column 'B' (bytes 6-11): no number: '1D+01' at line 2" in message
    assert "column 'flux' (bytes 51-58): no number: '12x' at line 4" in message
    assert "column 'n' (bytes 20-22): no whole number of 64 bits: '12.' at line 3" in message


def test_a_tab_alone_is_a_blank_cell(pair):
    path = pair((row(), row(b=" \t ", number="\t")))
    table = same_as_astropy(path, path.with_name("ReadMe"))
    assert table["n"].tolist() == [12, None] and table["B"].mask.tolist() == [False, True]


def test_whole_number_beyond_64_bits(pair):
    with pytest.raises(
        CatalogueError,
        match=r"column 'id' .*no whole number of 64 bits: '9223372036854775808' at line 1",
    ):
        read_table(pair((row(long=str(2**63)),)))


def test_file_that_the_readme_does_not_describe(pair):
    with pytest.raises(
        CatalogueError,
        match=r"no byte table for 'other\.dat' in it; remedy: name the table .* t\.dat",
    ):
        read_table(pair(name="other.dat"))


def test_file_under_another_name(pair):
    assert len(read_table(pair(name="other.dat"), table="t.dat")) == len(ROWS)


def test_no_lines_at_all(pair):
    table = read_table(pair(()))
    assert len(table) == 0 and table["B"].dtype == float and table["n"].dtype == np.int64


DECIMAL = r"[+-]?([0-9]{1,16}(\.[0-9]{0,8})?|\.[0-9]{1,8})"


def matrix(texts, width):
    return fixed_width.characters("".join(text + "\n" for text in texts).encode(), width)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.from_regex(DECIMAL, fullmatch=True), min_size=1, max_size=8), st.booleans())
def test_decimals_are_the_nearest_floats(texts, right):
    """float() rounds correctly; so must digits over a power of ten, to the last bit and with the
    sign of zero.
    """
    cells = [text.rjust(28) if right else text.ljust(28) for text in texts]
    values, mask = fixed_width.numbers(matrix(cells, 28), [0], 28, [()], whole=False)
    assert not mask.any()
    assert values[0].tobytes() == np.array([float(text) for text in texts]).tobytes()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
def test_whole_numbers_are_exact(numbers):
    values, _ = fixed_width.numbers(
        matrix([f"{n:>21}" for n in numbers], 21), [0], 21, [()], whole=True
    )
    assert values[0].tolist() == numbers


@pytest.mark.parametrize("text", ["1 2", "1.2.3", "-", "+-1", "1-", "--", "1e", ".", "0x1", "1,5"])
def test_what_is_no_number_is_never_read_as_one(text):
    with pytest.raises(ValueError, match=r"could not convert|invalid literal"):
        fixed_width.numbers(matrix([f"{text:>6}", f"{text:<6}"], 6), [0], 6, [()], whole=False)
