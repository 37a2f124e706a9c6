"""ESO-LV from a made-up ReadMe and data file: no byte position of the real catalogue is claimed
here.
"""

import sys
from types import ModuleType

import numpy as np
import pytest
from astropy.table import Table

from catalogs import surveys
from catalogs.errors import CatalogueError
from catalogs.surveys import eso_lv, simulated_eso_lv

ESO_LV = surveys.load("eso_lv")
README = """Made up for a test
================================================================================
Byte-by-byte Description of file: eso_lv.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label   Explanations
--------------------------------------------------------------------------------
   1-  7 A7     ---     ESO-LV  Identifier
   9- 10 I2     h       RAh     Right ascension B1950 (hours)
  12- 13 I2     min     RAm     Right ascension B1950 (minutes)
  15- 16 I2     s       RAs     Right ascension B1950 (seconds)
      18 A1     ---     DE-     Declination B1950 (sign)
  19- 20 I2     deg     DEd     Declination B1950 (degrees)
  22- 23 I2     arcmin  DEm     Declination B1950 (minutes)
  25- 26 I2     arcsec  DEs     Declination B1950 (seconds)
  28- 31 F4.1   ---     T       ?=99.0 Type by eye
  33- 36 F4.1   ---     T_auto  ? Automatic type
  38- 42 F5.2   mag     Btot    ? Total B magnitude
  44- 48 F5.2   mag     Rtot    ? Total R magnitude
  50- 54 F5.1   arcsec  Dmaj    ? Major axis
  56- 60 F5.1   arcsec  Dmin    ? Minor axis
  62- 66 F5.1   arcsec  De      ? Effective diameter
--------------------------------------------------------------------------------
"""
DATA = """\
0010010 00 00 00 -89 30 00  3.0  5.0 14.50 13.50 100.0  50.0  20.0
0010020 12 30 00 -00 30 00 -5.0      13.00 11.80  80.0  80.0  16.0
0010030 23 59 59 +10 00 00 99.0 -5.0             60.0  30.0  10.0
"""


@pytest.fixture
def pair(tmp_path):
    """Write ReadMe and data file, after replacing text in them, and return their paths by name."""

    def write(readme=README, data=DATA):
        paths = {file.name: tmp_path / file.name for file in eso_lv.FILES}
        for path, text in zip(paths.values(), (readme, data), strict=True):
            path.write_text(text)
        return paths

    return write


def test_types_automatic_types_and_inputs(pair):
    catalogue = ESO_LV.ingest(pair())
    assert catalogue.object_id.tolist() == ["0010010", "0010020", "0010030"]
    assert catalogue.labels.tolist() == ["Sa+Sb", "E", ""] and catalogue.baseline.tolist() == [
        "Sc+Sd",
        "",
        "E",
    ]
    assert ESO_LV.baseline == "ESO AUTO" and catalogue.features["b_minus_r"].iloc[
        0
    ] == pytest.approx(1.0)
    assert catalogue.features["log_concentration"].to_numpy() == pytest.approx(
        np.log10([5.0, 5.0, 6.0])
    )
    brightness = 14.5 + 2.5 * np.log10(np.pi / 4 * 5000.0)
    assert catalogue.features["mean_surface_brightness"].iloc[0] == pytest.approx(
        brightness, abs=1e-6
    )
    assert catalogue.features["b_mag"].isna().tolist() == [False, False, True]


def test_positions_are_precessed_from_1950(pair):
    catalogue = ESO_LV.ingest(pair())
    # precession in right ascension is 46.1 arcsec a year on the equator: 0.640 degrees in fifty
    # years; the sign of -00 stays
    assert (
        catalogue.ra_deg[1] - 187.5 == pytest.approx(0.640, abs=0.003)
        and catalogue.dec_deg[1] < -0.5
    )
    table = eso_lv.ingest(pair(), eso_lv.mapping() | {"frame": "icrs"})
    assert table.dec_deg == pytest.approx([-89.5, -0.5, 10.0])


def test_without_an_automatic_column_there_is_no_baseline(pair):
    assert ESO_LV.ingest(pair(README.replace("T_auto", "Blank "))).baseline is None


def test_a_table_of_another_name_is_found_if_it_is_the_only_one(pair):
    assert len(ESO_LV.ingest(pair(README.replace("eso_lv.dat", "data   ")))) == 3


@pytest.mark.parametrize(
    ("readme", "data", "message"),
    [
        (
            README.replace("Dmaj", "D_maj"),
            DATA,
            "missing column 'Dmaj'; remedy: perhaps 'D_maj' for 'Dmaj'",
        ),
        (
            README,
            DATA.replace("14.50", "bad  "),
            r"column 'Btot' \(bytes 38-42\): no number: 'bad' at line 1",
        ),
        (README, DATA.replace("0010020", "0010010"), "identifiers given more than once: 0010010"),
        (README, DATA.replace("-89 30", "-99 30"), "position off the sky in line 1; remedy"),
        ("nothing\n", DATA, "no byte table for 'eso_lv.dat'"),
    ],
)
def test_faults_are_named(pair, readme, data, message):
    with pytest.raises(CatalogueError, match=message):
        ESO_LV.ingest(pair(readme, data))


def test_faults_of_a_mapping_are_named(pair, tmp_path):
    with pytest.raises(CatalogueError, match="frame 'b1950' is unknown; remedy: one of fk4"):
        eso_lv.ingest(pair(), eso_lv.mapping() | {"frame": "b1950"})
    (tmp_path / "own.toml").write_text("identifier = 'x'\n")
    with pytest.raises(
        CatalogueError,
        match=r"own.toml: unknown or missing keys \['frame', 'inputs', 'stage'\]; remedy",
    ):
        eso_lv.mapping(tmp_path / "own.toml")


def vizier(monkeypatch, tables):
    """Put a library in the place of astroquery that answers with these tables, or raises them."""

    class Vizier:
        def __init__(self, **options):
            assert options["row_limit"] == -1

        def get_catalogs(self, name):
            assert name == "VII/115"
            if isinstance(tables, Exception):
                raise tables
            return tables

    module = ModuleType("astroquery.vizier")
    module.Vizier = Vizier
    monkeypatch.setitem(sys.modules, "astroquery", ModuleType("astroquery"))
    monkeypatch.setitem(sys.modules, "astroquery.vizier", module)


def test_without_astroquery_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "astroquery.vizier", None)
    with pytest.raises(
        CatalogueError,
        match=r"needs astroquery; install the extra: pip install 'astronn-pipelines\[vizier\]'",
    ):
        eso_lv.download(tmp_path)


def test_no_answer_and_no_table_are_said_so(monkeypatch, tmp_path):
    vizier(monkeypatch, ConnectionError("no route"))
    with pytest.raises(
        CatalogueError, match=r"VizieR did not answer for VII/115 .*no route.*; remedy: try later"
    ):
        eso_lv.download(tmp_path)
    vizier(monkeypatch, [])
    with pytest.raises(CatalogueError, match="VizieR has no table of VII/115"):
        eso_lv.download(tmp_path)


def test_what_is_downloaded_can_be_read(monkeypatch, tmp_path):
    names = {
        "ESO-LV": ["1-1", "1-2"],
        "T": [3.0, -5.0],
        "Btot": [14.5, 13.25],
        "Rtot": [13.5, 12.0],
    }
    axes = {
        "Dmaj": [100.0, 80.5],
        "Dmin": [50.0, 80.0],
        "De": [20.0, 16.0],
        "ra": [10.5, 20.25],
        "dec": [-30.5, -60.25],
    }
    vizier(monkeypatch, [Table(names | axes)])
    paths = eso_lv.download(tmp_path / "new")
    catalogue = eso_lv.ingest(
        paths, eso_lv.mapping() | {"frame": "icrs", "ra_deg": "ra", "dec_deg": "dec"}
    )
    assert catalogue.object_id.tolist() == ["1-1", "1-2"] and catalogue.labels.tolist() == [
        "Sa+Sb",
        "E",
    ]
    assert catalogue.features["b_mag"].tolist() == [
        14.5,
        13.25,
    ] and catalogue.dec_deg == pytest.approx([-30.5, -60.25])


def test_the_simulated_pair_is_read_as_a_users_own_files(tmp_path):
    paths = simulated_eso_lv.write(tmp_path / "new", n=256)
    catalogue = ESO_LV.ingest(paths)
    theirs = Table.read(paths["eso_lv.dat"], format="ascii.cds", readme=str(paths["ReadMe"]))
    assert len(catalogue) == 256 and (catalogue.labels == "").sum() == 256 // 64
    assert catalogue.features["b_mag"].to_numpy() == pytest.approx(
        np.ma.filled(theirs["Btot"], np.nan), nan_ok=True
    )
    assert (catalogue.dec_deg < -17).all() and not catalogue.simulated


def test_the_simulated_survey_has_enough_galaxies_and_an_automatic_class():
    catalogue = simulated_eso_lv.SURVEY.ingest({})
    assert len(catalogue.labelled()) >= 1700 + 3517 and catalogue.simulated
    right = (catalogue.labels == catalogue.baseline)[catalogue.labels != ""]
    assert (
        0.45 < right.mean() < 0.65
    )  # the classes of ESO AUTO were right for .563 in 1992; this one is a straight line
