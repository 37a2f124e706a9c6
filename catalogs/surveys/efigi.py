"""EFIGI: 4,458 galaxies with 16 attributes and the stage T, all estimated by eye on pictures
(Baillard et al. 2011).

Two text tables with blanks between the cells. The inputs are what astronomers saw, not what a
machine measured: see the survey efigi_openngc for the same galaxies with machine parameters. An
attribute that is undetermined is -1 in the file and NaN here: -1 is no value of its scale, which
runs from 0 to 1 by quarters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.astronomy.joins import common_labels, pgc_names
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.schema import Column
from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files
from catalogs.surveys import efigi_images

if TYPE_CHECKING:
    import numpy as np


NAME = "efigi"
SCHEME = "hubble_5"
COMMIT = "fc377ecb7df9bddef3b8a8732ca3eb50fdbff7c6"
ADDRESS = (
    f"https://raw.githubusercontent.com/saiT1108/GalaxyClassifier/{COMMIT}/data/efigi-1.6/docs"
)
ATTRIBUTES = RemoteFile(
    name="EFIGI_attributes.txt",
    url=f"{ADDRESS}/EFIGI_attributes.txt",
    sha256="287e4613435a8160d789d57a3055d7771b980fad5e60af9b172cc05f0f84ca1f",
    bytes=1387230,
)
PLACES = RemoteFile(
    name="EFIGI_coord_redshift.txt",
    url=f"{ADDRESS}/EFIGI_coord_redshift.txt",
    sha256="fae7b5aababc2334f1972f1ec2d036d6701eb403bbec6a2632f35e05e287fc03",
    bytes=851667,
)
FILES = (ATTRIBUTES, PLACES)
UNDETERMINED = -1.0
SEEN = {
    "Bulge_to_Total": "share of the bulge in the light",
    "Arm_Strength": "strength of the spiral arms",
    "Arm_Curvature": "curvature of the spiral arms, 1 tightly wound",
    "Arm_Rotation": "sense of winding of the spiral arms",
    "Bar_Length": "length of the bar",
    "Inner_Ring": "strength of an inner ring",
    "Outer_Ring": "strength of an outer ring",
    "Pseudo_Ring": "strength of an outer pseudo-ring",
    "Perturbation": "distortion of the profile",
    "Visible_Dust": "strength of dust features",
    "Dust_Dispersion": "patchiness of the dust",
    "Flocculence": "strength of scattered HII regions",
    "Hot_Spots": "strength of bright star-forming spots",
    "Inclination": "inclination of the disc, or elongation",
    "Contamination": "light of stars and other objects in the way",
    "Multiplicity": "abundance of neighbours",
}
COLUMNS = tuple(
    Column(name.lower(), "", f"{text}, by eye", 0.0, 1.0) for name, text in SEEN.items()
)
LAST = "Multiplicity_sup"  # the last cell of a line: a line cut short lacks it
FOLDS = 5
SPLITS = {
    "stratified": Stratified(
        n_train=2926,
        n_test=1463,
        description="two thirds to train, drawn at random in every class",
    ),
} | {
    f"fold_{fold + 1}": GroupFolds(
        fold=fold,
        n_folds=FOLDS,
        description=f"fold {fold + 1} of {FOLDS} is tested, the others train",
    )
    for fold in range(FOLDS)
}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """All galaxies, in the file's order; those of T 11 (dwarf spheroidals) are in no class of the
    scheme.
    """
    attributes, places = given_files(NAME, files, tuple(file.name for file in FILES))
    seen = read_columns(attributes, "PGCname", ("T", *SEEN, LAST))
    place = read_columns(places, "PGC_name", ("RA", "DEC")).reindex(seen.index)
    names, scheme = pgc_names(seen.index), schemes.load(SCHEME)
    features = seen[list(SEEN)].replace(UNDETERMINED, np.nan)
    digests = {file.name: sha256_of(files[file.name]) for file in FILES}
    return Catalogue(
        survey=NAME,
        object_id=names,
        features=features.rename(columns=str.lower),
        columns=COLUMNS,
        labels=scheme.from_t(seen["T"].to_numpy()),
        stage=seen["T"].to_numpy(),
        scheme=scheme,
        group=names,
        ra_deg=place["RA"].to_numpy(),
        dec_deg=place["DEC"].to_numpy(),
        provenance={
            "files": digests,
            "pinned": all(digests[file.name] == file.sha256 for file in FILES),
            "rows": len(seen),
            "undetermined": int(features.isna().to_numpy().sum()),
        },
    )


def read_columns(path: Path, key: str, names: tuple[str, ...]):
    """Columns of numbers of one of EFIGI's tables by the galaxy's name; a missing cell, which these
    tables do not have, is an error: the file is cut short.

    Raises
    ------
    CatalogueError
        If a line is cut short.
    """
    table = efigi_images.read_columns(path, key, names)
    empty = table.isna().any(axis=1)
    if empty.any():
        raise CatalogueError(
            f"{path}: line of {table.index[empty][0]!r} is cut short; remedy: fetch it again"
        )
    return table


def human_agreement(efigi: Catalogue, rc3: Catalogue) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How one human catalogue classes the galaxies of another: PGC names, RC3's classes (the
    reference) and EFIGI's (in the place of a classifier), (n,) text each, of the galaxies that both
    class. EFIGI chose its galaxies from RC3 and its authors knew that catalogue; what they saw was
    other pictures.
    """
    return common_labels(rc3, efigi)


SURVEY = Survey(
    name=NAME,
    title="EFIGI visual attributes",
    citation="Baillard et al. 2011, A&A 532, A74",
    licence="free with a reference to Baillard et al. 2011, A&A 532, A74",
    files=FILES,
    scheme=SCHEME,
    columns=COLUMNS,
    # Three that stand for what Hubble's sequence is made of: the bulge, young stars, dust. No
    # machine measured them.
    automatic_features=("bulge_to_total", "flocculence", "visible_dust"),
    splits=SPLITS,
    ingest=ingest,
    noun="galaxies",
    forbidden={
        "T": "it is the label itself",
        "T_inf": "it is a limit of the label",
        "T_sup": "it is a limit of the label",
        "T_PGC": "it is another catalogue's type of the same galaxy",
    },
)
