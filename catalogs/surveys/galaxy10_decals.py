"""Galaxy10 DECaLS: 17,736 colour pictures of 256 x 256 pixels in ten classes (Leung & Bovy; Galaxy
Zoo; Legacy Surveys).

One HDF5 file with data sets images (N, 256, 256, 3) uint8 in bands z, r, g as red, green, blue; ans
(N,), the class 0 to 9; ra and dec in degrees; redshift; pxscale in arcsec per pixel. Reading it
needs h5py. The checksum is the one that astroNN, which publishes the file, documents; it was not
computed from the file here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.images.build import build
from catalogs.images.decoding import array_decoder
from catalogs.images.morphology import automatic_features, columns, measure
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.sources import hdf5_rows, open_hdf5
from catalogs.splits.kinds.by_group import ByGroup
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import numpy as np

    from catalogs.images.stack import ImageStack

NAME = "galaxy10_decals"
FILE = RemoteFile(
    name="Galaxy10_DECals.h5",
    url="https://zenodo.org/records/10845026/files/Galaxy10_DECals.h5",
    sha256="19aefc477c41bb7f77ff07599a6b82a038dc042f889a111b0d4d98bb755c1571",
    bytes=2_540_000_000,  # documented as 2.54 GB; only the checksum is exact
)
BANDS = ("z", "r", "g")
SIDE = 256
TABLE = ("ans", "ra", "dec", "redshift", "pxscale")
SAME_PLACE = 60.0  # arcsec: pictures whose centres are so close may show the same galaxy
COLUMNS = columns(BANDS)


def read_table(path: Path) -> dict[str, np.ndarray]:
    """The data sets of TABLE, (N,) each, checked: names, lengths, classes 0 to 9, positions on the
    sky; all faults at once.

    Raises
    ------
    CatalogueError
        If a data set is missing or not as published.
    """
    with open_hdf5(path) as file:
        missing = [name for name in ("images", *TABLE) if name not in file]
        if missing:
            raise CatalogueError(
                f"{path}: no data set {listed(missing)}; remedy: give {FILE.name} as astroNN"
                " publishes it"
            )
        shape = file["images"].shape
        table = {name: file[name][:] for name in TABLE}
    faults = Faults(str(path))
    if shape[1:] != (SIDE, SIDE, 3):
        faults.add(
            f"images of shape {shape[1:]}, ({SIDE}, {SIDE}, 3) expected",
            f"give {FILE.name} as it is published",
        )
    unequal = [f"{name} {len(values)}" for name, values in table.items() if len(values) != shape[0]]
    if unequal:
        faults.add(f"{shape[0]} images but {listed(unequal)} entries", "fetch it again")
    if len(table["ans"]) and not 0 <= table["ans"].min() <= table["ans"].max() <= 9:
        faults.add(
            f"classes {table['ans'].min()} to {table['ans'].max()}, 0 to 9 expected",
            "fetch it again",
        )
    if not (((table["ra"] >= 0) & (table["ra"] <= 360)).all() and (abs(table["dec"]) <= 90).all()):
        faults.add("positions outside the sky (or NaN)", "fetch it again")
    faults.raise_if_any()
    return table


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """All galaxies in the file's order with class and position, no inputs yet.

    Pictures of neighbours on the sky make one group, so that no galaxy, seen twice, stands on both
    sides of a split."""
    import pandas as pd

    (path,) = given_files(NAME, files, (FILE.name,))
    table, scheme, digest = read_table(path), schemes.load("galaxy10"), sha256_of(path)
    return Catalogue(
        survey=NAME,
        object_id=names(len(table["ans"])),
        features=pd.DataFrame(index=range(len(table["ans"]))),
        columns=(),
        labels=np.array(scheme.classes)[table["ans"].astype(int)],
        scheme=scheme,
        group=neighbours(table["ra"], table["dec"]),
        ra_deg=table["ra"],
        dec_deg=table["dec"],
        provenance={"files": {FILE.name: digest}, "pinned": digest == FILE.sha256},
    )


def names(count: int) -> np.ndarray:
    """The names of the first `count` pictures, (count,) text: their row in the file."""
    return np.array([f"galaxy10_{row:05d}" for row in range(count)], dtype=str)


def neighbours(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """The group of each position, (N,) text: positions within SAME_PLACE of each other, directly or
    through others, are one.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    points = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], 1)
    pairs = cKDTree(points).query_pairs(
        2.0 * np.sin(np.radians(SAME_PLACE / 3600.0) / 2.0), output_type="ndarray"
    )
    links = coo_matrix(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))
    )
    _, group = connected_components(links, directed=False)
    return np.array([f"place_{number:05d}" for number in group], dtype=str)


def build_stack(
    files: Mapping[str, Path],
    folder: Path,
    *,
    size: int,
    crop: float,
    progress: Progress | None = None,
) -> ImageStack:
    """The pictures as they are published, the middle averaged over areas."""
    (path,) = given_files(NAME, files, (FILE.name,))
    ids = names(len(read_table(path)["ans"])).tolist()
    return build(
        hdf5_rows(path, "images", ids),
        array_decoder(size, crop),
        folder,
        bands=BANDS,
        shape=(size, size),
        about={"survey": NAME, "files": {FILE.name: sha256_of(path)}, "size": size, "crop": crop},
        scaling={
            "kind": "as published",
            "note": "Legacy Surveys colour pictures; the middle averaged over areas",
        },
        expected=ids,
        progress=progress,
    )


SURVEY = Survey(
    name=NAME,
    title="Galaxy10 DECaLS",
    citation=(
        "Leung & Bovy 2019, MNRAS 483, 3255; Walmsley et al. 2022, MNRAS 509, 3966; Dey et al."
        " 2019, AJ 157, 168"
    ),
    licence=(
        "the publisher states MIT for its code; pictures of the DESI Legacy Imaging Surveys,"
        " classes of Galaxy Zoo"
    ),
    files=(FILE,),
    scheme="galaxy10",
    noun="galaxies",
    columns=COLUMNS,
    automatic_features=automatic_features(BANDS),
    splits={
        "by_place": ByGroup(
            description=(
                "places on the sky in five folds of like class mix: three to train, one to"
                " validate, one to test"
            ),
        )
    },
    ingest=ingest,
    images=ImagePlan(build=build_stack, bands=BANDS, measure=measure, size=128),
    classifier="convolutional",
)
