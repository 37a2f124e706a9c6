"""Every table format gives back what was written: NaN, missing values, unicode, integers beyond
2^53, no rows at all.
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import MaskedColumn, Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.formats.tables import formats, read_table

WHOLE = st.integers(-(2**63) + 1, 2**63 - 1)  # -2^63 stands for null in the FITS files below
REAL = st.floats(allow_nan=True, allow_infinity=False, width=64)
# Text without blanks around it (fixed width and CSV fill up with blanks) and without control
# characters or line ends.
TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
NOT_NULL = TEXT.filter(lambda text: text != "null")  # the word that the IPAC files here blank
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


def tables(text=TEXT):
    row = st.tuples(*(st.none() | kind for kind in (WHOLE, REAL, text)))
    return st.lists(row, max_size=8)


def column(rows, place, kind, fill):
    cells = [row[place] for row in rows]
    values = np.array([fill if cell is None else cell for cell in cells], dtype=kind)
    return MaskedColumn(values, mask=[cell is None for cell in cells])


def made(rows):
    return Table(
        {
            "i": column(rows, 0, np.int64, 0),
            "f": column(rows, 1, np.float64, np.nan),
            "s": column(rows, 2, str, ""),
        }
    )


def write_csv(path, rows, delimiter=","):
    cells = (
        [
            "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)
            for cell in row
        ]
        for row in rows
    )
    quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in cells)
    path.write_text(
        "".join(delimiter.join(row) + "\n" for row in (["i", "f", "s"], *quoted)), encoding="utf-8"
    )


def write_cds(path, rows):
    cells = [
        ["" if c is None else repr(c) if isinstance(c, float) else str(c) for c in row]
        for row in rows
    ]
    path.write_text("".join(f"{i:>20} {f:>25} {s:<12}\n" for i, f, s in cells), encoding="utf-8")
    rule = "-" * 80
    lines = (
        "   Bytes Format Units  Label  Explanations",
        rule,
        "   1- 20 I20    ---    i  ?",
        "  22- 46 E25.17 mag    f  ?",
    )
    head = ("=" * 80, "Byte-by-byte Description of file: " + path.name, rule)
    path.with_name("ReadMe").write_text(
        "\n".join([*head, *lines, "  48- 59 A12    ---    s  ?", rule]) + "\n"
    )


def write_fits(path, rows):
    table = made(rows)
    table["i"].fill_value = -(2**63)
    table.write(path, overwrite=True)


def write_parquet(path, rows):
    kinds = {"i": pa.int64(), "f": pa.float64(), "s": pa.string()}
    pq.write_table(
        pa.table(
            {
                n: pa.array([row[k] for row in rows], kind)
                for k, (n, kind) in enumerate(kinds.items())
            }
        ),
        path,
    )


def arrow_table(rows):
    kinds = {"i": pa.int64(), "f": pa.float64(), "s": pa.string()}
    return pa.table(
        {n: pa.array([row[k] for row in rows], kind) for k, (n, kind) in enumerate(kinds.items())}
    )


def write_arrow(path, rows):
    table = arrow_table(rows)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def said(cell, blank):
    return blank if cell is None else repr(cell) if isinstance(cell, float) else str(cell)


def write_ipac(path, rows):
    head = ["\\fixlen = T", f"|{'i':>25}|{'f':>25}|{'s':>25}|", f"|{'long':>25}|{'double':>25}|"]
    head[2] += f"{'char':>25}|"
    lines = [" ".join(["", *(f"{said(cell, 'null'):>25}" for cell in row), ""]) for row in rows]
    blank = f"|{'':>25}|{'':>25}|{'':>25}|"
    nulls = f"|{'null':>25}|{'null':>25}|{'null':>25}|"
    path.write_text("\n".join([*head, blank, nulls, *lines]) + "\n", encoding="utf-8")


def write_vizier(path, rows):
    head = ["#   VizieR Astronomical Server", "", "i\tf\ts", "\tmag\t", "--\t------\t----"]
    lines = ["\t".join(said(cell, "") for cell in row) for row in rows]
    path.write_text("\n".join([*head, *lines, "", ""]), encoding="utf-8")


def write_text(path, rows):
    quoted = [
        " ".join('"' + said(cell, "null").replace('"', '""') + '"' for cell in row) for row in rows
    ]
    path.write_text(
        "\n".join(["# written by hand, for a test", "i f s", *quoted]) + "\n", encoding="utf-8"
    )


def write_npy(path, rows):
    table = made(rows)
    kinds = [("i", "i8"), ("f", "f8"), ("s", "U12")]
    records = np.zeros(len(rows), kinds)
    for name, _ in kinds:
        records[name] = table[name].filled(0 if name == "i" else np.nan if name == "f" else "")
    np.save(path, records)


def write_hdf5(path, rows):
    h5py = pytest.importorskip("h5py", reason="needs h5py, of the extra 'images'")
    records = np.zeros(len(rows), [("i", "i8"), ("f", "f8"), ("s", "S12")])
    for name, blank in (("i", 0), ("f", np.nan), ("s", "")):
        records[name] = made(rows)[name].filled(blank)
    with h5py.File(path, "w") as file:
        file["inner/t"], file["small"] = records, np.zeros(0, [("a", "f8")])


WRITERS = {
    "arrow": ("t.arrow", write_arrow),
    "hdf5": ("t.h5", write_hdf5),
    "ipac": ("t.tbl", write_ipac),
    "npy": ("t.npy", write_npy),
    "text": ("t.cat", write_text),
    "vizier": ("t.tsv", write_vizier),
    "cds": ("t.dat", write_cds),
    "csv": ("t.csv", write_csv),
    "ecsv": (
        "t.ecsv",
        lambda path, rows: made(rows).write(path, format="ascii.ecsv", overwrite=True),
    ),
    "fits": ("t.fits", write_fits),
    "parquet": ("t.parquet", write_parquet),
    "votable": (
        "t.vot",
        lambda path, rows: made(rows).write(path, format="votable", overwrite=True),
    ),
}
# What a format cannot say, and why: then a missing value and a blank or NaN are read as the same.
NO_MASKED_FLOAT = {
    "fits": "a missing float is NaN in FITS",
    "hdf5": "it has no missing values",
    "npy": "it has no missing values",
    "votable": "astropy writes a missing float as NaN into a VOTable",
}
NO_MASKED_WHOLE = ("hdf5", "npy")
TOLD_FROM_CELLS = ("csv", "text", "vizier")
NO_MASKED_TEXT = {
    "hdf5": "it has no missing values",
    "npy": "it has no missing values",
    "text": "a word for a missing text stays a word",
    "vizier": "a missing text is a blank cell",
    "cds": "a blank cell is a missing one",
    "csv": "a missing text is a blank cell",
    "fits": "a missing text is blank",
    "votable": "a missing text is blank",
}


def test_every_format_is_written_here():
    assert sorted(WRITERS) == [name for name in formats() if name != "folders"]  # it holds names


@pytest.mark.parametrize("name", WRITERS)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_round_trip(name, data, tmp_path):
    # FITS text is ASCII by its standard (section 3.2)
    own = {"fits": ASCII, "hdf5": ASCII, "ipac": NOT_NULL}
    rows = data.draw(tables(own.get(name, TEXT)))
    file, write = WRITERS[name]
    write(tmp_path / file, rows)
    found, wanted = read_table(tmp_path / file, name), made(rows)
    assert found.colnames == ["i", "f", "s"] and len(found) == len(rows)
    if not rows and name in TOLD_FROM_CELLS:
        return  # a file of column names alone says nothing of types
    _same_whole(name, found["i"], wanted["i"])
    _same_real(name, found["f"], wanted["f"])
    _same_text(name, found["s"], wanted["s"])


def _same_whole(name, found, wanted):
    if name in TOLD_FROM_CELLS and wanted.mask.all():
        return  # a column of blanks alone says nothing of its type
    known = ~wanted.mask
    if name not in NO_MASKED_WHOLE:
        assert np.array_equal(np.ma.getmaskarray(found), wanted.mask)
    assert np.asarray(found)[known].tolist() == np.asarray(wanted)[known].tolist()


def _same_real(name, found, wanted):
    if name in TOLD_FROM_CELLS and wanted.mask.all():
        return
    assert np.array_equal(np.ma.filled(found, np.nan), np.ma.filled(wanted, np.nan), equal_nan=True)
    if name not in NO_MASKED_FLOAT:
        assert np.array_equal(np.ma.getmaskarray(found), wanted.mask)


def _same_text(name, found, wanted):
    if name in TOLD_FROM_CELLS and found.dtype.kind in "fi":
        return  # a text such as '12' is a number there
    blank = "null" if name == "text" else ""
    cells = [blank if hidden else cell for cell, hidden in zip(wanted.data, wanted.mask)]
    assert np.ma.filled(found, "").tolist() == cells
    if name not in NO_MASKED_TEXT:
        assert np.array_equal(np.ma.getmaskarray(found), wanted.mask)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=tables())
def test_tab_separated_text_is_read_like_csv(rows, tmp_path):
    write_csv(tmp_path / "t.tsv", rows, delimiter="\t")
    write_csv(tmp_path / "t.csv", rows)
    tabs, commas = (read_table(tmp_path / name) for name in ("t.tsv", "t.csv"))
    assert tabs.colnames == commas.colnames and len(tabs) == len(commas) == len(rows)
    for name in tabs.colnames:
        assert tabs[name].dtype == commas[name].dtype
        assert np.array_equal(np.ma.getmaskarray(tabs[name]), np.ma.getmaskarray(commas[name]))
        assert [repr(cell) for cell in tabs[name].tolist()] == [
            repr(cell) for cell in commas[name].tolist()
        ]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=tables().filter(len))
def test_a_partitioned_folder_is_one_table(rows, tmp_path_factory):
    """Folders zone=0, zone=1, ... hold the rows; the zone is a column again, and no digit, mask or
    NaN is lost.
    """
    folder = tmp_path_factory.mktemp("parts") / "t"
    kinds = {"i": pa.int64(), "f": pa.float64(), "s": pa.string()}
    arrays = {
        n: pa.array([row[k] for row in rows], kind) for k, (n, kind) in enumerate(kinds.items())
    }
    zones = pa.array([number % 3 for number in range(len(rows))])
    pq.write_to_dataset(
        pa.table({**arrays, "zone": zones, "at": pa.array(range(len(rows)))}),
        folder,
        partition_cols=["zone"],
    )
    found = read_table(folder, "parquet")
    found.sort("at")
    assert np.asarray(found["zone"]).astype(int).tolist() == zones.to_pylist()
    wanted = made(rows)
    for name, same in (("i", _same_whole), ("f", _same_real), ("s", _same_text)):
        same("parquet", found[name], wanted[name])


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_without_rows_keeps_its_columns(name, tmp_path):
    file, write = WRITERS[name]
    write(tmp_path / file, [])
    found = read_table(tmp_path / file)
    assert found.colnames == ["i", "f", "s"] and len(found) == 0
    assert name in TOLD_FROM_CELLS or found["i"].dtype.kind == "i"


@pytest.mark.parametrize("name", WRITERS)
def test_identifiers_beyond_2_to_53_keep_their_last_digit(name, tmp_path):
    big = [2**53 + 1, 587729387686002878, 2**63 - 1]
    file, write = WRITERS[name]
    write(tmp_path / file, [(n, 1.5, "x") for n in big])
    assert read_table(tmp_path / file)["i"].tolist() == big
