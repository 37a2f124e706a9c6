"""OGLE's tables, read by the byte tables of a README in its form; and the survey made of them."""

import io
import tarfile

import numpy as np
import pytest

from catalogs import surveys
from catalogs.errors import CatalogueError
from catalogs.lightcurves import ogle

RULE = "-" * 40
README = f"""The OGLE Collection

Format of the file ident.dat:
{RULE}
 Bytes  Format Units   Description
{RULE}
  1-  5  A5    ---     Star's ID
  7-  8  A2    ---     Mode(s) of pulsation
 10- 11  I2    h       Right ascension, equinox J2000.0 (hours)
 13- 14  I2    m       Right ascension, equinox J2000.0 (minutes)
 16- 20  F5.2  s       Right ascension, equinox J2000.0 (seconds)
     22  A1    ---     Declination, equinox J2000.0 (sign)
 23- 24  I2    deg     Declination, equinox J2000.0 (degrees)
 26- 27  I2    arcmin  Declination, equinox J2000.0 (arc minutes)
 29- 32  F4.1  arcsec  Declination, equinox J2000.0 (arc seconds)
 34- 45  A12   ---     OGLE-IV ID
 47-     A     ---     Other designation
{RULE}

Format of files cepF.dat, and cep1O.dat:
{RULE}
 Bytes  Format Units   Description
{RULE}
  1-  5  A5    ---     Star's ID
  7- 12  F6.3  mag     Intensity mean I-band magnitude
 14- 22  F9.7  days    Period
 24- 30  F7.5  days    Uncertainty of period
 32- 36  F5.3  ---     Fourier coefficient R_21
{RULE}
Bytes 1-3 of something else
"""
IDENT = """CEP01  F 04:30:57.72 -69:03:37.4 LMC546.19.30 HV1
CEP02 1O 05:00:00.00 +00:30:00.0
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "README.txt").write_text(README)
    (tmp_path / "ident.dat").write_text(IDENT)
    (tmp_path / "cepF.dat").write_text(
        "CEP01 15.691 3.1181490 0.00001 0.295\nCEP02      - 0.5000000 0.00001\n"
    )
    return tmp_path


def test_identification_by_the_byte_table(files):
    table = ogle.identification(files / "ident.dat", files / "README.txt")
    assert table["object_id"].tolist() == ["CEP01", "CEP02"] and table["type"].tolist() == [
        "F",
        "1O",
    ]
    assert table["ra_deg"].tolist() == pytest.approx([15 * (4 + 30 / 60 + 57.72 / 3600), 75.0])
    assert table["dec_deg"].tolist() == pytest.approx([-(69 + 3 / 60 + 37.4 / 3600), 0.5])
    assert table["field"].tolist() == ["LMC546", ""]


def test_parameters_under_our_names(files):
    table = ogle.parameters(files / "cepF.dat", files / "README.txt")
    assert table.columns.tolist() == ["object_id", "i_mag", "period_days", "r21"]
    assert (
        table["period_days"].tolist() == [3.118149, 0.5]
        and np.isnan(table.loc[1, ["i_mag", "r21"]].astype(float)).all()
    )


def test_every_faulty_cell_of_ident_is_named(files):
    (files / "ident.dat").write_text(
        IDENT + "CEP01  F 25:30:57.72 -69:03:37.4\nCEP04  F 04:30:57.72 -99:03:37.4\n"
    )
    message = (
        r"3 faults: .*right ascension: '25:30:57.72' at line 3 .*declination: .*at line 4.*'CEP01'"
        r" at line 1, 'CEP01'"
    )
    with pytest.raises(CatalogueError, match=message):
        ogle.identification(files / "ident.dat", files / "README.txt")


def test_missing_byte_table_and_empty_file(files):
    with pytest.raises(
        CatalogueError,
        match=r"no byte table of 'ecl.dat'; choose one of: cep1O.dat, cepF.dat, ident.dat",
    ):
        ogle.byte_table(files / "README.txt", "ecl.dat")
    (files / "ident.dat").write_text("\n")
    with pytest.raises(CatalogueError, match="no line with text; remedy: fetch it again"):
        ogle.identification(files / "ident.dat", files / "README.txt")


def test_survey_from_its_three_files(files):
    text = b" 2260.75000 15.000 0.010\n 2261.75000 15.100 0.010\n"
    with tarfile.open(files / "phot.tar.gz", "w:gz") as tar:
        for name in ("phot/I/CEP01.dat", "phot/V/CEP01.dat", "phot/I/CEP99.dat"):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    survey = surveys.load("ogle_lmc_cep")
    given = {name: files / name for name in ("README.txt", "ident.dat", "phot.tar.gz")}
    light_curves = survey.light_curves.store(given, files / "lc")
    assert light_curves.object_id.tolist() == [
        "CEP01",
        "CEP99",
    ] and light_curves.n_epochs.tolist() == [4, 2]
    assert light_curves.time_days[0] == 2452260.75 and light_curves.bands == ("I", "V")
    measured = survey.light_curves.describe(survey, survey.ingest(given), light_curves)
    assert measured.object_id.tolist() == ["CEP01"] and measured.labels.tolist() == ["F"]
    assert measured.features.loc[0, ["n_epochs", "v_minus_i"]].tolist() == [2.0, 0.0]
