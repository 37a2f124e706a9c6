"""MNIST: the 10,000 test digits of LeCun, Cortes & Burges, 28 x 28 grey pixels, in the original idx
files.

The automatic scheme is zoning, the oldest one for digits: the mean grey of 7 x 7 zones of 4 x 4
pixels."""

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
from catalogs.images.build import build
from catalogs.images.decoding import array_decoder
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.sources import arrays, read_idx
from catalogs.schema import Column
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from catalogs.images.stack import ImageStack

NAME = "mnist"
COMMIT = "cffbed29f2a5bd3b662ffe9cea7c07129fdad5d2"
ADDRESS = f"https://raw.githubusercontent.com/pmallari/MNIST/{COMMIT}"
FILES = (
    RemoteFile(
        name="t10k-images-idx3-ubyte.gz",
        url=f"{ADDRESS}/t10k-images-idx3-ubyte.gz",
        sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        bytes=1648877,
    ),
    RemoteFile(
        name="t10k-labels-idx1-ubyte.gz",
        url=f"{ADDRESS}/t10k-labels-idx1-ubyte.gz",
        sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        bytes=4542,
    ),
)
SIDE, ZONES = 28, 7
COLUMNS = tuple(
    Column(
        f"zone_{row}_{column}",
        "",
        f"mean grey of zone row {row} from the top, column {column} from the left",
        0.0,
        255.0,
    )
    for row in range(ZONES)
    for column in range(ZONES)
)


def read(files: Mapping[str, Path]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, pixels (N, 28, 28) uint8 and labels (N,) uint8, in the files' order.

    Raises
    ------
    CatalogueError
        If images and labels do not belong together.
    """
    images, labels = (
        read_idx(path) for path in given_files(NAME, files, tuple(file.name for file in FILES))
    )
    if (
        images.shape[1:] != (SIDE, SIDE)
        or labels.shape != images.shape[:1]
        or labels.max(initial=0) > 9
    ):
        raise CatalogueError(
            f"survey {NAME!r}: images {images.shape} and labels {labels.shape} up to"
            f" {labels.max(initial=0)} must be N pictures of {SIDE} x {SIDE} and N digits; remedy:"
            " give the two files of one set"
        )
    return [f"t10k_{number:05d}" for number in range(len(images))], images, labels


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """All digits in the files' order, no inputs yet."""
    import pandas as pd

    ids, _, labels = read(files)
    nowhere = np.full(len(ids), np.nan)
    return Catalogue(
        survey=NAME,
        object_id=np.array(ids),
        features=pd.DataFrame(index=range(len(ids))),
        columns=(),
        labels=labels.astype(str),
        scheme=schemes.load("digits"),
        group=np.array(ids),  # the writers are not told apart in the files
        ra_deg=nowhere,
        dec_deg=nowhere,
        provenance={"files": {file.name: sha256_of(files[file.name]) for file in FILES}},
    )


def build_stack(
    files: Mapping[str, Path],
    folder: Path,
    *,
    size: int,
    crop: float,
    progress: Progress | None = None,
) -> ImageStack:
    """The digits as a stack of one band, the pixel values as they are in the file when `size` is 28
    and `crop` 1.
    """
    ids, images, _ = read(files)
    return build(
        arrays(ids, images),
        array_decoder(size, crop),
        folder,
        bands=("grey",),
        shape=(size, size),
        about={
            "survey": NAME,
            "files": {f.name: sha256_of(files[f.name]) for f in FILES},
            "size": size,
            "crop": crop,
        },
        scaling={"kind": "as published", "note": "0 paper, 255 ink"},
        expected=ids,
        progress=progress,
    )


def zones(stack: ImageStack) -> pd.DataFrame:
    """The mean grey of the 7 x 7 zones of each picture of 28 x 28 pixels."""
    import pandas as pd

    wide = SIDE // ZONES
    means = (
        np.asarray(stack.pixels, dtype=np.float64)
        .reshape(-1, ZONES, wide, ZONES, wide)
        .mean(axis=(2, 4))
    )
    return pd.DataFrame(means.reshape(len(stack), -1), columns=[column.name for column in COLUMNS])


SURVEY = Survey(
    name=NAME,
    title="MNIST test digits",
    citation=(
        "LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86, 2278; LeCun, Cortes & Burges, the"
        " MNIST database"
    ),
    licence="CC-BY-SA-3.0",
    files=FILES,
    scheme="digits",
    noun="digits",
    columns=COLUMNS,
    automatic_features=tuple(column.name for column in COLUMNS),
    splits={
        "stratified": Stratified(
            n_train=8000,
            n_test=2000,
            description=(
                "8,000 to train and 2,000 to test, drawn at random in every class from the 10,000"
                " of the test file"
            ),
        )
    },
    ingest=ingest,
    images=ImagePlan(
        build=build_stack,
        bands=("grey",),
        measure=zones,
        size=SIDE,
        measured_size=SIDE,
        turns=False,
        mirrors=False,
    ),
    classifier="lenet",
)
