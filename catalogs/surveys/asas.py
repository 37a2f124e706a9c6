"""ASAS: V-band light curves of the All Sky Automated Survey's variable stars, in nine classes.

Two Parquet files (objects; epochs, one row each) with the values of the XML files that
longjp/lightcurves gathered from the ASAS Catalogue of Variable Stars: 13,909 stars, 6.3 million
epochs. The classes were given by the catalogue's own automatic scheme and not by eye: what is
learnt from them is that scheme. Seven beta Cephei stars are too few for a test and carry no label
here; the survey `asas_all` has them as a tenth class. A star's light curve stands on one side of a
split, whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.formats.tables import read_table
from catalogs.lightcurves import features
from catalogs.lightcurves.building import build
from catalogs.lightcurves.plan import LightCurvePlan, Progress
from catalogs.lightcurves.sources.tables import EpochColumns, tables
from catalogs.lightcurves.timescales import TimeScale
from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    from catalogs.lightcurves.container import LightCurves

NAME = "asas"
COMMIT = "182a35bcef42da9a5828975651f5125c9d645113"
REPOSITORY = "https://github.com/longjp/lightcurves"
WHY = (
    f"it holds the values of the XML files of {REPOSITORY} (data/ASAS at commit {COMMIT}) as one"
    " table, so this survey needs a mirror"
)
OBJECTS = RemoteFile(
    name="objects.parquet",
    url="",
    sha256="be53fc8e3722de209f88cfd9655a62fafa494323047292062bdcb1298fd44dec",
    bytes=308450,
    unpublished=WHY,
    survey=NAME,
)
EPOCHS = RemoteFile(
    name="lightcurves.parquet",
    url="",
    sha256="00e9c221d0827e8c03b7c1329e879ee7defffe187e8b3f6d099491f8bd6ff26d",
    bytes=38838911,
    unpublished=WHY,
    survey=NAME,
)
FILES = (OBJECTS, EPOCHS)
BANDS = ("V",)
# The shortest periods of the catalogue, delta Scuti stars, are about 0.065 days.
MEASURED = features.Measurement(highest_frequency=16.0)
CLASSES = {
    "aii": "alpha2 CVn",
    "bc": "",
    "d": "detached",
    "ds": "delta Scuti",
    "eclipsing": "close binary",
    "k": "contact",
    "mira": "Mira",
    "rr-ab": "RR Lyrae ab",
    "rr-c": "RR Lyrae c",
    "sd": "semidetached",
}
N_TRAIN, N_TEST = 9268, 4634  # two and one third of the 13,902 stars of nine classes


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The stars with their classes, no inputs yet."""
    return catalogue(NAME, NAME, CLASSES, files)


def catalogue(
    survey: str, scheme_name: str, classes: Mapping[str, str], files: Mapping[str, Path]
) -> Catalogue:
    """The stars as a catalogue of `survey`; `classes` turns a code of the table into the class's
    name, '' for none.

    Raises
    ------
    CatalogueError
        If the file holds a code that is not in `classes`.
    """
    import pandas as pd

    path, _ = given_files(survey, files, tuple(file.name for file in FILES))
    table = read_table(path, columns=("object_id", "ra", "dec", "class_code"))
    unknown = sorted(set(table["class_code"].tolist()) - set(classes))
    if unknown:
        raise CatalogueError(
            f"{path}: unknown class_code {unknown[0]!r}; remedy: use {', '.join(classes)}"
        )
    ids, digest = np.asarray(table["object_id"], dtype=str), sha256_of(path)
    return Catalogue(
        survey=survey,
        object_id=ids,
        features=pd.DataFrame(index=range(len(ids))),
        columns=(),
        labels=np.array([classes[code] for code in table["class_code"].tolist()], dtype=str),
        scheme=schemes.load(scheme_name),
        group=ids,
        ra_deg=np.asarray(table["ra"], dtype=float),
        dec_deg=np.asarray(table["dec"], dtype=float),
        provenance={
            "files": {OBJECTS.name: digest},
            "pinned": digest == OBJECTS.sha256,
            "rows": len(ids),
        },
    )


def build_light_curves(
    files: Mapping[str, Path], folder: Path, *, progress: Progress | None = None
) -> LightCurves:
    """The light curves of all stars; times are heliocentric Julian Dates."""
    _, path = given_files(NAME, files, tuple(file.name for file in FILES))
    columns = EpochColumns(object_id="object_id", time="time", magnitude="mag", error="err")
    return build(
        tables([path], columns, BANDS),
        folder,
        bands=BANDS,
        time_scale=TimeScale("HJD"),
        about={"survey": NAME, "files": {EPOCHS.name: sha256_of(path)}},
        progress=progress,
    )


# Three folds that test every star once.
FOLDS = {
    f"fold_{fold + 1}": GroupFolds(
        n_folds=3,
        fold=fold,
        description=(
            f"stars in three folds of like class mix: fold {fold + 1} to test, the others to train"
        ),
    )
    for fold in range(3)
}
SPLITS = {
    "stratified": Stratified(
        n_train=N_TRAIN,
        n_test=N_TEST,
        description=f"{N_TRAIN:,} stars to train and {N_TEST:,} to test, stratified by class",
    ),
    **FOLDS,
}

SURVEY = Survey(
    name=NAME,
    title="ASAS variable stars",
    citation="Pojmanski 2002, Acta Astron. 52, 397; longjp/lightcurves (J. Long)",
    licence="public ASAS data; the repository states no licence",
    files=FILES,
    scheme=NAME,
    noun="stars",
    columns=MEASURED.columns(),
    automatic_features=features.AUTOMATIC,
    splits=SPLITS,
    ingest=ingest,
    light_curves=LightCurvePlan(build=build_light_curves, bands=BANDS, measure=MEASURED),
    classifier="gru_folded",
)
