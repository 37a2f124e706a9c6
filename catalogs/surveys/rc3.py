"""RC3: galaxies of the Third Reference Catalogue, with photoelectric photometry and de Vaucouleurs'
stage T.

One FITS table. Nine inputs are made here from magnitudes, colours and diameters as they were
measured. Only the extinction of our own Galaxy is taken out, which depends on the direction alone:
RC3's own corrected columns were corrected by amounts that depend on the type that is to be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.astronomy.joins import pgc_names
from catalogs.catalogue import Catalogue
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.formats.tables import read_table
from catalogs.schema import Column
from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


NAME = "rc3"
SCHEME = "hubble_5"
COMMIT = "3fd2e80eafb9cc092e203ba50a95557eb8543878"
FILE = RemoteFile(
    name="newrc3limited.fits",
    url=f"https://raw.githubusercontent.com/dstndstn/tractor/{COMMIT}/projects/sdss-atlas/newrc3limited.fits",
    sha256="09613361b69a96a2d55a121528bc8f007ec86ab310272010348832b9569ef91c",
    bytes=2822400,
)
NUMBERS = (
    "BT_MAG",
    "BV_COLOR_TOT",
    "UB_COLOR_TOT",
    "BV_COLOR_AE",
    "UB_COLOR_AE",
    "LOG_D25",
    "LOG_R25",
    "LOG_AE",
    "SURF_BRTNESS_AE",
    "A_BMAG_GALACTIC",
)
PLACE = ("PGC_NAME", "HUBBLE_STAGE", "RA", "DEC")
LAST_STAGE = 11.0  # 90 (I0) and 99 (peculiar) are marks, not stages
R_B = 4.14  # A_B / E(B-V): Cardelli, Clayton & Mathis 1989, ApJ 345, 245, with R_V = 3.1
REDDENING = 0.72  # E(U-B) / E(B-V)

COLUMNS = (
    Column(
        "b_mag", "mag", "total B magnitude B_T less galactic extinction", -5.0, 25.0, derived=True
    ),
    Column(
        "b_minus_v", "mag", "total colour B - V less galactic reddening", -2.0, 3.0, derived=True
    ),
    Column(
        "u_minus_b", "mag", "total colour U - B less galactic reddening", -3.0, 3.0, derived=True
    ),
    Column(
        "b_minus_v_gradient",
        "mag",
        "B - V within the effective aperture less the total one",
        -2.0,
        2.0,
        derived=True,
    ),
    Column(
        "u_minus_b_gradient",
        "mag",
        "U - B within the effective aperture less the total one",
        -2.0,
        2.0,
        derived=True,
    ),
    Column(
        "log_major_axis",
        "dex(0.1 arcmin)",
        "log10 of the diameter D25 at 25 B mag/arcsec2",
        0.0,
        5.0,
    ),
    Column("log_axial_ratio", "dex", "log10 of major over minor axis, R25", 0.0, 3.0),
    Column(
        "log_concentration",
        "dex",
        "log10 of D25 over the effective diameter A_e",
        -1.0,
        3.0,
        derived=True,
    ),
    Column(
        "mean_surface_brightness_effective",
        "mag / arcmin2",
        "mean B surface brightness m'_e within A_e less galactic extinction",
        5.0,
        25.0,
        derived=True,
    ),
)
# RC3 has the aperture colours of all but 41 of the 1,009 galaxies that have the rest: these take
# part, with NaN there.
NEEDS = tuple(column.name for column in COLUMNS if "gradient" not in column.name)
FOLDS = 5
SPLITS = {
    "stratified": Stratified(
        n_train=673,
        n_test=336,
        needs=NEEDS,
        description=(
            "two thirds to train, drawn at random in every class, among labelled galaxies with"
            " total magnitude and colours, diameters and effective surface brightness"
        ),
    ),
} | {
    f"fold_{fold + 1}": GroupFolds(
        fold=fold,
        n_folds=FOLDS,
        needs=NEEDS,
        description=(
            f"fold {fold + 1} of {FOLDS} is tested, the others train; galaxies as in 'stratified'"
        ),
    )
    for fold in range(FOLDS)
}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """All galaxies of the file, labelled or not, in the file's order."""
    (path,) = given_files(NAME, files, (FILE.name,))
    table = read_table(path, "fits", (*PLACE, *NUMBERS))
    raw: dict[str, np.ndarray] = {
        name: np.ma.filled(np.ma.asarray(table[name], dtype=float), np.nan)
        for name in (*PLACE[1:], *NUMBERS)
    }
    names, digest = pgc_names(table["PGC_NAME"]), sha256_of(path)
    scheme = schemes.load(SCHEME)
    stage = np.where(raw["HUBBLE_STAGE"] <= LAST_STAGE, raw["HUBBLE_STAGE"], np.nan)
    return Catalogue(
        survey=NAME,
        object_id=names,
        features=parameters(raw),
        columns=COLUMNS,
        labels=scheme.from_t(stage),
        stage=stage,
        scheme=scheme,
        group=names,
        ra_deg=raw["RA"],
        dec_deg=raw["DEC"],
        provenance={
            "files": {FILE.name: digest},
            "pinned": digest == FILE.sha256,
            "rows": len(table),
            "no_stage": int((~(raw["HUBBLE_STAGE"] <= LAST_STAGE)).sum()),
            "assumed": (
                f"A_B / E(B-V) = {R_B}, E(U-B) / E(B-V) = {REDDENING}; no correction that depends"
                " on the type"
            ),
        },
    )


def parameters(raw: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The nine inputs from the raw columns, (N,) each: (N, 9) float64; NaN where a number that it
    takes is missing.
    """
    import pandas as pd

    reddening = raw["A_BMAG_GALACTIC"] / R_B
    values = {
        "b_mag": raw["BT_MAG"] - raw["A_BMAG_GALACTIC"],
        "b_minus_v": raw["BV_COLOR_TOT"] - reddening,
        "u_minus_b": raw["UB_COLOR_TOT"] - REDDENING * reddening,
        "b_minus_v_gradient": raw["BV_COLOR_AE"] - raw["BV_COLOR_TOT"],
        "u_minus_b_gradient": raw["UB_COLOR_AE"] - raw["UB_COLOR_TOT"],
        "log_major_axis": raw["LOG_D25"],
        "log_axial_ratio": raw["LOG_R25"],
        "log_concentration": raw["LOG_D25"] - raw["LOG_AE"],
        "mean_surface_brightness_effective": raw["SURF_BRTNESS_AE"] - raw["A_BMAG_GALACTIC"],
    }
    return pd.DataFrame(values)


CORRECTED = "it was corrected by an amount that depends on the type: it leaks the label"
SURVEY = Survey(
    name=NAME,
    title="RC3 galaxies",
    citation=(
        "de Vaucouleurs, de Vaucouleurs, Corwin, Buta, Paturel & Fouque 1991, Third Reference"
        " Catalogue of Bright Galaxies, Springer; a FITS table of 3,053 of them,"
        f" https://github.com/dstndstn/tractor at {COMMIT[:12]}"
    ),
    licence="none stated; cite de Vaucouleurs et al. 1991",
    files=(FILE,),
    scheme=SCHEME,
    columns=COLUMNS,
    # Colour, concentration of the light and its surface brightness: Doi, Fukugita & Okamura 1993,
    # MNRAS 264, 832, and the automatic schemes of that time. None depends on the distance.
    automatic_features=("b_minus_v", "log_concentration", "mean_surface_brightness_effective"),
    splits=SPLITS,
    ingest=ingest,
    noun="galaxies",
    forbidden={
        "SURF_BRTNESS_D25": "it holds a term that depends on the type: it leaks the label",
        "BT_MAG_CORR": CORRECTED,
        "BV_COLOR_TOT_CORR": CORRECTED,
        "UB_COLOR_TOT_CORR": CORRECTED,
        "H_INDEX_CORR": CORRECTED,
        "A_BMAG_INTERNAL": "the inclination correction depends on the type: it leaks the label",
        "LUM_CLASS": (
            "luminosity classes are given to spirals and irregulars by eye: it leaks the label"
        ),
        "CLASS": "it names the type of the object",
        "MORPH_TYPE": "it is the label itself",
        "HUBBLE_STAGE": "it is the label itself",
    },
)
