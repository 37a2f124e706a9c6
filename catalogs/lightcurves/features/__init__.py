"""What automatic schemes see of a light curve: one row of numbers an object, measured in padded
batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    from catalogs.lightcurves.periods.search import Curves

Progress = Callable[[int, int | None], None]
# The parameters by which variable stars have been told apart by rule: the period, and size and
# shape of the cycle.
AUTOMATIC = ("log_period", "fourier_amplitude", "r21", "r31", "cos_phi21", "sin_phi21")
UNLIKE = 0.7  # noise alone leaves (N - 24) / (N - 12) of it, .8 or more from 72 epochs on
PERIOD_POINTS = (
    1 << 12
)  # padded epochs in a batch of the period search, which holds the whole grid of frequencies


SECOND = ("second_power", "second_log_ratio", "second_share")  # of a search beyond the first period


@dataclass(frozen=True)
class Measurement:
    """How light curves are measured: the highest frequency that is searched (cycles a day), the
    steps of the grid a peak's width holds, and the `band` whose epochs count ('' for all of them
    together, right for a survey of one band); `colours` are further bands whose mean magnitude less
    that of `band` is a column of its own. `amplitudes` says how all bands are searched for one
    period (catalogs.lightcurves.periods.multiband), '' that `band` alone is. `known_periods`:
    periods are given, so that no second one is looked for, and a first only where none is given.
    """

    highest_frequency: float = 20.0
    oversampling: float = 2.5
    band: str = ""
    colours: tuple[str, ...] = ()
    amplitudes: str = ""
    known_periods: bool = False

    def columns(self) -> tuple[Column, ...]:
        """The measured columns, in order."""
        words = "mean {} magnitude less mean {} magnitude"
        colours = (
            Column(self.colour(name), "mag", words.format(name, self.band), derived=True)
            for name in self.colours
        )
        left_out = SECOND if self.known_periods else ()
        period = (column for column in PERIOD if column.name not in left_out)
        return (*VARIABILITY, *period, *FOURIER, *FOLDED, *colours)

    def colour(self, band: str) -> str:
        """The name of the colour's column."""
        return f"{band}_minus_{self.band}".lower()

    def __call__(
        self,
        light_curves: LightCurves,
        progress: Progress | None = None,
        period_days: np.ndarray | None = None,
    ) -> pd.DataFrame:
        """The columns of all objects, (N, F) float64, in their order; NaN where a light curve does
        not give a number. Known periods `period_days` (N,) are used, NaN where one is to be found.
        """
        import pandas as pd

        seen = light_curves.only(self.band) if self.band else light_curves
        names = [column.name for column in self.columns()]
        values = np.full((len(seen), len(names) - len(self.colours)), np.nan)
        for rows, found in self._measured(light_curves, seen, period_days, progress):
            for place, name in enumerate(names[: values.shape[1]]):
                column = found[name].cpu().numpy()
                values[rows, place] = np.where(np.isfinite(column), column, np.nan)
        frame = pd.DataFrame(values, columns=names[: values.shape[1]])
        for name in self.colours:
            frame[self.colour(name)] = (
                mean_magnitude(light_curves.only(name)) - frame["mean_magnitude"].to_numpy()
            )
        return frame

    def _measured(
        self,
        light_curves: LightCurves,
        seen: LightCurves,
        period_days: np.ndarray | None,
        progress: Progress | None,
    ) -> Iterator[tuple[np.ndarray, dict[str, torch.Tensor]]]:
        """Places of objects and all their numbers, batch by batch."""
        from catalogs.lightcurves.features.batches import batches, padded

        searched = light_curves if self.amplitudes else seen
        grid = grid_of(searched, self.highest_frequency, self.oversampling)
        known = None if period_days is None else np.asarray(period_days, dtype=np.float64)
        done = 0
        for rows, every in batches(searched, PERIOD_POINTS):
            batch = padded(seen, rows) if self.amplitudes else every
            curves = self._curves(every, batch, grid)
            given = None if known is None else known[rows]
            yield rows, numbers(batch, grid, curves, given, second=not self.known_periods)
            done += len(rows)
            if progress is not None:
                progress(done, len(seen))

    def _curves(self, every: Padded, batch: Padded, grid: FrequencyGrid) -> Curves:
        """What the period is looked for in."""
        from catalogs.lightcurves.periods.multiband import SeveralBands
        from catalogs.lightcurves.periods.search import OneBand

        if self.amplitudes:
            return SeveralBands(every, self.amplitudes)
        return OneBand(batch, batch.magnitude)


def numbers(
    batch: Padded,
    grid: FrequencyGrid,
    curves: Curves | None = None,
    period_days: np.ndarray | None = None,
    *,
    second: bool = True,
) -> dict[str, torch.Tensor]:
    """All measured numbers of a batch, (B,) float64 each. The period is looked for in `curves` (the
    batch itself if None), but where `period_days` (B,) gives it; with `second` another one in what
    the first leaves.
    """
    import torch

    from catalogs.lightcurves.features.folded import folded
    from catalogs.lightcurves.features.fourier import fourier
    from catalogs.lightcurves.features.variability import variability
    from catalogs.lightcurves.periods import lomb_scargle
    from catalogs.lightcurves.periods.search import OneBand, found_or_known, second_peak

    window = lomb_scargle.window(batch, grid) if second else None
    if curves is None or isinstance(curves, OneBand):
        curves = OneBand(batch, batch.magnitude, window)
    first = found_or_known(curves, grid, period_days)
    series, residual = fourier(batch, first.frequency)
    period = {
        "log_period": -torch.log10(first.frequency),
        "log_orbital_period": orbital(first.frequency, series),
        "power": first.power,
    }
    if second:
        frequency, share = second_peak(batch, residual, grid, window)
        period |= {
            "second_power": first.second_power,
            "second_log_ratio": torch.log10(first.frequency / frequency),
            "second_share": share,
        }
    folds = folded(batch, first.frequency, "folded") | folded(batch, first.frequency / 2, "doubled")
    return variability(batch) | period | series | folds


def orbital(frequency: torch.Tensor, series: dict[str, torch.Tensor]) -> torch.Tensor:
    """log10 of the period that holds for an eclipsing binary, (B,): twice the period where the
    series of twice the period leaves less than UNLIKE of what the series of the period leaves, so
    that every other minimum differs; the period itself elsewhere.
    """
    import torch

    left, doubled = 1.0 - series["fourier_share"], 1.0 - series["doubled_share"]
    return torch.where(doubled < UNLIKE * left, torch.log10(2.0 / frequency), -frequency.log10())


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
