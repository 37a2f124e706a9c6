"""The 1,797 handwritten digits that scikit-learn carries: 8x8 grey pixels, ten classes without an
order.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.images.build import build
from catalogs.images.decoding import array_decoder
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.sources import arrays
from catalogs.schema import Column
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    from catalogs.images.stack import ImageStack

NAME = "digits"
COLUMNS = tuple(
    Column(
        f"pixel_{row}_{column}",
        "",
        f"grey of row {row} from the top, column {column} from the left",
        0.0,
        16.0,
    )
    for row in range(8)
    for column in range(8)
)


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """All digits in scikit-learn's order; `files` must be empty."""
    import pandas as pd
    from sklearn.datasets import load_digits

    given_files(NAME, files, ())
    bunch = load_digits()
    ids = np.array([f"digit_{number:04d}" for number in range(len(bunch.target))])
    nowhere = np.full(len(ids), np.nan)
    return Catalogue(
        survey=NAME,
        object_id=ids,
        features=pd.DataFrame(bunch.data, columns=[column.name for column in COLUMNS]),
        columns=COLUMNS,
        labels=bunch.target.astype(str),
        scheme=schemes.load("digits"),
        group=ids,  # the 13 writers of this half of the data are not told apart in it
        ra_deg=nowhere,
        dec_deg=nowhere,
        provenance={"source": "sklearn.datasets.load_digits"},
    )


def build_stack(
    files: Mapping[str, Path],
    folder: Path,
    *,
    size: int,
    crop: float,
    progress: Progress | None = None,
) -> ImageStack:
    """The digits as a stack of one band, levels 0 to 16 as they are when `size` is 8 and `crop`
    1.
    """
    from sklearn.datasets import load_digits

    given_files(NAME, files, ())
    images = load_digits().images.astype(np.uint8)  # (1797, 8, 8), whole numbers
    ids = [f"digit_{number:04d}" for number in range(len(images))]
    return build(
        arrays(ids, images),
        array_decoder(size, crop),
        folder,
        bands=("grey",),
        shape=(size, size),
        about={
            "survey": NAME,
            "source": "sklearn.datasets.load_digits",
            "size": size,
            "crop": crop,
        },
        scaling={"kind": "as published", "note": "0 paper, 16 ink"},
        expected=ids,
        progress=progress,
    )


SURVEY = Survey(
    name=NAME,
    title="Handwritten digits",
    citation=(
        "Alpaydin & Kaynak 1998, UCI repository, Optical Recognition of Handwritten Digits, as in"
        " scikit-learn"
    ),
    licence="CC-BY-4.0",
    scheme="digits",
    columns=COLUMNS,
    automatic_features=tuple(
        column.name for column in COLUMNS
    ),  # nobody made a scheme of few parameters for these
    splits={
        "stratified": Stratified(
            n_train=1198,
            n_test=599,
            description="drawn at random in every class, two thirds to train and one to test",
        )
    },
    ingest=ingest,
    noun="digits",
    images=ImagePlan(
        build=build_stack, bands=("grey",), measure=None, size=8, turns=False, mirrors=False
    ),
)
