"""The best period of each light curve: peaks of the periodogram, decided between by fits of several
harmonics.

One sine finds smooth curves; the narrow eclipses of detached binaries spread over harmonics, so
that the summed power of a frequency and its multiples (Schwarzenberg-Czerny 1996, ApJ 460, L107,
for why) names further candidates. Each candidate is fitted with several harmonics on a fine grid
about it, and the one that explains most of the variance is the period; where a part of it does
nearly as well, that is taken (a curve repeats after two cycles, too)."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Found:
    """frequency (B,) cycles a day, float64, NaN where there is none to find (fewer than four
    epochs, no variance); power (B,) of one sine at the nearest frequency of the grid; second_power
    (B,) of the strongest other peak.
    """

    frequency: torch.Tensor
    power: torch.Tensor
    second_power: torch.Tensor


def search(
    batch: Padded,
    values: torch.Tensor,
    grid: FrequencyGrid,
    seen: lomb_scargle.Window | None = None,
) -> Found:
    """The best frequency of values (B, L) at the batch's epochs; `seen` is their
    lomb_scargle.window, if known.
    """
    power = lomb_scargle.power(batch, values, grid, seen)
    candidates, heights = peaks(power, grid)
    nothing = torch.isnan(power[:, 0])
    frequency = _decide(batch, values, (candidates + 1).double() * grid.step, grid).masked_fill(
        nothing, torch.nan
    )
    place = (frequency.nan_to_num(grid.step) / grid.step).round().long().clamp(1, grid.n) - 1
    at = power.gather(1, place[:, None])[:, 0].double()
    apart = (candidates - place[:, None]).abs() * grid.step > grid.lowest
    other = torch.where(apart, heights, 0.0).amax(1).double()
    return Found(frequency, at, other.masked_fill(nothing, torch.nan))


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


def _decide(
    batch: Padded, values: torch.Tensor, candidates: torch.Tensor, grid: FrequencyGrid
) -> torch.Tensor:
    """The candidate (B, C), moved within a step of the grid, whose harmonics take away most of the
    variance, (B,).
    """

    def about(frequency: torch.Tensor, spacing: float, reach: int) -> torch.Tensor:
        offsets = (
            torch.arange(-reach, reach + 1, dtype=torch.float64, device=frequency.device) * spacing
        )
        return _best(
            batch, values, (frequency[..., None] + offsets).flatten(1).clamp(min=grid.step / 2)
        )

    best = about(about(candidates, grid.step / ZOOM, FINE)[:, None], grid.step / ZOOM**2, ZOOM)
    best = _shortest(batch, values, best, grid)
    for times in (2, 3, 4):
        best = about(best[:, None], grid.step / ZOOM**times, ZOOM)
    return best


def _shortest(
    batch: Padded, values: torch.Tensor, frequency: torch.Tensor, grid: FrequencyGrid
) -> torch.Tensor:
    """The highest multiple of the frequency (B,), up to MULTIPLES, that leaves nearly as little
    variance as it does, (B,).
    """
    trial = frequency[:, None] * torch.arange(
        1, MULTIPLES + 1, dtype=torch.float64, device=frequency.device
    )
    left = 1.0 - harmonics.fit(batch, values, trial, HARMONICS).share.nan_to_num(0.0)
    good = (left <= NEARLY * left[:, :1] + SLIGHT) & (trial <= grid.step * (grid.n + 0.5))
    return torch.where(good, trial, 0.0).amax(1).maximum(frequency)


def _best(batch: Padded, values: torch.Tensor, frequency: torch.Tensor) -> torch.Tensor:
    share = harmonics.fit(batch, values, frequency, HARMONICS).share.nan_to_num(-1.0)
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
