"""What automatic schemes see of a light curve: one row of numbers an object, measured in padded
batches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalogs.lightcurves.features.described import FOLDED, FOURIER, PERIOD, VARIABILITY
from catalogs.lightcurves.periods.grid import grid_of
from catalogs.schema import Column

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from catalogs.lightcurves.container import LightCurves
    from catalogs.lightcurves.features.batches import Padded
    from catalogs.lightcurves.periods.grid import FrequencyGrid

Progress = Callable[[int, int | None], None]
# The parameters by which variable stars have been told apart by rule: the period, and size and
# shape of the cycle.
AUTOMATIC = ("log_period", "fourier_amplitude", "r21", "r31", "cos_phi21", "sin_phi21")
PERIOD_POINTS = (
    1 << 12
)  # padded epochs in a batch of the period search, which holds the whole grid of frequencies


@dataclass(frozen=True)
class Measurement:
    """How light curves are measured: the highest frequency that is searched (cycles a day), the
    steps of the grid a peak's width holds, and the `band` whose epochs count ('' for all of them
    together, right for a survey of one band); `colours` are further bands whose mean magnitude less
    that of `band` is a column of its own.
    """

    highest_frequency: float = 20.0
    oversampling: float = 2.5
    band: str = ""
    colours: tuple[str, ...] = ()

    def columns(self) -> tuple[Column, ...]:
        """The measured columns, in order."""
        words = "mean {} magnitude less mean {} magnitude"
        colours = (
            Column(self.colour(name), "mag", words.format(name, self.band), derived=True)
            for name in self.colours
        )
        return (*VARIABILITY, *PERIOD, *FOURIER, *FOLDED, *colours)

    def colour(self, band: str) -> str:
        """The name of the colour's column."""
        return f"{band}_minus_{self.band}".lower()

    def __call__(self, light_curves: LightCurves, progress: Progress | None = None) -> pd.DataFrame:
        """The columns of all objects, (N, F) float64, in their order; NaN where a light curve does
        not give a number.
        """
        import pandas as pd

        seen = light_curves.only(self.band) if self.band else light_curves
        names = [column.name for column in self.columns()]
        values = np.full((len(seen), len(names) - len(self.colours)), np.nan)
        self._fill(
            values, names, seen, grid_of(seen, self.highest_frequency, self.oversampling), progress
        )
        frame = pd.DataFrame(values, columns=names[: values.shape[1]])
        for name in self.colours:
            frame[self.colour(name)] = (
                mean_magnitude(light_curves.only(name)) - frame["mean_magnitude"].to_numpy()
            )
        return frame

    def _fill(
        self,
        values,
        names: list[str],
        seen: LightCurves,
        grid: FrequencyGrid,
        progress: Progress | None,
    ) -> None:
        import torch

        from catalogs.lightcurves.features.batches import batches

        done = 0
        for rows, batch in batches(seen, PERIOD_POINTS):
            found = numbers(batch, grid)
            columns = torch.stack([found[name] for name in names[: values.shape[1]]], dim=1)
            values[rows] = torch.where(torch.isfinite(columns), columns, torch.nan).cpu().numpy()
            done += len(rows)
            if progress is not None:
                progress(done, len(seen))


def numbers(batch: Padded, grid: FrequencyGrid) -> dict[str, torch.Tensor]:
    """All measured numbers of a batch, (B,) float64 each."""
    import torch

    from catalogs.lightcurves.features.folded import folded
    from catalogs.lightcurves.features.fourier import fourier
    from catalogs.lightcurves.features.variability import variability
    from catalogs.lightcurves.periods import lomb_scargle
    from catalogs.lightcurves.periods.search import search, second_peak

    window = lomb_scargle.window(batch, grid)
    first = search(batch, batch.magnitude, grid, window)
    series, residual = fourier(batch, first.frequency)
    second, share = second_peak(batch, residual, grid, window)
    period = {
        "log_period": -torch.log10(first.frequency),
        "power": first.power,
        "second_power": first.second_power,
        "second_log_ratio": torch.log10(first.frequency / second),
        "second_share": share,
    }
    folds = folded(batch, first.frequency, "folded") | folded(batch, first.frequency / 2, "doubled")
    return variability(batch) | period | series | folds


def mean_magnitude(light_curves: LightCurves):
    """The mean magnitude of each object, weighted with 1 / error^2, (N,) float64; NaN without
    epochs.
    """
    from catalogs.lightcurves.features.batches import batches

    mean = np.full(len(light_curves), np.nan)
    for rows, batch in batches(light_curves):
        values = (batch.weight * batch.magnitude).sum(1).cpu().numpy()
        mean[rows] = np.where(batch.n.cpu().numpy() > 0, values, np.nan)
    return mean
