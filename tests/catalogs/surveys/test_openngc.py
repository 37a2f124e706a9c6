"""OpenNGC: what is read from a file in its form, what is refused, and the counts of the real
file.
"""

import numpy as np
import pytest

from catalogs import surveys
from catalogs.errors import CatalogueError

OPENNGC = surveys.load("openngc")


def read(path):
    return OPENNGC.ingest({"NGC.csv": path})


def test_galaxies_only_each_once_with_types_and_positions(ngc_file):
    catalogue = read(ngc_file())
    assert catalogue.object_id.tolist() == ["NGC0001", "NGC0002", "NGC0003", "NGC0005"]
    assert catalogue.labels.tolist() == ["Sa+Sb", "Sa+Sb", "S0", ""]
    np.testing.assert_allclose(catalogue.ra_deg[0], (7 / 60 + 15.84 / 3600) * 15, rtol=1e-14)
    assert catalogue.dec_deg[2] == pytest.approx(-(18 / 60 + 5.8 / 3600), rel=1e-14)
    assert catalogue.provenance["pinned"] is False and catalogue.provenance["rows"] == 6


def test_eso_region_needs_an_eso_identifier_and_the_south(ngc_file):
    assert read(ngc_file()).flags["eso_region"].tolist() == [False, True, False, True]
    assert read(ngc_file(("ESO 2-2", "ESO-LV 2-2"))).flags["eso_region"].tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert read(ngc_file(("-35:21:44.3", "-17:29:59.9"))).flags["eso_region"].tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_parameters_in_closed_form(ngc_file):
    first = read(ngc_file()).features.iloc[0]
    assert first["b_minus_k"] == pytest.approx(13.69 - 9.76) and first[
        "j_minus_h"
    ] == pytest.approx(10.78 - 10.02)
    assert first["log_axial_ratio"] == pytest.approx(np.log10(1.57 / 1.07))
    area = np.pi / 4 * 94.2 * 64.2  # axes in arcsec
    assert first["mean_surface_brightness_b"] == pytest.approx(13.69 + 2.5 * np.log10(area))
    assert first["mean_surface_brightness_k"] == pytest.approx(9.76 + 2.5 * np.log10(area))
    distance = 299792.458 * 0.015147 / 70  # Mpc
    assert first["absolute_mag_b"] == pytest.approx(13.69 - 25 - 5 * np.log10(distance))
    assert first["log_diameter_kpc"] == pytest.approx(
        np.log10(np.deg2rad(1.57 / 60) * distance * 1000)
    )


def test_what_is_missing_is_nan_and_nothing_else(ngc_file):
    features = read(ngc_file()).features.set_index(np.array(["1", "2", "3", "5"]))
    assert features.loc[["1", "2"]].notna().all(axis=None)
    without_b_and_h = {
        "b_minus_k",
        "j_minus_h",
        "h_minus_k",
        "b_mag",
        "mean_surface_brightness_b",
        "absolute_mag_b",
    }
    assert set(features.columns[features.loc["3"].isna()]) == without_b_and_h
    receding = {"log_redshift", "absolute_mag_b", "absolute_mag_k", "log_diameter_kpc"}
    assert set(features.columns[features.loc["5"].isna()]) == receding  # it approaches: z <= 0


@pytest.mark.parametrize(
    ("replacements", "message"),
    [
        (
            [(";Hubble;", ";T2;"), (";B-Mag;", ";Bmag;")],
            "missing column 'Hubble', 'B-Mag'; remedy: rename 'Bmag' to 'B-Mag'",
        ),
        (
            [("13.69", "bright")],
            r"column 'B-Mag': 1 value not a number: 'bright' at line 2 \(NGC0001\); remedy",
        ),
        (
            [("0.025240", "7566")],
            r"column 'Redshift': 1 value outside \[-0.01, 10\]: '7566' at line 3 \(NGC0002\)",
        ),
        ([("15.00", "99.99")], r"column 'B-Mag': 1 value outside \[-5, 30\] mag: '99.99'"),
        (
            [("0.95;0.50", "0.50;0.95")],
            r"column 'MinAx': 1 value larger than MajAx: '0.95' at line 4 \(NGC0003\); remedy",
        ),
        (
            [("00:07:17.11", "1.8213")],
            r"column 'RA': 1 value not HH:MM:SS.ss: '1.8213' at line 3 \(NGC0002\)",
        ),
        (
            [("-35:21:44.3", "-95:21:44.3")],
            r"column 'Dec': 1 value not .DD:MM:SS.s: '-95:21:44.3' at line 6 \(NGC0005\)",
        ),
        (
            [("NGC0003;G", "NGC0001;G")],
            "'Name': 2 values given more than once: 'NGC0001' at line 2, 'NGC0001' at line 4",
        ),
        (
            [("NGC0003;G", ";G")],
            "column 'Name': 1 value empty: '' at line 4; remedy: name every galaxy",
        ),
        (
            [(";SBab;", ";Sx;"), (";S0;", ";Sx;")],
            r"'Hubble': 1 Hubble string outside the mapping .*: 'Sx' \(2\); remedy",
        ),
        ([(";G;", ";Gx;")], r"column 'Type': no row is 'G' \(a galaxy\), found: \*, Dup, Gx"),
        ([(";ESO 3-3;\n", "")], r"line 7 has 12 \(the last line: the file is cut short\)"),
    ],
)
def test_broken_file_is_one_line_with_file_column_value_and_remedy(ngc_file, replacements, message):
    path = ngc_file(*replacements)
    with pytest.raises(CatalogueError, match=message) as caught:
        read(path)
    text = str(caught.value)
    assert str(path) in text and "remedy" in text and "\n" not in text


def test_all_faults_of_a_file_come_at_once(ngc_file):
    with pytest.raises(
        CatalogueError,
        match=r"4 faults: \(1\) .*'B-Mag'.*\(2\) .*'RA'.*\(3\) .*'Dec'.*\(4\) .*'Hubble'",
    ):
        read(ngc_file(("13.69", "x"), ("00:07:17.11", "x"), ("-35:21:44.3", "x"), (";S0;", ";x;")))


def test_fits_in_place_of_csv(tmp_path):
    from astropy.table import Table

    path = tmp_path / "NGC.csv"
    Table({"Name": ["NGC0001"]}).write(path, format="fits")
    with pytest.raises(
        CatalogueError,
        match=r"NGC.csv: this is a FITS file, text in columns .* a semicolon expected",
    ):
        read(path)


def test_a_file_without_labels_or_positions_is_read(ngc_file):
    rows = ("X1;G;;;;1.0;0.5;13;;;;;;",)
    catalogue = read(ngc_file(rows=rows))
    assert catalogue.labels.tolist() == [""] and np.isnan(catalogue.dec_deg).all()
    with pytest.raises(
        CatalogueError,
        match=r"needs .* 5217 labelled objects, found 0; remedy: ask for smaller parts",
    ):
        OPENNGC.split(catalogue, "stratified", 1)


@pytest.fixture(scope="module")
def real(mirror):
    path = mirror / "openngc" / "NGC.csv"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    return read(path)


def test_counts_of_the_real_file(real):
    """10,481 galaxies and 10,137 Hubble strings, 74 of them undecided; the classes by our limits on
    T.
    """
    assert (
        len(real) == 10481
        and real.provenance["hubble_strings"] == 10137
        and real.provenance["pinned"]
    )
    assert real.class_counts() == {"E": 2158, "S0": 2066, "Sa+Sb": 3732, "Sc+Sd": 1791, "Irr": 316}
    assert real.features.notna().all(axis=1)[real.labels != ""].sum() == 9010


def test_parts_of_the_eso_region(real):
    split = OPENNGC.split(real, "eso_region", 0)
    assert (split.count("train"), split.count("test")) == (7063, 1947)
    assert (real.select(split.ids("test")).dec_deg < -17.5).all()


def test_real_values_of_a_known_galaxy(real):
    """M 31 (NGC 224) approaches us: no distance; 178 arcmin long."""
    andromeda = real.select(["NGC0224"])
    assert andromeda.labels.tolist() == ["Sa+Sb"] and np.isnan(
        andromeda.features["absolute_mag_b"][0]
    )
    assert 10 ** andromeda.features["log_major_axis"][0] == pytest.approx(178, rel=0.05)
    assert andromeda.ra_deg[0] == pytest.approx(10.685, abs=0.01) and andromeda.dec_deg[
        0
    ] == pytest.approx(41.269, abs=0.01)


@pytest.mark.parametrize("lost", [1, 60, 150, 1_000_000])
def test_the_real_file_cut_short_is_refused(mirror, tmp_path, lost, real):
    path = tmp_path / "NGC.csv"
    path.write_bytes((mirror / "openngc" / "NGC.csv").read_bytes()[:-lost])
    with pytest.raises(CatalogueError, match=r"NGC\.csv: .*cut short.*remedy"):
        read(path)
