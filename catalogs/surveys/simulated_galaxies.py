"""4,000 simulated galaxy pictures in five classes, with the truth and masks of the components. No
sky was seen.

`images` writes, beside the stack, `truth.parquet` (what every galaxy is built of, its signal to
noise and its resolution) and `masks/`, a stack with one plane a component, 255 where it matters.
See catalogs.simulations.galaxies for the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.files.parquet import read_frame, write_frame
from catalogs.images.build import build
from catalogs.images.decoding import shrink
from catalogs.images.morphology import automatic_features, columns, measure
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.scaling import LuptonScaling
from catalogs.simulations import galaxies as simulate
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from catalogs.images.stack import ImageStack

NAME = "simulated_galaxies"
SCHEME = "simulated_morphology"
N, SEED = 4000, 4
BANDS = ("i", "r", "g")
SCALING = LuptonScaling(minimum=-1.0, stretch=10.0, q=8.0)  # the noise is 1
COLUMNS = columns(BANDS)
TRUTH = "truth.parquet"


def ids(n: int) -> np.ndarray:
    """The names of the first n galaxies, (n,) text."""
    return np.array([f"sim_{number:05d}" for number in range(1, n + 1)], dtype=str)


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The simulated galaxies with their true classes, no inputs yet; `files` must be empty. They
    have no positions.
    """
    import pandas as pd

    given_files(NAME, files, ())
    nowhere = np.full(N, np.nan)
    return Catalogue(
        survey=NAME,
        object_id=ids(N),
        features=pd.DataFrame(index=range(N)),
        columns=(),
        labels=simulate.truth(N, SEED)["label"].to_numpy(dtype=str),
        scheme=schemes.load(SCHEME),
        group=ids(N),
        ra_deg=nowhere,
        dec_deg=nowhere,
        simulated=True,
        provenance={"source": "catalogs.simulations.galaxies", "n": N, "seed": SEED},
    )


def build_stack(
    files: Mapping[str, Path],
    folder: Path,
    *,
    size: int,
    crop: float,
    progress: Progress | None = None,
    n: int = N,
    seed: int = SEED,
) -> ImageStack:
    """The pictures, their truth and their masks; `n` and `seed` for other galaxies than the
    survey's.
    """
    given_files(NAME, files, ())
    truth = simulate.truth(n, seed)
    write_truth(folder, truth)
    make = partial(
        build,
        shape=(size, size),
        about={
            "survey": NAME,
            "simulated": True,
            "n": n,
            "seed": seed,
            "size": size,
            "crop": crop,
            "model": 1,
        },
    )
    drawn = _per_galaxy(truth, lambda row: simulate.masks(row, size) * _white(), size, crop)
    make(*drawn, folder / "masks", bands=simulate.COMPONENTS)
    drawn = _per_galaxy(truth, lambda row: SCALING(simulate.observe(row, size)[0]), size, crop)
    return make(*drawn, folder, bands=BANDS, scaling=SCALING.describe(), progress=progress)


def _white() -> np.uint8:
    return np.uint8(255)


def _per_galaxy(
    truth: pd.DataFrame, draw: Callable, size: int, crop: float
) -> tuple[Callable, Callable]:
    """Source and decoder of pictures that are drawn from the rows of the truth."""

    def source(start: int):
        names = ids(len(truth))
        for number in range(start, len(truth)):
            yield str(names[number]), truth.iloc[number]

    return source, lambda row: shrink(draw(row), size, crop)


def write_truth(folder: Path, truth: pd.DataFrame) -> None:
    """Write the truth table with the galaxies' names, one row each, to `truth.parquet` in the
    folder.
    """
    frame = truth.assign(object_id=ids(len(truth)))
    numbers = frame.select_dtypes("number").columns
    frame[numbers] = frame[numbers].astype(float)
    write_frame(folder / TRUTH, frame, "truth of simulated galaxies", {"simulated": True}, {})


def read_truth(folder: Path | str) -> pd.DataFrame:
    """The truth table that lies beside a simulated stack."""
    return read_frame(Path(folder) / TRUTH, "truth of simulated galaxies")[0]


def difficulty(folder: Path) -> pd.DataFrame:
    """Signal to noise and resolution of the galaxies whose stack lies in the folder, by
    object_id.
    """
    import pandas as pd

    truth = read_truth(folder).set_index("object_id")
    return pd.DataFrame(
        {
            "signal to noise inside the half-light radius": truth["signal_to_noise"],
            "resolution: half-light radius / (PSF FWHM / 2)": truth["resolution"],
        }
    )


SURVEY = Survey(
    name=NAME,
    title="simulated galaxy pictures",
    citation="none: the galaxies are simulated (catalogs.simulations.galaxies)",
    licence="BSD-3-Clause",
    scheme=SCHEME,
    simulated=True,
    noun="simulated galaxies",
    columns=COLUMNS,
    automatic_features=automatic_features(BANDS),
    splits={
        "stratified": Stratified(
            n_train=2800,
            n_test=1200,
            description="2,800 to train and 1,200 to test, stratified by class",
        )
    },
    ingest=ingest,
    images=ImagePlan(
        build=build_stack, bands=BANDS, measure=measure, measured_size=64, truth=difficulty
    ),
    classifier="convolutional",
)
