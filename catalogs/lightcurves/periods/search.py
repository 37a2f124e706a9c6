"""The best period of each light curve: peaks of the periodogram, decided between by fits of several
harmonics.

One sine finds smooth curves; the narrow eclipses of detached binaries spread over harmonics, so
that the summed power of a frequency and its multiples (Schwarzenberg-Czerny 1996, ApJ 460, L107,
for why) names further candidates. Each candidate is fitted with several harmonics on a fine grid
about it, and the one that explains most of the variance is the period; where a part of it does
nearly as well, that is taken (a curve repeats after two cycles, too)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from catalogs.lightcurves.features.batches import Padded
from catalogs.lightcurves.periods import harmonics, lomb_scargle
from catalogs.lightcurves.periods.grid import FrequencyGrid

PEAKS, SUMMED, MULTIPLES = 3, 2, 4  # candidates of each kind, and how many multiples are summed
HARMONICS = 4
FINE, ZOOM = (
    3,
    4,
)  # trials on either side of a candidate, a quarter of a step apart; then ever four times finer
NEARLY, SLIGHT = (
    1.15,
    0.002,
)  # a shorter period may leave so many times more than the best, and this share of all, besides


class Curves(Protocol):
    """B light curves whose period is looked for: in one band, or in several together."""

    def power(self, grid: FrequencyGrid) -> torch.Tensor:
        """The share of the variance that one sine takes away, (B, n); NaN where there is none."""

    def share(self, frequency: torch.Tensor, n_harmonics: int) -> torch.Tensor:
        """The share that several harmonics take away at frequencies (B, F); NaN likewise."""


@dataclass(frozen=True, eq=False)
class OneBand:
    """Values (B, L) at the epochs of a batch; `seen` is its lomb_scargle.window, if known."""

    batch: Padded
    values: torch.Tensor
    seen: lomb_scargle.Window | None = None

    def power(self, grid: FrequencyGrid) -> torch.Tensor:
        return lomb_scargle.power(self.batch, self.values, grid, self.seen)

    def share(self, frequency: torch.Tensor, n_harmonics: int) -> torch.Tensor:
        return harmonics.fit(self.batch, self.values, frequency, n_harmonics).share


@dataclass(frozen=True, eq=False)
class Found:
    """frequency (B,) cycles a day, float64, NaN where there is none to find (fewer than four
    epochs, no variance); power (B,) of one sine at that frequency; second_power (B,) of the
    strongest other peak of the grid.
    """

    frequency: torch.Tensor
    power: torch.Tensor
    second_power: torch.Tensor


def search(curves: Curves, grid: FrequencyGrid) -> Found:
    """The best frequency of each light curve."""
    power = curves.power(grid)
    candidates, heights = peaks(power, grid)
    nothing = torch.isnan(power[:, 0])
    frequency = _decide(curves, (candidates + 1).double() * grid.step, grid)
    at = curves.share(frequency[:, None], 1)[:, 0]
    place = (frequency / grid.step).round().long().clamp(1, grid.n) - 1
    apart = (candidates - place[:, None]).abs() * grid.step > grid.lowest
    other = torch.where(apart, heights, 0.0).amax(1).double()
    return Found(*(values.masked_fill(nothing, torch.nan) for values in (frequency, at, other)))


def found_or_known(
    curves: Curves, grid: FrequencyGrid, period_days: np.ndarray | None = None
) -> Found:
    """As `search`, but for the periods (B,) that are known, days above 0: nothing is searched where
    all of them are.
    """
    if period_days is None:
        return search(curves, grid)
    known = torch.from_numpy(1.0 / np.where(period_days > 0, period_days, np.nan))
    none = torch.full_like(known, torch.nan)
    missing = torch.isnan(known)
    found = search(curves, grid) if missing.any() else Found(none, none, none)
    frequency = torch.where(missing, found.frequency, known)
    power = curves.share(frequency[:, None], 1)[:, 0]
    return Found(frequency, power, torch.where(missing, found.second_power, none))


def peaks(power: torch.Tensor, grid: FrequencyGrid) -> tuple[torch.Tensor, torch.Tensor]:
    """Places (B, C) of candidate frequencies in the grid and their power (B, C): the highest of the
    power, then those of the summed power, at most one in each stretch as long as a peak is wide.
    """
    power = power.nan_to_num(0.0)
    width = max(round(grid.lowest / grid.step), 1)
    n = grid.n // MULTIPLES
    summed = power[:, :n].clone()
    for multiple in range(2, MULTIPLES + 1):
        summed += power[
            :, multiple - 1 : multiple * n : multiple
        ]  # frequency k + 1, times the multiple
    summed[:, : min(grid.first, n)] = 0.0
    found = [_highest(power, PEAKS, width), _highest(summed, SUMMED, width)]
    places = torch.cat(found, dim=1)
    return places, power.gather(1, places)


def _highest(values: torch.Tensor, count: int, width: int) -> torch.Tensor:
    """The places of the highest values, (B, count), one from each block of `width`; the highest
    comes first.
    """
    n_blocks = max(values.shape[1] // width, 1)
    width = min(width, values.shape[1])
    blocks = values[:, : n_blocks * width].reshape(len(values), n_blocks, width)
    height, inside = blocks.max(-1)
    best = height.topk(min(count, n_blocks), dim=1).indices
    return best * width + inside.gather(1, best)


def _decide(curves: Curves, candidates: torch.Tensor, grid: FrequencyGrid) -> torch.Tensor:
    """The candidate (B, C), moved within a step of the grid, whose harmonics take away most of the
    variance, (B,).
    """

    def about(frequency: torch.Tensor, spacing: float, reach: int) -> torch.Tensor:
        offsets = (
            torch.arange(-reach, reach + 1, dtype=torch.float64, device=frequency.device) * spacing
        )
        return _best(curves, (frequency[..., None] + offsets).flatten(1).clamp(min=grid.step / 2))

    best = about(about(candidates, grid.step / ZOOM, FINE)[:, None], grid.step / ZOOM**2, ZOOM)
    best = _shortest(curves, best, grid)
    for times in (2, 3, 4):
        best = about(best[:, None], grid.step / ZOOM**times, ZOOM)
    return best


def _shortest(curves: Curves, frequency: torch.Tensor, grid: FrequencyGrid) -> torch.Tensor:
    """The highest multiple of the frequency (B,), up to MULTIPLES, that leaves nearly as little
    variance as it does, (B,).
    """
    trial = frequency[:, None] * torch.arange(
        1, MULTIPLES + 1, dtype=torch.float64, device=frequency.device
    )
    left = 1.0 - curves.share(trial, HARMONICS).nan_to_num(0.0)
    good = (left <= NEARLY * left[:, :1] + SLIGHT) & (trial <= grid.step * (grid.n + 0.5))
    return torch.where(good, trial, 0.0).amax(1).maximum(frequency)


def _best(curves: Curves, frequency: torch.Tensor) -> torch.Tensor:
    share = curves.share(frequency, HARMONICS).nan_to_num(-1.0)
    return frequency.gather(1, share.argmax(1, keepdim=True))[:, 0]


def second_peak(
    batch: Padded,
    residual: torch.Tensor,
    grid: FrequencyGrid,
    seen: lomb_scargle.Window | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The frequency of the highest power of the residuals (B, L) and that power, (B,) float64 each;
    NaN as for `search`.
    """
    power = lomb_scargle.power(batch, residual, grid, seen)
    height, place = power.max(1)
    frequency = (place + 1).double() * grid.step
    return frequency.masked_fill(torch.isnan(power[:, 0]), torch.nan), height.double()
