"""Period search of a set of light curves: our batches side by side with astropy's fast
Lomb-Scargle, star by star, on one grid.

Both see the same epochs, weights and frequencies on one thread; seconds are the processor's. They
must find the same highest peak for every star. nifty-ls is measured beside them where it is
installed. The limit is the two Fourier transforms alone that the sums cannot do without. Without a
mirror (ASTRONN_MIRROR) all stars are simulated."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from astropy.timeseries import LombScargle

from benchmarks import common
from catalogs import surveys
from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.features.batches import batches
from catalogs.lightcurves.periods import lomb_scargle, trigonometric
from catalogs.lightcurves.periods.grid import FrequencyGrid, grid_of

GOAL, BATCH = 8.0, 8


def simulated(n: int, folder: Path) -> LightCurves:
    return surveys.load("simulated_variables").light_curves.build({}, folder, n=n)


def asas(n: int, folder: Path) -> LightCurves | None:
    """n stars of ASAS drawn at random, None without a mirror."""
    survey = surveys.load("asas")
    files = {
        file.name: Path(os.environ.get("ASTRONN_MIRROR", "nowhere")) / "asas" / file.name
        for file in survey.files
    }
    if not all(path.is_file() for path in files.values()):
        return None
    light_curves = survey.light_curves.store(files, folder)
    return light_curves.at(
        np.sort(np.random.default_rng(0).choice(len(light_curves), n, replace=False))
    )


def ours(light_curves: LightCurves, grid: FrequencyGrid) -> np.ndarray:
    """The place of each star's highest peak."""
    found = np.empty(len(light_curves), dtype=np.int64)
    for rows, batch in batches(light_curves, BATCH * int(light_curves.n_epochs.max())):
        found[rows] = lomb_scargle.power(batch, batch.magnitude, grid).argmax(1).numpy()
    return found


def star(light_curves: LightCurves, row: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    epochs = slice(light_curves.offsets[row], light_curves.offsets[row + 1])
    time_days = light_curves.time_days[epochs] - light_curves.time_days[epochs][0]
    return (
        time_days,
        light_curves.magnitude[epochs].astype(float),
        light_curves.error[epochs].astype(float),
    )


def by_astropy(light_curves: LightCurves, grid: FrequencyGrid) -> np.ndarray:
    frequencies = grid.frequencies[grid.first :]
    options = {"method": "fast", "assume_regular_frequency": True}
    powers = (
        LombScargle(*star(light_curves, row)).power(frequencies, **options)
        for row in range(len(light_curves))
    )
    return np.array([power.argmax() for power in powers]) + grid.first


def by_nifty_ls(light_curves: LightCurves, grid: FrequencyGrid) -> np.ndarray:
    import nifty_ls

    ends = {
        "fmin": grid.frequencies[grid.first],
        "fmax": grid.frequencies[-1],
        "Nf": grid.n - grid.first,
    }
    options = {**ends, "backend": "finufft", "nthreads": 1}
    powers = (
        nifty_ls.lombscargle(*star(light_curves, row), **options).power
        for row in range(len(light_curves))
    )
    return np.array([power.argmax() for power in powers]) + grid.first


def transforms(grid: FrequencyGrid) -> float:
    """Stars a second of which the two Fourier transforms are made."""
    planes = [torch.rand(BATCH, trigonometric.cells(k)) for k in (grid.n, 2 * grid.n)]
    return BATCH / min(
        common.timed(lambda: [torch.fft.rfft(plane) for plane in planes]).processor
        for _ in range(5)
    )


def _kept(results: list, work: Callable, *arguments: object) -> None:
    results.append(work(*arguments))


def measure(what: str, light_curves: LightCurves, highest: float, rounds: int) -> dict:
    n, grid = len(light_curves), grid_of(light_curves, highest)
    few = light_curves.at(np.arange(BATCH))
    peak = common.peak_mib(lambda: ours(few, grid))
    parts = [light_curves.at(rows) for rows in np.array_split(np.arange(n), rounds)]
    found, expected, rates = [], [], [[], []]
    for part in parts:  # in turns
        rates[0].append(len(part) / common.timed(partial(_kept, found, ours, part, grid)).processor)
        rates[1].append(
            len(part) / common.timed(partial(_kept, expected, by_astropy, part, grid)).processor
        )
    same = sum(int((a == b).sum()) for a, b in zip(found, expected))
    beside = {}
    if common.installed("nifty_ls"):
        by_nifty_ls(few, grid)
        beside = {"nifty_ls": BATCH / common.timed(lambda: by_nifty_ls(few, grid)).processor}
    return common.row(
        f"periods of {n} stars of {what}: {grid.n} frequencies,"
        f" {np.median(light_curves.n_epochs):.0f} epochs",
        *rates,
        unit="stars/s",
        goal=GOAL,
        peak_mib=peak,
        limit_share=float(np.median(rates[0])) / transforms(grid),
        equal=same == n,
        same_peak=same,
        seconds_of="processor",
        limit="the two Fourier transforms alone",
        **beside,
    )


def rows(quick: bool) -> list[dict]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        found = [
            measure(
                "simulated variables", simulated(24 if quick else 48, Path(folder) / "s"), 20.0, 3
            )
        ]
        real = None if quick else asas(48, Path(folder) / "a")
        return found + ([] if real is None else [measure("ASAS", real, 16.0, 3)])


if __name__ == "__main__":
    common.main(__file__, rows)
