"""Galaxy Zoo 1: SDSS colour pictures of galaxies with the visitors' classes, as gathered by
Eggochi/Proyecto_Galaxias.

5,343 JPEG pictures of 423 x 423 pixels (bands i, r, g as red, green, blue), named by SDSS objID,
and a table of classes 0 to 5. The public repository holds the pictures one by one; a mirror packs
them as `images.tar`. Pictures of one SDSS run share seeing and calibration, so that a run is a
group. Pixels are stretched for display: measurements on them compare these galaxies only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.astronomy import sdss
from catalogs.astronomy.sdss import is_objid
from catalogs.catalogue import Catalogue
from catalogs.errors import Faults
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.formats.reading.delimited import read_delimited
from catalogs.images.build import build
from catalogs.images.decoding import image_decoder
from catalogs.images.morphology import automatic_features, columns, measure
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.sources import tar_files
from catalogs.schema import note_values
from catalogs.splits.kinds.by_group import ByGroup
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import pandas as pd

    from catalogs.images.stack import ImageStack

NAME = "galaxy_zoo1"
COMMIT = "5226e5e4e193118d33884a85acf09e41cfa914de"
REPOSITORY = "https://github.com/Eggochi/Proyecto_Galaxias"
TABLE = RemoteFile(
    name="smallCSV_class.csv",
    url=f"https://raw.githubusercontent.com/Eggochi/Proyecto_Galaxias/{COMMIT}/smallGZ1/smallCSV_class.csv",
    sha256="cbfaa4b390641b819cbc28307760317c9a0c6ade50e3bfcf0cfb96db6fe24ac9",
    bytes=112215,
    survey=NAME,
)
IMAGES = RemoteFile(
    name="images.tar",
    url="",
    sha256="4717e8e7cf18a6ad015d4444c2c77601b77d141e5f38eae78d94acfacbfbe814",
    bytes=70287360,
    unpublished=(
        f"it packs single JPEG files of {REPOSITORY} (smallGZ1/Imagenes at commit {COMMIT}), so"
        " this survey needs a mirror; an archive of that repository"
        f" ({REPOSITORY}/archive/{COMMIT}.tar.gz) will do as a file of your own"
    ),
    survey=NAME,
)
FILES = (IMAGES, TABLE)
CLASSES = {"0": "elliptical", "1": "spiral", "2": "spiral", "3": "edge-on", "4": "", "5": "merger"}
BANDS = ("i", "r", "g")
SIZE = (423, 423)  # pixels, width and height of every whole picture
BLANK_ROWS = 0.5  # the one picture of an error message (587729387686002878) has .70, the next .34
COLUMNS = columns(BANDS)
SPLITS = {
    f"by_run{f'_{fold + 1}' if fold else ''}": ByGroup(
        fold=fold,
        description=(
            "whole SDSS runs in five folds of like class mix: three to train, one to validate,"
            f" fold {fold + 1} to test; with one seed the five splits by_run, by_run_2 ... by_run_5"
            " test every galaxy once"
        ),
    )
    for fold in range(5)
}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The galaxies of the table with their classes, no inputs yet; label 4 (star or don't know) is
    no label.
    """
    return catalogue(NAME, NAME, CLASSES, files)


def catalogue(
    survey: str, scheme_name: str, classes: Mapping[str, str], files: Mapping[str, Path]
) -> Catalogue:
    """The galaxies whose code in the table is in `classes` (code to class name, '' for none), as a
    catalogue of `survey`.
    """
    import pandas as pd

    _, path = given_files(survey, files, tuple(file.name for file in FILES))
    table = read_table(path)
    table = table[table["CLASS"].isin(list(classes)).to_numpy()]
    ids = table["OBJID"].to_numpy(dtype=str)
    digest, nowhere = sha256_of(path), np.full(len(ids), np.nan)
    return Catalogue(
        survey=survey,
        object_id=ids,
        features=pd.DataFrame(index=range(len(ids))),
        columns=(),
        labels=table["CLASS"].map(dict(classes)).to_numpy(dtype=str),
        scheme=schemes.load(scheme_name),
        group=np.array([f"run_{run}" for run in sdss.decode(ids)["run"]], dtype=str),
        ra_deg=nowhere,
        dec_deg=nowhere,
        provenance={
            "files": {TABLE.name: digest},
            "pinned": digest == TABLE.sha256,
            "rows": len(table),
        },
    )


def read_table(path: Path) -> pd.DataFrame:
    """Columns OBJID and CLASS as text; every row that is no SDSS identifier or no class in one
    CatalogueError.
    """
    table = read_delimited(path, ("OBJID", "CLASS"), delimiter=",")
    faults = Faults(str(path))
    wrong = ~is_objid(table["OBJID"].tolist())
    note_values(
        faults,
        table,
        "OBJID",
        wrong,
        "no SDSS objID",
        "export it as text, not as a number",
        naming="OBJID",
    )
    unknown = ~table["CLASS"].isin(list(CLASSES)).to_numpy()
    note_values(
        faults,
        table,
        "CLASS",
        unknown,
        f"not one of {', '.join(CLASSES)}",
        "correct it",
        naming="OBJID",
    )
    faults.raise_if_any()
    return table


def stack_builder(classes: Mapping[str, str]) -> Callable[..., ImageStack]:
    """The builder of an ImagePlan for the galaxies whose code in the table is in `classes`."""

    def build_stack(
        files: Mapping[str, Path],
        folder: Path,
        *,
        size: int,
        crop: float,
        progress: Progress | None = None,
    ) -> ImageStack:
        images, path = given_files(NAME, files, tuple(file.name for file in FILES))
        table = read_table(path)
        checksums = {images.name: sha256_of(images), path.name: sha256_of(path)}
        return build(
            tar_files(images),
            image_decoder(size, crop, expected=SIZE, blank_rows=BLANK_ROWS),
            folder,
            bands=BANDS,
            shape=(size, size),
            about={
                "survey": NAME,
                "files": checksums,
                "size": size,
                "crop": crop,
                "blank_rows": BLANK_ROWS,
                "classes": dict(classes),
            },
            scaling={
                "kind": "as published",
                "note": "SDSS colour JPEG (Lupton et al. 2004); the middle averaged over areas",
            },
            expected=table.loc[table["CLASS"].isin(list(classes)).to_numpy(), "OBJID"].tolist(),
            progress=progress,
        )

    return build_stack


SURVEY = Survey(
    name=NAME,
    title="Galaxy Zoo 1 pictures",
    citation=(
        "Lintott et al. 2008, MNRAS 389, 1179; Lintott et al. 2011, MNRAS 410, 166;"
        " Eggochi/Proyecto_Galaxias"
    ),
    licence="SDSS images (CC-BY-4.0) and Galaxy Zoo 1 classes; the repository states no licence",
    files=FILES,
    scheme=NAME,
    noun="galaxies",
    columns=COLUMNS,
    automatic_features=automatic_features(BANDS),
    splits=SPLITS,
    ingest=ingest,
    # The network sees .4 of the picture's side as 64 pixels, which is better than half of it on
    # validation galaxies of two splits, each asked by itself (docs/decisions/0005); turned views
    # want a little about that, the measurements want sky.
    images=ImagePlan(
        build=stack_builder(CLASSES),
        bands=BANDS,
        measure=measure,
        size=77,
        crop=0.48,
        seen=64,
        measured_crop=0.6,
    ),
    classifier="convolutional",
)
