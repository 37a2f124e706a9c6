"""OpenNGC: the galaxies of the New General Catalogue and the Index Catalogues, with photometry and
Hubble types.

One `;`-separated file. Rows of Type G are galaxies, each once (the second names of an object are
rows of Type Dup and left out; what appears twice under NGC and IC is one row). Hubble strings come
from HyperLeda. Thirteen inputs are derived here from magnitudes, axes and redshift alone; see
catalogs.astronomy.photometry for what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs import schemes
from catalogs.astronomy import coordinates, hubble
from catalogs.astronomy import photometry as ph
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, Faults
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.formats.reading.delimited import read_delimited
from catalogs.schema import Column, note_values, numbers
from catalogs.splits.kinds.holdout import Holdout
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


NAME = "openngc"
SCHEME = "hubble_5"
COMMIT = "17397545d4e64708e2f4867796d97d33a1fff40f"
FILE = RemoteFile(
    name="NGC.csv",
    url=f"https://raw.githubusercontent.com/mattiaverga/OpenNGC/{COMMIT}/database_files/NGC.csv",
    sha256="d3a7aa38796a33c9fbd4966b392e02fd59b6fd04175c2a69f152a8097df2d535",
    bytes=3876332,
)

TEXT = ("Name", "Type", "RA", "Dec", "Hubble", "Identifiers")
MAGNITUDE: dict[str, Any] = {"unit": "mag", "low": -5.0, "high": 30.0}
AXIS: dict[str, Any] = {"unit": "arcmin", "low": 0.001, "high": 1500.0}
NUMBERS = (
    Column("MajAx", description="full major axis", **AXIS),
    Column("MinAx", description="full minor axis", **AXIS),
    Column("B-Mag", description="apparent total B magnitude", **MAGNITUDE),
    Column("J-Mag", description="apparent total J magnitude", **MAGNITUDE),
    Column("H-Mag", description="apparent total H magnitude", **MAGNITUDE),
    Column("K-Mag", description="apparent total K magnitude", **MAGNITUDE),
    Column("Redshift", "", "heliocentric redshift", -0.01, 10.0),
)


def _derived(name: str, unit: str, description: str, low: float, high: float) -> Column:
    return Column(name, unit, description, low, high, derived=True)


COLUMNS = (
    _derived("b_minus_k", "mag", "colour B - K", -10.0, 20.0),
    _derived("j_minus_h", "mag", "colour J - H", -10.0, 10.0),
    _derived("h_minus_k", "mag", "colour H - K", -10.0, 10.0),
    Column("b_mag", "mag", "apparent total B magnitude", -5.0, 30.0),
    Column("k_mag", "mag", "apparent total K magnitude", -5.0, 30.0),
    _derived("log_major_axis", "dex(arcmin)", "log10 of the full major axis D", -3.0, 3.5),
    _derived("log_axial_ratio", "dex", "log10 of major over minor axis", 0.0, 3.0),
    _derived(
        "mean_surface_brightness_b",
        "mag / arcsec2",
        "B + 2.5 log10(pi/4 D d), uncorrected",
        5.0,
        40.0,
    ),
    _derived(
        "mean_surface_brightness_k",
        "mag / arcsec2",
        "K + 2.5 log10(pi/4 D d), uncorrected",
        5.0,
        40.0,
    ),
    _derived("log_redshift", "dex", "log10 of the heliocentric redshift", -7.0, 1.0),
    _derived(
        "absolute_mag_b", "mag", "B at 10 pc, d = cz/H0, H0 = 70 km/s/Mpc, uncorrected", -35.0, 10.0
    ),
    _derived(
        "absolute_mag_k", "mag", "K at 10 pc, d = cz/H0, H0 = 70 km/s/Mpc, uncorrected", -35.0, 10.0
    ),
    _derived(
        "log_diameter_kpc", "dex(kpc)", "log10 of D at d = cz/H0, H0 = 70 km/s/Mpc", -4.0, 5.0
    ),
)

ESO_REGION_DEC = -17.5  # degrees; the ESO/Uppsala survey plates reach this far north
# Only galaxies that know all 13 inputs take part (9,010 of the 10,063 with a type): no result then
# hangs on how gaps are filled. The catalogue itself keeps the others, and NaN where they lack
# something.
COMPLETE = tuple(column.name for column in COLUMNS)
# 1,700 and 3,517 are the numbers of Storrie-Lombardi et al. 1992.
SPLITS = {
    "stratified": Stratified(
        n_train=1700,
        n_test=3517,
        needs=COMPLETE,
        description=(
            "drawn at random in every class, among labelled galaxies with all 13 inputs known"
        ),
    ),
    "eso_region": Holdout(
        flag="eso_region",
        needs=COMPLETE,
        description=(
            "tested south of -17.5 degrees on galaxies with an ESO identifier, trained on all"
            " others; labelled, with all 13 inputs known"
        ),
    ),
}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """All galaxies of the file, labelled or not, in the file's order; every fault of the file in
    one CatalogueError.
    """
    import pandas as pd

    (path,) = given_files(NAME, files, (FILE.name,))
    rows, galaxies = _galaxies(path)
    raw, stage, ra_deg, dec_deg = _checked(path, galaxies)
    names, digest = galaxies["Name"].to_numpy(), sha256_of(path)
    scheme = schemes.load(SCHEME)
    eso = galaxies["Identifiers"].str.contains(r"(?:^|,)\s*ESO ").to_numpy(dtype=bool)
    return Catalogue(
        survey=NAME,
        object_id=names,
        features=parameters(raw),
        columns=COLUMNS,
        labels=scheme.from_t(stage),
        stage=stage,
        scheme=scheme,
        group=names,
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        flags=pd.DataFrame({"eso_region": eso & np.less(dec_deg, ESO_REGION_DEC)}),
        provenance={
            "files": {FILE.name: digest},
            "pinned": digest == FILE.sha256,
            "rows": rows,
            "galaxies": len(galaxies),
            "hubble_strings": int((galaxies["Hubble"] != "").sum()),
            "assumed": (
                "d = cz/H0, H0 = 70 km/s/Mpc; no correction for inclination, extinction or redshift"
            ),
        },
    )


def _galaxies(path: Path) -> tuple[int, pd.DataFrame]:
    """The number of rows of the file and its galaxies as text cells, indexed by line."""
    frame = read_delimited(path, TEXT + tuple(column.name for column in NUMBERS), delimiter=";")
    galaxies = frame[frame["Type"] == "G"]
    if len(galaxies) == 0:
        found = ", ".join(sorted(set(frame["Type"]))[:8])
        raise CatalogueError(
            f"{path}: column 'Type': no row is 'G' (a galaxy), found: {found}; remedy: mark"
            " galaxies G"
        )
    return len(frame), galaxies


def _checked(
    path: Path, galaxies: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Raw numbers, stages T, right ascensions and declinations (degrees) of the galaxies; all
    faults at once.
    """
    faults = Faults(str(path))
    names = galaxies["Name"]
    note_values(
        faults,
        galaxies,
        "Name",
        (names == "").to_numpy(),
        "empty",
        "name every galaxy",
        naming="Name",
    )
    doubled = (names.duplicated(keep=False) & (names != "")).to_numpy()
    note_values(
        faults,
        galaxies,
        "Name",
        doubled,
        "given more than once",
        "keep each galaxy once",
        naming="Name",
    )
    raw = numbers(galaxies, NUMBERS, faults, naming="Name")
    swapped = (raw["MinAx"] > raw["MajAx"]).to_numpy()
    note_values(
        faults, galaxies, "MinAx", swapped, "larger than MajAx", "exchange the axes", naming="Name"
    )
    ra_deg, bad_ra = coordinates.right_ascension(galaxies["RA"])
    note_values(
        faults,
        galaxies,
        "RA",
        bad_ra,
        "not HH:MM:SS.ss",
        "correct it, or leave it blank",
        naming="Name",
    )
    dec_deg, bad_dec = coordinates.declination(galaxies["Dec"])
    note_values(
        faults,
        galaxies,
        "Dec",
        bad_dec,
        "not +DD:MM:SS.s",
        "correct it, or leave it blank",
        naming="Name",
    )
    unknown = hubble.unknown_strings(galaxies["Hubble"])
    if unknown:
        faults.add(f"column 'Hubble': {hubble.describe_unknown(unknown)}", hubble.REMEDY)
    faults.raise_if_any()
    return raw, hubble.hubble_to_t(galaxies["Hubble"]), ra_deg, dec_deg


def parameters(raw: pd.DataFrame) -> pd.DataFrame:
    """The 13 inputs of galaxies from their raw numbers, (N, 13) float64; NaN where a number that it
    takes is missing.
    """
    import pandas as pd

    b, k, major, minor = raw["B-Mag"], raw["K-Mag"], raw["MajAx"], raw["MinAx"]
    distance = ph.hubble_distance_mpc(raw["Redshift"])
    values = {
        "b_minus_k": b - k,
        "j_minus_h": raw["J-Mag"] - raw["H-Mag"],
        "h_minus_k": raw["H-Mag"] - k,
        "b_mag": b,
        "k_mag": k,
        "log_major_axis": ph.log10_positive(major),
        "log_axial_ratio": ph.log10_positive(major / minor),
        "mean_surface_brightness_b": ph.mean_surface_brightness(b, major, minor),
        "mean_surface_brightness_k": ph.mean_surface_brightness(k, major, minor),
        "log_redshift": ph.log10_positive(raw["Redshift"]),
        "absolute_mag_b": ph.absolute_magnitude(b, distance),
        "absolute_mag_k": ph.absolute_magnitude(k, distance),
        "log_diameter_kpc": ph.log10_positive(ph.diameter_kpc(major, distance)),
    }
    return pd.DataFrame(values, index=raw.index)


SURVEY = Survey(
    name=NAME,
    title="OpenNGC galaxies",
    citation=(
        f"OpenNGC, M. Verga, https://github.com/mattiaverga/OpenNGC at {COMMIT[:12]}; types and"
        " axes from HyperLeda (Makarov+ 2014, A&A 570, A13), J, H, K from 2MASS (Skrutskie+ 2006,"
        " AJ 131, 1163) by way of NED and SIMBAD"
    ),
    licence="CC-BY-SA-4.0",
    files=(FILE,),
    scheme=SCHEME,
    columns=COLUMNS,
    # What an automatic scheme of 1992 could take from a galaxy's own image: colour (old stars or
    # young), how much light a square arcsecond gives, and flattening. None depends on the distance;
    # OpenNGC has no light concentration.
    automatic_features=("b_minus_k", "mean_surface_brightness_b", "log_axial_ratio"),
    splits=SPLITS,
    ingest=ingest,
    noun="galaxies",
    forbidden={
        "SurfBr": (
            "it was corrected for inclination by a type-dependent amount: it leaks the label "
            "(mean_surface_brightness_b is derived from B and the axes and does not)"
        ),
        "Hubble": "it is the label itself",
    },
)
