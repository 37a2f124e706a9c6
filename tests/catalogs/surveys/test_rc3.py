"""RC3: the nine inputs in closed form, what leaks is refused, and the counts of the real file."""

import numpy as np
import pytest
from astropy.table import Table

from catalogs import surveys
from catalogs.errors import CatalogueError
from catalogs.surveys import rc3

RC3 = surveys.load("rc3")


@pytest.fixture
def written(tmp_path):
    """Write a FITS table with the columns of RC3 and return its path by name."""

    def write(**changed):
        values = {name: [1.0, 2.0, np.nan] for name in rc3.NUMBERS} | {
            "PGC_NAME": ["PGC 212", "PGC 70680", "PGC     5"],
            "HUBBLE_STAGE": [3.0, 99.0, np.nan],
            "RA": [0.0, 10.0, 20.0],
            "DEC": [-1.0, 0.0, 1.0],
            "BT_MAG": [12.0, 13.0, np.nan],
            "SURF_BRTNESS_AE": [13.0, 13.5, 14.0],
            "A_BMAG_GALACTIC": [0.414, 0.0, 0.0],
        }
        path = tmp_path / rc3.FILE.name
        Table(
            {name: column for name, column in (values | changed).items() if column is not None}
        ).write(path, overwrite=True)
        return {rc3.FILE.name: path}

    return write


def test_types_names_and_marks_that_are_no_types(written):
    catalogue = RC3.ingest(written())
    assert catalogue.object_id.tolist() == ["PGC0000212", "PGC0070680", "PGC0000005"]
    assert catalogue.labels.tolist() == ["Sa+Sb", "", ""] and catalogue.provenance["no_stage"] == 2


def test_only_galactic_extinction_is_taken_out(written):
    changed = {
        "BV_COLOR_TOT": [0.9] * 3,
        "UB_COLOR_TOT": [0.5] * 3,
        "BV_COLOR_AE": [1.0] * 3,
        "LOG_D25": [1.5] * 3,
    }
    first = RC3.ingest(written(**changed)).features.iloc[0]
    assert first["b_mag"] == pytest.approx(12.0 - 0.414)
    assert first["b_minus_v"] == pytest.approx(0.9 - 0.1) and first["u_minus_b"] == pytest.approx(
        0.5 - 0.072
    )
    assert first["b_minus_v_gradient"] == pytest.approx(0.1)  # the same reddening at both apertures
    assert first["log_concentration"] == pytest.approx(0.5)
    assert first["mean_surface_brightness_effective"] == pytest.approx(13.0 - 0.414)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"BT_MAG": None}, "missing column 'BT_MAG'; remedy"),
        ({"PGC_NAME": ["NGC 1", "PGC 2", "PGC 3"]}, "no PGC number: 'NGC 1'; remedy"),
        ({"PGC_NAME": ["PGC 2", "PGC 2", "PGC 3"]}, "identifiers given more than once: PGC0000002"),
        ({"BT_MAG": [99.9, 12, 12]}, r"column 'b_mag': 1 values outside \[-5, 25\] mag"),
    ],
)
def test_faults_of_the_file(written, changed, message):
    with pytest.raises(CatalogueError, match=message):
        RC3.ingest(written(**changed))


@pytest.mark.parametrize(
    "name",
    ["SURF_BRTNESS_D25", "bt_mag_corr", "A_BMAG_INTERNAL", "CLASS", "LUM_CLASS", "H_INDEX_CORR"],
)
def test_leaking_columns_are_refused_with_the_reason(name):
    with pytest.raises(CatalogueError, match=f"input '{name}' refused because .*; remedy: leave"):
        RC3.inputs([name])


def test_real_file(mirror):
    catalogue = RC3.ingest({rc3.FILE.name: mirror / "rc3" / rc3.FILE.name})
    assert len(catalogue) == 3053 and catalogue.provenance["pinned"]
    assert catalogue.class_counts() == {
        "E": 312,
        "S0": 347,
        "Sa+Sb": 968,
        "Sc+Sd": 1013,
        "Irr": 316,
    }
    complete = catalogue.features[list(rc3.NEEDS)].notna().all(axis=1) & (catalogue.labels != "")
    assert complete.sum() == 1009 and len(catalogue.columns) == 9
    tested = np.concatenate([RC3.split(catalogue, f"fold_{i}", 0).ids("test") for i in range(1, 6)])
    assert sorted(tested) == sorted(catalogue.object_id[complete])


def test_no_correction_of_the_effective_surface_brightness_depends_on_the_type(mirror):
    """m'_e = B_T + 0.75 + 5 log A_e - 5.26: half of the light, spread over a circle in arcmin, A_e
    in 0.1 arcmin.
    """
    from catalogs.formats.tables import read_table

    table = read_table(mirror / "rc3" / rc3.FILE.name)
    excess = np.asarray(
        table["SURF_BRTNESS_AE"] - table["BT_MAG"] - 5 * table["LOG_AE"], dtype=float
    )
    stage = np.asarray(table["HUBBLE_STAGE"], dtype=float)
    medians = [
        np.nanmedian(excess[(stage >= low) & (stage < high)])
        for low, high in RC3.class_scheme().limits
    ]
    assert medians == pytest.approx([0.75 - 5.26] * 5, abs=0.02)
