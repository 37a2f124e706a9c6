"""EFIGI pictures: galaxies as FITS images in g, r and i with a WCS, and their visual stage T
(Baillard et al. 2011).

The mirror holds 15 of the 4,458 galaxies: enough to prove the reader, not a sample. EFIGI's own
archives, one a band, are read in the same way when they are packed into one tar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, listed
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.images.build import build
from catalogs.images.fits import fits_decoder
from catalogs.images.morphology import automatic_features, columns, measure
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.scaling import LuptonScaling
from catalogs.images.sources import grouped, tar_files
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import pandas as pd

    from catalogs.images.stack import ImageStack

NAME = "efigi_images"
SCHEME = "early_late"
COMMIT = "fc377ecb7df9bddef3b8a8732ca3eb50fdbff7c6"
ADDRESS = (
    f"https://raw.githubusercontent.com/saiT1108/GalaxyClassifier/{COMMIT}/data/efigi-1.6/docs"
)
FILES = (
    RemoteFile(
        name="efigi15_gri_fits_png.tar.gz",
        url="",
        sha256="d9aca40bfea178e635992fcf54712646f785e5bac0c09af3a4785a5ae2e711b7",
        bytes=13029479,
        unpublished=(
            "it packs the FITS files of 15 galaxies, so this survey needs a mirror; a tar of"
            " EFIGI's own <name>_g.fits, <name>_r.fits, <name>_i.fits will do as a file of your own"
        ),
        survey="efigi",
    ),
    RemoteFile(
        name="EFIGI_attributes.txt",
        url=f"{ADDRESS}/EFIGI_attributes.txt",
        sha256="287e4613435a8160d789d57a3055d7771b980fad5e60af9b172cc05f0f84ca1f",
        bytes=1387230,
        survey="efigi",
    ),
    RemoteFile(
        name="EFIGI_coord_redshift.txt",
        url=f"{ADDRESS}/EFIGI_coord_redshift.txt",
        sha256="fae7b5aababc2334f1972f1ec2d036d6701eb403bbec6a2632f35e05e287fc03",
        bytes=851667,
        survey="efigi",
    ),
)
BANDS = ("i", "r", "g")  # as red, green, blue
# Levels in deviations of the picture's sky: the fields have different sky levels and noise. Chosen
# by eye on these pictures so that outer arms and nuclei both show; the weights make g and r as
# bright as i for a middle-aged galaxy.
SCALING = LuptonScaling(minimum=-1.0, stretch=20.0, q=8.0, unit="sky", weights=(1.0, 1.2, 2.0))
COLUMNS = columns(BANDS)


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The galaxies that have pictures in the archive, with stage T, position and no inputs yet."""
    import pandas as pd

    archive, attributes, places = given_files(NAME, files, tuple(file.name for file in FILES))
    names = pictured(archive)
    stage = read_columns(attributes, "PGCname", ("T",)).reindex(names)["T"].to_numpy()
    place = read_columns(places, "PGC_name", ("RA", "DEC")).reindex(names)
    scheme = schemes.load(SCHEME)
    return Catalogue(
        survey=NAME,
        object_id=np.array(names, dtype=str),
        features=pd.DataFrame(index=range(len(names))),
        columns=(),
        labels=scheme.from_t(stage),
        scheme=scheme,
        group=np.array(names, dtype=str),
        ra_deg=place["RA"].to_numpy(),
        dec_deg=place["DEC"].to_numpy(),
        provenance={"files": {file.name: sha256_of(files[file.name]) for file in FILES}},
    )


def pictured(archive: Path) -> list[str]:
    """The names of the galaxies that have a FITS file in the archive, in alphabetical order."""
    return sorted({galaxy_and_band(name)[0] for name, _ in tar_files(archive, (".fits",))(0)})


def galaxy_and_band(name: str) -> tuple[str, str]:
    """'PGC0000212_g' as ('PGC0000212', 'g').

    Raises
    ------
    CatalogueError
        If the name is not so built.
    """
    galaxy, _, band = name.rpartition("_")
    if not galaxy:
        raise CatalogueError(
            f"FITS file {name!r} is not named <galaxy>_<band>; remedy: name it like"
            " PGC0000212_g.fits"
        )
    return galaxy, band


def read_columns(path: Path, key: str, names: tuple[str, ...]) -> pd.DataFrame:
    """Columns of numbers from one of EFIGI's tables, blanks between the cells, by the galaxy's name
    in column `key`.

    Raises
    ------
    CatalogueError
        If the file is no table with these columns.
    """
    import pandas as pd

    try:
        table = pd.read_csv(
            path, sep=r"\s+", usecols=[key, *names], dtype={key: str, **dict.fromkeys(names, float)}
        )
    except ValueError as error:
        raise CatalogueError(
            f"{path}: not a table with the columns {listed((key, *names))} ({error}); remedy: fetch"
            " it again"
        ) from error
    return table.set_index(key)


def build_stack(
    files: Mapping[str, Path],
    folder: Path,
    *,
    size: int,
    crop: float,
    progress: Progress | None = None,
) -> ImageStack:
    """The galaxies in i, r, g on the grid of i, scaled after Lupton et al. 2004."""
    archive, *_ = given_files(NAME, files, tuple(file.name for file in FILES))
    return build(
        grouped(tar_files(archive, (".fits",)), galaxy_and_band),
        fits_decoder(BANDS, size, crop, SCALING),
        folder,
        bands=BANDS,
        shape=(size, size),
        about={
            "survey": NAME,
            "files": {archive.name: sha256_of(archive)},
            "size": size,
            "crop": crop,
        },
        scaling=SCALING.describe(),
        progress=progress,
    )


SURVEY = Survey(
    name=NAME,
    title="EFIGI pictures",
    citation="Baillard et al. 2011, A&A 532, A74",
    licence="free with a reference to Baillard et al. 2011, A&A 532, A74",
    files=FILES,
    scheme=SCHEME,
    noun="galaxies",
    columns=COLUMNS,
    automatic_features=automatic_features(BANDS),
    splits={
        "stratified": Stratified(
            n_train=10,
            n_test=5,
            description="10 to train and 5 to test: no result, a run-through",
        )
    },
    ingest=ingest,
    images=ImagePlan(build=build_stack, bands=BANDS, measure=measure),
    classifier="convolutional",
)
