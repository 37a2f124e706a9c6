"""The frequencies of a period search: evenly spaced, the same for all light curves of a set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.lightcurves.container import LightCurves

MOST = 1 << 24  # frequencies
LOOKED_AT, EVEN = 100, 0.01  # light curves, and how far of a step an epoch may lie from even


@dataclass(frozen=True)
class FrequencyGrid:
    """Frequencies step, 2 step, ... n step, cycles a day, those below `lowest` passed over."""

    step: float
    n: int
    lowest: float = 0.0

    def __post_init__(self) -> None:
        if not (self.step > 0 and 1 <= self.n <= MOST and self.lowest <= self.step * self.n):
            raise CatalogueError(
                f"frequency grid of {self.n} steps of {self.step:g} cycles a day from"
                f" {self.lowest:g}: 1 to {MOST} steps above 0, the lowest below the highest;"
                " remedy: lower the highest frequency or the oversampling"
            )

    @property
    def frequencies(self) -> np.ndarray:
        """All of them, (n,) float64, cycles a day."""
        return self.step * np.arange(1, self.n + 1)

    @property
    def first(self) -> int:
        """How many frequencies lie below `lowest`."""
        return (
            min(int(np.ceil(self.lowest / self.step - 1e-9)) - 1, self.n - 1)
            if self.lowest > 0
            else 0
        )


def nyquist(light_curves: LightCurves) -> float:
    """Half of one over the step between epochs, cycles a day, where the steps of every light curve
    looked at (a hundred, with ten epochs or more) are whole multiples of it; infinite elsewhere,
    and without such light curves.
    """
    highest = 0.0
    for row in np.flatnonzero(light_curves.n_epochs >= 10)[:LOOKED_AT]:
        start, end = light_curves.offsets[row], light_curves.offsets[row + 1]
        steps = np.diff(light_curves.time_days[start:end])
        step = float(np.median(steps))
        if step <= 0 or np.abs(steps / step - np.rint(steps / step)).max() > EVEN:
            return np.inf
        highest = max(highest, 0.5 / step)
    return highest or np.inf


def grid_of(light_curves: LightCurves, highest: float, oversampling: float = 2.5) -> FrequencyGrid:
    """The grid for a set: steps of 1 / (oversampling T) with the longest time base T of its light
    curves (days; at least one), from 1 / T to `highest` cycles a day, or to the Nyquist frequency
    of a set whose epochs are evenly spaced: beyond it each frequency is one below once more.
    """
    highest = min(highest, nyquist(light_curves))
    n, offsets, time = light_curves.n_epochs, light_curves.offsets, light_curves.time_days
    some = np.flatnonzero(n > 1)
    base = float((time[offsets[some + 1] - 1] - time[offsets[some]]).max(initial=1.0))
    step = 1.0 / (oversampling * max(base, 1.0))
    return FrequencyGrid(step, max(int(highest / step), 1), lowest=1.0 / max(base, 1.0))
