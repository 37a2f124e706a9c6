"""The generalised Lomb-Scargle periodogram: one sine and a mean, fitted at every frequency of a
grid.

Zechmeister & Kuerster 2009 (A&A 496, 577), equations (4) to (15): p = (SS YC^2 + CC YS^2 - 2 CS YC
YS) / (YY D), the share of the weighted variance that the sine takes away, 0 to 1. The sums come
from catalogs.lightcurves.periods.trigonometric."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from catalogs.lightcurves.features.batches import CONSTANT, Padded
from catalogs.lightcurves.periods.grid import FrequencyGrid
from catalogs.lightcurves.periods.trigonometric import sums

VANISHING = 1e-5  # of D, which is 1/4 for epochs spread evenly
FEWEST = 4  # epochs: one more than the three numbers of a sine and a mean


@dataclass(frozen=True, eq=False)
class Window:
    """What the epochs alone say at the frequencies of a grid: SS / D, CC / D and 2 CS / D, (B, n)
    float32 each, 0 where the epochs cannot tell a sine from a constant (D = CC SS - CS^2 vanishes).
    """

    sine: torch.Tensor
    cosine: torch.Tensor
    mixed: torch.Tensor


def window(batch: Padded, grid: FrequencyGrid) -> Window:
    """The window of a batch's epochs and weights."""
    seen = sums(batch.time * grid.step, batch.weight, 2 * grid.n)
    c, s, double = seen.real[:, 1 : grid.n + 1], seen.imag[:, 1 : grid.n + 1], seen[:, 2::2]
    cosine = torch.addcmul(0.5 * double.real + 0.5, c, c, value=-1.0)
    sine = torch.addcmul(0.5 - 0.5 * double.real, s, s, value=-1.0)
    mixed = torch.addcmul(0.5 * double.imag, c, s, value=-1.0)
    determinant = torch.addcmul(cosine * sine, mixed, mixed, value=-1.0)
    inverse = torch.where(determinant > VANISHING, 1.0 / determinant, 0.0)
    return Window(sine.mul_(inverse), cosine.mul_(inverse), mixed.mul_(2.0 * inverse))


def power(
    batch: Padded, values: torch.Tensor, grid: FrequencyGrid, seen: Window | None = None
) -> torch.Tensor:
    """p at the frequencies of the grid, (B, n) float32, of `values` (B, L) at the epochs of the
    batch (its magnitudes, or what is left of them). `seen` is the batch's `window` if that is
    known. NaN for a light curve without variance or with fewer than four epochs; 0 at the
    frequencies that the grid passes over, and where the epochs cannot tell a sine from a constant.
    """
    seen = window(batch, grid) if seen is None else seen
    mean = (batch.weight * values).sum(1, keepdim=True)
    residual = torch.where(batch.mask, values - mean, 0.0)
    variance = (batch.weight * residual**2).sum(1)
    scale = torch.where(variance > CONSTANT, variance, torch.nan).rsqrt()
    y = sums(
        batch.time * grid.step, batch.weight * residual * scale[:, None].nan_to_num(0.0), grid.n
    )[:, 1:]
    c, s = y.real, y.imag
    p = (
        (seen.sine * c)
        .addcmul_(seen.mixed, s, value=-1.0)
        .mul_(c)
        .addcmul_(seen.cosine * s, s)
        .clamp_(0.0, 1.0)
    )
    p[:, : grid.first] = 0.0
    p[torch.isnan(scale) | (batch.n < FEWEST)] = torch.nan
    return p
