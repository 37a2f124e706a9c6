"""Whatever table an astronomer holds comes in right: each kind of file in several forms is drafted,
the untouched draft passes its own check, and the catalogue holds the numbers that were written.
"""

import bz2
import gzip
import lzma

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from catalogs.survey_toml import survey as survey_toml
from catalogs.survey_toml.check import examine
from catalogs.survey_toml.draft import draft_survey

N = 150
HIDDEN = np.arange(N) % 7 == 3  # rows without a colour


def stars():
    """N objects of three classes; 'umg' follows the class, 'gmr' is unknown in every seventh."""
    rng = np.random.default_rng(5)
    kind = rng.choice(["STAR", "GALAXY", "QSO"], N)
    return Table(
        {
            "ID": np.char.add("J", np.char.zfill(np.arange(N).astype(str), 5)),
            "RA": rng.uniform(0, 360, N).round(5),
            "DEC": rng.uniform(-70, 70, N).round(5),
            "umg": (rng.normal(1.0, 0.5, N) + 0.5 * (kind == "QSO")).round(3),
            "gmr": rng.normal(0.6, 0.3, N).round(3),
            "rmag": rng.normal(18, 1, N).round(3),
            "class": kind,
        }
    )


def lines(blank="", sign=",", hidden=HIDDEN):
    """The table as lines of text, the first of them the names."""
    table = stars()
    rows = [sign.join(table.colnames)]
    for k, row in enumerate(table):
        cells = [str(cell) for cell in row]
        cells[4] = blank if hidden[k] else cells[4]
        rows.append(sign.join(cells))
    return rows


def text(path, rows, pack=None):
    data = ("\n".join(rows) + "\n").encode()
    path.write_bytes(pack(data) if pack else data)
    return path


def aligned(rows):
    """Cells parted by blanks, in columns."""
    cells = [row.split(",") for row in rows]
    return [" ".join(f"{cell:>10}" for cell in row) for row in cells]


def barred(rows, kinds=("char", "double", "double", "double", "double", "double", "char")):
    """IPAC's form: names and types between bars, cells below them."""
    cells = [row.split(",") for row in rows]
    bars = ["|" + "|".join(f"{cell:>10}" for cell in row) + "|" for row in (cells[0], kinds)]
    return [*bars, *(" " + " ".join(f"{cell:>10}" for cell in row) + " " for row in cells[1:])]


def masked():
    table = stars()
    table["gmr"] = MaskedColumn(table["gmr"], mask=HIDDEN)
    return table


def in_fits(path, change=lambda hdu: None, before=()):
    """The table in FITS, NaN where unknown, its header changed."""
    table = stars()
    table["gmr"][HIDDEN] = np.nan
    hdu = fits.table_to_hdu(table)
    change(hdu)
    fits.HDUList([fits.PrimaryHDU(), *before, hdu]).writeto(path, output_verify="ignore")
    return path


def card(name, value):
    return lambda hdu: hdu.header.set(name, value)


def scaled(path, code, zero, null):
    """Magnitudes as scaled whole numbers, with a null in the file's own numbers."""
    table, step = stars(), 0.001
    raw = np.round(np.asarray(table["gmr"]) / step).astype(int)
    raw[HIDDEN] = null
    kind = {"I": np.int16, "J": np.int32}[code]
    columns = fits.table_to_hdu(table).columns
    table.remove_column("gmr")
    columns = list(fits.table_to_hdu(table).columns)
    columns.append(fits.Column("gmr", code, array=raw.astype(kind), null=null))
    hdu = fits.BinTableHDU.from_columns(columns)
    hdu.header["TSCAL7"], hdu.header["TZERO7"] = step, zero * step
    hdu.writeto(path)
    data = bytearray(path.read_bytes())
    path.write_bytes(bytes(data))
    return path


def vectors(path, **how):
    """Arrays beside single values, as APOGEE's and Tractor's files have them."""
    table = masked()
    table["FPARAM"] = np.arange(7.0 * N, dtype=np.float32).reshape(N, 7)
    table["flags"] = np.arange(2 * N).reshape(N, 2)
    table.write(path, **how)
    return path


def tdim(path, value):
    """A TDIM that does not fit the cells of text, as CasJobs writes it."""

    def change(hdu):
        hdu.header.set("TDIM1", value)

    return in_fits(path, change)


def small_table(name="INFO"):
    return fits.table_to_hdu(
        Table({"key": ["a", "b"], "value": [1.0, 2.0]}, meta={"EXTNAME": name})
    )


VIZIER = ["#   VizieR Astronomical Server", "#Table\tJ_A_1:", ""]


def vizier(sign="\t", units=True):
    rows = lines(sign=sign)
    ruled = sign.join("-" * 6 for _ in range(7))
    unit = [sign.join(["", "deg", "deg", "mag", "mag", "mag", ""])] if units else []
    return [*VIZIER, rows[0], *unit, ruled, *rows[1:], ""]


def sextractor():
    names = lines()[0].split(",")
    head = [f"#  {k + 1:2} {name:12} a column  [mag]" for k, name in enumerate(names)]
    return [*head, *aligned(lines("nan"))[1:]]


# kind: {form: function that writes the file into a folder and returns its path}
WORDS = ("null", "NULL", "NA", "N/A", "None", "nan", "--", "-", "INDEF", "\\N", "...", "")
KINDS = {
    "words": {word: lambda d, w=word: text(d / "a.csv", lines(w)) for word in WORDS},
    "separated": {
        "comma": lambda d: text(d / "a.csv", lines()),
        "semicolon": lambda d: text(d / "a.csv", lines(sign=";")),
        "tab": lambda d: text(d / "a.tsv", lines(sign="\t")),
        "bar": lambda d: text(d / "a.txt", lines(sign="|")),
        "blank after comma": lambda d: text(d / "a.csv", lines(sign=", ")),
        "quoted": lambda d: text(
            d / "a.csv", ['"' + r.replace(",", '", "') + '"' for r in lines()]
        ),
        "Windows": lambda d: text(d / "a.csv", [r + "\r" for r in lines()]),
        "no end": lambda d: (d / "a.csv", (d / "a.csv").write_text("\n".join(lines())))[0],
    },
    "comments": {
        "CasJobs": lambda d: text(d / "a.csv", ["#Table1", *lines()]),
        "two lines": lambda d: text(d / "a.csv", ["# made by hand", "# SELECT *", *lines()]),
        "names in it": lambda d: text(d / "a.csv", ["# " + lines()[0], *lines()[1:]]),
    },
    "index": {
        "pandas": lambda d: text(
            d / "a.csv", [f"{k - 1 if k else ''},{r}" for k, r in enumerate(lines())]
        ),
        "from 1": lambda d: text(d / "a.csv", [f"{k or ''},{r}" for k, r in enumerate(lines())]),
        "trailing": lambda d: text(d / "a.csv", [r + "," for r in lines()]),
    },
    "blanks": {
        "EAZY": lambda d: text(
            d / "a.cat", ["# " + aligned(lines("-"))[0], *aligned(lines("-"))[1:]]
        ),
        "plain": lambda d: text(d / "a.dat", aligned(lines("nan"))),
        "SExtractor": lambda d: text(d / "a.cat", sextractor()),
        "comma in txt": lambda d: text(d / "a.txt", lines()),
    },
    "ipac": {
        "four lines": lambda d: text(
            d / "a.tbl",
            [
                *barred(lines("null"))[:2],
                *barred(["," * 6, ",,,,null,,"])[:1],
                *barred([",,,,null,,"])[:1],
                *barred(lines("null"))[2:],
            ],
        ),
        "two lines": lambda d: text(d / "a.tbl", barred(lines("null"))),
        "keywords": lambda d: text(
            d / "a.tbl", ["\\fixlen = T", "\\ a comment", *barred(lines(""))]
        ),
    },
    "vizier": {
        "tabs": lambda d: text(d / "asu.tsv", vizier()),
        "semicolons": lambda d: text(d / "asu.tsv", vizier(";")),
        "no units": lambda d: text(d / "asu.tsv", vizier(units=False)),
        "two tables": lambda d: text(
            d / "asu.tsv", [*VIZIER, "a\tb", "--\t--", "1\t2", "", *vizier()]
        ),
    },
    "packed": {
        "gzip": lambda d: text(d / "a.csv.gz", lines(), gzip.compress),
        "bzip2": lambda d: text(d / "a.csv.bz2", lines(), bz2.compress),
        "xz": lambda d: text(d / "a.cat.xz", aligned(lines("NA")), lzma.compress),
    },
    "tdim": {
        "1": lambda d: tdim(d / "a.fits", "(1)"),
        "3": lambda d: tdim(d / "a.fits", "(3)"),
        "nonsense": lambda d: tdim(d / "a.fits", "[6]"),
    },
    "tdisp": {
        form: lambda d, f=form: in_fits(d / "a.fits", card("TDISP5", f))
        for form in ("E15", "F", "I5.3x")
    },
    "tnull on floats": {
        str(value): lambda d, v=value: in_fits(d / "a.fits", card("TNULL5", v))
        for value in (-999, "NaN", 0.5)
    },
    "scaled": {
        "int16": lambda d: scaled(d / "a.fits", "I", 0, -32768),
        "int32": lambda d: scaled(d / "a.fits", "J", 0, -(2**31)),
        "int16, 32767": lambda d: scaled(d / "a.fits", "I", 0, 32767),
    },
    "extensions": {
        "INFO first": lambda d: in_fits(d / "a.fits", before=(small_table(),)),
        "image first": lambda d: in_fits(d / "a.fits", before=(fits.ImageHDU(np.ones((9, 9))),)),
        "both": lambda d: in_fits(
            d / "a.fits", before=(fits.ImageHDU(np.ones((9, 9))), small_table("X"))
        ),
    },
    "arrays": {
        "fits": lambda d: vectors(d / "a.fits"),
        "ecsv": lambda d: vectors(d / "a.ecsv"),
        "votable": lambda d: vectors(d / "a.vot", format="votable"),
        "parquet": lambda d: vectors(d / "a.parquet"),
    },
    "formats": {
        "votable": lambda d: (d / "a.xml", masked().write(d / "a.xml", format="votable"))[0],
        "binary": lambda d: (
            d / "a.vot",
            masked().write(d / "a.vot", format="votable", tabledata_format="binary2"),
        )[0],
        "ecsv": lambda d: (d / "a.ecsv", masked().write(d / "a.ecsv"))[0],
        "parquet": lambda d: (d / "a.parquet", masked().write(d / "a.parquet"))[0],
        "fits.gz": lambda d: (d / "a.fits.gz", masked().write(d / "a.fits.gz"))[0],
    },
}
FORMS = [(kind, form) for kind, forms in KINDS.items() for form in forms]


def drafted(path):
    toml = path.parent / "survey.toml"
    toml.write_text(draft_survey(path), encoding="utf-8")
    return toml


@pytest.mark.parametrize("kind, form", FORMS, ids=[f"{k}: {f or 'blank'}" for k, f in FORMS])
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_the_untouched_draft_passes_and_the_numbers_are_those_written(kind, form, tmp_path):
    toml = drafted(KINDS[kind][form](tmp_path))
    assert examine(toml).faults == []
    survey = survey_toml.load(toml)
    catalogue, written = survey.ingest(survey.toml_files), stars()
    assert catalogue.object_id.tolist() == written["ID"].tolist()
    assert catalogue.labels.tolist() == written["class"].tolist()
    elements = [name for name in catalogue.features if name.startswith("fparam_")]
    assert bool(elements) == (kind == "arrays")
    assert sorted(set(catalogue.features) - set(elements)) == ["gmr", "rmag", "umg"]
    known = np.where(HIDDEN, np.nan, written["gmr"])
    np.testing.assert_allclose(catalogue.features["gmr"], known, atol=1e-12)
    np.testing.assert_array_equal(catalogue.features["umg"], written["umg"])
    np.testing.assert_allclose(catalogue.dec_deg, written["DEC"])


def changed(path, change):
    """The plain table, changed, as CSV."""
    table = stars()
    change(table)
    table.write(path / "a.csv", format="ascii.csv")
    return path / "a.csv"


def test_colours_are_inputs_and_errors_of_a_column_are_not(tmp_path):
    def change(table):
        table["u_g"], table["f_f606w"], table["e_rmag"] = table["umg"], table["gmr"], table["gmr"]

    text = draft_survey(changed(tmp_path, change))
    assert 'column = "u_g"' in text and 'column = "f_f606w"' in text
    assert "e_rmag: an error or a flag of rmag" in text and 'column = "e_rmag"' not in text


def test_elements_of_short_arrays_are_inputs(tmp_path):
    rng = np.random.default_rng(3)
    table = stars()
    table["PSFMAG"] = rng.normal(18, 1, (N, 3)).astype("f4")
    table["spectrum"] = rng.normal(size=(N, 40))
    table.write(tmp_path / "a.fits")
    text = draft_survey(tmp_path / "a.fits")
    assert [f'column = "PSFMAG[{k}]"' in text for k in range(4)] == [True, True, True, False]
    assert "spectrum: an array of 40 a row: take elements, such as spectrum[0]" in text
    survey = survey_toml.load(drafted(tmp_path / "a.fits"))
    catalogue = survey.ingest(survey.toml_files)
    np.testing.assert_array_equal(catalogue.features["psfmag_2"], table["PSFMAG"][:, 2])


def test_the_only_text_of_few_words_is_the_label(tmp_path):
    path = changed(tmp_path, lambda table: table.rename_column("class", "what"))
    text = draft_survey(path)
    assert '[label]\ncolumn = "what"' in text and "the only text of a few words" in text
    assert examine(drafted(path)).faults == []

    def change(table):
        table.rename_column("class", "what")
        table["filter"] = np.where(np.arange(N) % 2, "HST", "JWST")

    (tmp_path / "two").mkdir()
    assert '# [label]\n# column = "what"' in draft_survey(changed(tmp_path / "two", change))


@pytest.mark.parametrize(
    "name, why",
    [
        ("plate", "bookkeeping of the survey"),
        ("t01_smooth_debiased", "a share or a number of votes: it knows the label"),
        ("glon", "a position"),
        ("photo_flag", "an error or a flag, by its name"),
    ],
)
def test_each_column_that_is_left_out_has_its_reason(name, why, tmp_path):
    def change(table):
        table[name] = np.arange(N) * 7 % 53 + 0.5

    assert f"#     {name}: {why}" in draft_survey(changed(tmp_path, change))


def test_cells_that_are_no_numbers_are_named(tmp_path):
    rows = lines()
    rows[5] = rows[5].replace(rows[5].split(",")[3], "bad?")
    text_ = draft_survey(text(tmp_path / "a.csv", rows))
    assert "umg: numbers, but for 1 cells such as 'bad?' in row 5" in text_
    toml = tmp_path / "survey.toml"
    toml.write_text(text_ + '\n[features.umg]\ncolumn = "umg"\n')
    (fault,) = examine(toml).faults
    assert "column 'umg' holds text, such as 'bad?' in row 5, where numbers are needed" in fault


def test_limits_are_blank_and_counted(tmp_path):
    rows = lines()
    cells = rows[5].split(",")
    rows[5] = ",".join([*cells[:3], ">13.6", *cells[4:]])
    toml = tmp_path / "survey.toml"
    toml.write_text(
        draft_survey(text(tmp_path / "a.csv", rows)) + '\n[features.umg]\ncolumn = "umg"\n'
    )
    found = examine(toml)
    assert found.faults == []
    assert "1 cells: limits in umg (such as >13.6), read as blank" in found.account


@pytest.mark.parametrize("value", [-9999.0, -99.0, 99.99])
def test_sentinels_are_proposed_and_named(value, tmp_path):
    def change(table):
        table["gmr"][HIDDEN] = value

    toml = drafted(changed(tmp_path, change))
    said = f"missing = [{value}]  # repeated and outside the rest\n"
    assert said in toml.read_text() and examine(toml).faults == []
    toml.write_text(toml.read_text().replace(said, ""))
    (fault,) = examine(toml).faults
    assert f"features.gmr: {value:g} in {HIDDEN.sum()} rows, outside all other values" in fault


@pytest.mark.parametrize("form", ["all columns", "places alone", "values alone"])
def test_objects_that_stand_on_both_sides_are_named(form, tmp_path):
    def change(table):
        table[75:] = table[:75]
        table["ID"] = np.arange(N)
        if form == "places alone":
            table["umg"] += np.arange(N) / 1000.0
        if form == "values alone":
            table.remove_columns(["RA", "DEC"])

    toml = drafted(changed(tmp_path, change))
    assert form == "values alone" or examine(toml).faults == []
    written = toml.read_text().replace("min_separation_arcsec = 1.0", "")
    toml.write_text(written)
    faults = examine(toml).faults
    assert any("objects of the test part stand in another part, too" in fault for fault in faults)


def test_rows_without_numbers_are_not_one_object(tmp_path):
    def change(table):
        for name in ("umg", "gmr", "rmag"):
            table[name] = MaskedColumn(table[name], mask=np.arange(N) < 20)

    assert examine(drafted(changed(tmp_path, change))).faults == []


def test_five_bands_make_a_colour_and_no_leak(tmp_path):
    rng = np.random.default_rng(1)
    kind = rng.choice(["STAR", "QSO"], 800)
    base = rng.normal(18, 1, 800)
    bands = {b: base - 0.4 * k + rng.normal(0, 0.05, 800) for k, b in enumerate("ugriz")}
    bands["z"] = bands["z"] + 0.3 * (kind == "QSO")
    Table({"ID": np.arange(800), **bands, "class": kind}).write(tmp_path / "a.csv")
    assert "[forbidden]" in draft_survey(tmp_path / "a.csv")
    assert examine(drafted(tmp_path / "a.csv")).faults == []


@pytest.mark.parametrize(
    "columns, expected",
    [
        (("plate", "mjd", "fiberid"), 'id = ["plate", "mjd", "fiberid"]'),
        (("BRICKID", "OBJID"), 'id = ["BRICKID", "OBJID"]'),
        ((), 'id = "row"'),
    ],
)
def test_objects_without_a_name_of_their_own(columns, expected, tmp_path):
    def change(table):
        table["objid"] = np.full(N, 1.24e18)
        if columns:
            table.remove_column("objid")
        for place, name in enumerate(columns):
            table[name] = np.arange(N) // 10 if place == 0 else np.arange(N) % 10
        table.remove_column("ID")

    path = changed(tmp_path, change)
    assert expected in draft_survey(path)
    toml = drafted(path)
    assert examine(toml).faults == []
    survey = survey_toml.load(toml)
    assert len(set(survey.ingest(survey.toml_files).object_id)) == N


def test_the_parts_of_a_skycoord_are_columns(tmp_path):
    table = masked()
    table["coord"] = SkyCoord(table["RA"], table["DEC"], unit="deg")
    table.remove_columns(["RA", "DEC"])
    table.write(tmp_path / "a.ecsv")
    assert 'ra = "coord.ra"' in draft_survey(tmp_path / "a.ecsv")
    assert examine(drafted(tmp_path / "a.ecsv")).faults == []


def test_one_cell_of_fifty_thousand_characters_costs_nothing(tmp_path):
    rows = lines()
    rows = [f"{row},{'note' if k == 0 else 'x' * (50_000 if k == 9 else 3)}"
            for k, row in enumerate(rows)]  # fmt: skip
    toml = drafted(text(tmp_path / "a.csv", rows))
    assert "#     note: long text" in toml.read_text() and examine(toml).faults == []
