"""2,100 simulated variable stars in seven classes, with the truth of each. No sky was seen.

`light_curves` writes, beside the epochs, `truth.parquet` (period, amplitude and parameters of every
star). See catalogs.simulations.variables for the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.files.parquet import read_frame, write_frame
from catalogs.lightcurves import features
from catalogs.lightcurves.building import build
from catalogs.lightcurves.epochs import of_objects
from catalogs.lightcurves.plan import LightCurvePlan, Progress
from catalogs.lightcurves.timescales import TimeScale
from catalogs.simulations.variables import CLASSES, truth_and_epochs
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from catalogs.lightcurves.container import LightCurves
    from catalogs.lightcurves.epochs import Epochs

NAME = "simulated_variables"
N, SEED = 2100, 1986
BANDS = ("I",)
MEASURED = features.Measurement(highest_frequency=24.0)
TRUTH, TRUTH_KIND = "truth.parquet", "truth of simulated variables"


def ids(n: int) -> np.ndarray:
    """The names of the first n stars, (n,) text."""
    return np.array([f"sim_{number:05d}" for number in range(1, n + 1)], dtype=str)


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The simulated stars with their true classes, no inputs yet; `files` must be empty. They have
    no positions.
    """
    import pandas as pd

    given_files(NAME, files, ())
    nowhere = np.full(N, np.nan)
    return Catalogue(
        survey=NAME,
        object_id=ids(N),
        features=pd.DataFrame(index=range(N)),
        columns=(),
        labels=np.array([CLASSES[number % len(CLASSES)] for number in range(N)], dtype=str),
        scheme=schemes.load(NAME),
        group=ids(N),
        ra_deg=nowhere,
        dec_deg=nowhere,
        simulated=True,
        provenance={"source": "catalogs.simulations.variables", "n": N, "seed": SEED},
    )


def build_light_curves(
    files: Mapping[str, Path],
    folder: Path,
    *,
    progress: Progress | None = None,
    n: int = N,
    seed: int = SEED,
) -> LightCurves:
    """The light curves and their truth; `n` and `seed` for other stars than the survey's."""
    given_files(NAME, files, ())
    truth: list[dict] = []
    light_curves = build(
        lambda: _epochs(n, seed, truth),
        folder,
        bands=BANDS,
        time_scale=TimeScale("HJD"),
        about={"survey": NAME, "simulated": True, "n": n, "seed": seed, "model": 1},
        progress=progress,
    )
    if truth:
        write_frame(folder / TRUTH, _frame(truth), TRUTH_KIND, {"simulated": True}, {})
    return light_curves


def _epochs(n: int, seed: int, truth: list[dict]) -> Iterator[Epochs]:
    names = ids(n)
    for name, (label, time, magnitude, error, about) in zip(
        names, truth_and_epochs(n, seed), strict=True
    ):
        truth.append({"object_id": str(name), "label": label, **about})
        yield of_objects([str(name)], np.array([len(time)]), time, magnitude, error, 0)


def _frame(truth: list[dict]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(truth)
    numbers = frame.select_dtypes("number").columns
    return frame.astype({name: float for name in numbers})


def read_truth(folder: Path | str) -> pd.DataFrame:
    """The truth table that lies beside simulated light curves, one row a star."""
    return read_frame(Path(folder) / TRUTH, TRUTH_KIND)[0]


SURVEY = Survey(
    name=NAME,
    title="simulated variable stars",
    citation="none: the stars are simulated (catalogs.simulations.variables)",
    licence="BSD-3-Clause",
    scheme=NAME,
    simulated=True,
    noun="simulated stars",
    columns=MEASURED.columns(),
    automatic_features=features.AUTOMATIC,
    splits={
        "stratified": Stratified(
            n_train=1400,
            n_test=700,
            description="1,400 to train and 700 to test, stratified by class",
        )
    },
    ingest=ingest,
    light_curves=LightCurvePlan(build=build_light_curves, bands=BANDS, measure=MEASURED),
    classifier="gru_folded",
)
