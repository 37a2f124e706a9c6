"""The generalised Lomb-Scargle periodogram: one sine and a mean, fitted at every frequency of a
grid.

Zechmeister & Kuerster 2009 (A&A 496, 577), equations (4) to (15): p = (SS YC^2 + CC YS^2 - 2 CS YC
YS) / (YY D), the share of the weighted variance that the sine takes away, 0 to 1. The sums come
from catalogs.lightcurves.periods.trigonometric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from catalogs.lightcurves.features.batches import CONSTANT, Padded
from catalogs.lightcurves.periods import trigonometric
from catalogs.lightcurves.periods.grid import FrequencyGrid

VANISHING = 1e-5  # of D, which is 1/4 for epochs spread evenly
FEWEST = 4  # epochs: one more than the three numbers of a sine and a mean


@dataclass(frozen=True, eq=False)
class Window:
    """What the epochs alone say at the frequencies of a grid: CC / D, SS / D and 2 CS / D, (3, B,
    n) float32, 0 where the epochs cannot tell a sine from a constant (D = CC SS - CS^2 vanishes).
    """

    terms: np.ndarray


def window_terms(batch: Padded, grid: FrequencyGrid) -> np.ndarray:
    """CC, SS and 2 CS about the means of cosine and sine, (3, B, n) float32."""
    from catalogs.lightcurves.periods import compiled  # loads Numba

    seen = trigonometric.spread_sums(batch.time * grid.step, batch.weight, 2 * grid.n)
    correction = trigonometric.correction(2 * grid.n).numpy()
    return compiled.window_terms(seen.cpu().numpy(), correction)


def window(batch: Padded, grid: FrequencyGrid) -> Window:
    """The window of a batch's epochs and weights."""
    return window_of(window_terms(batch, grid))


def window_of(terms: np.ndarray) -> Window:
    """The window of CC, SS and 2 CS (3, B, n), which are overwritten."""
    from catalogs.lightcurves.periods import compiled  # loads Numba

    compiled.over_determinant(terms, VANISHING)
    return Window(terms)


def power(
    batch: Padded, values: torch.Tensor, grid: FrequencyGrid, seen: Window | None = None
) -> torch.Tensor:
    """p at the frequencies of the grid, (B, n) float32, of `values` (B, L) at the epochs of the
    batch (its magnitudes, or what is left of them). `seen` is the batch's `window` if that is
    known. NaN for a light curve without variance or with fewer than four epochs; 0 at the
    frequencies that the grid passes over, and where the epochs cannot tell a sine from a constant.
    """
    residual, variance = deviations(batch, values)
    return power_of_residuals(batch, residual, variance, grid, seen or window(batch, grid))


def deviations(batch: Padded, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The values (B, L) less their weighted mean, 0 outside the mask, and the weighted variance
    (B,).
    """
    mean = (batch.weight * values).sum(1, keepdim=True)
    residual = torch.where(batch.mask, values - mean, 0.0)
    return residual, (batch.weight * residual**2).sum(1)


def power_of_residuals(
    batch: Padded,
    residual: torch.Tensor,
    variance: torch.Tensor,
    grid: FrequencyGrid,
    seen: Window,
) -> torch.Tensor:
    """p of residuals (B, L) with that weighted variance (B,)."""
    from catalogs.lightcurves.periods import compiled  # loads Numba

    scale = torch.where(variance > CONSTANT, variance, torch.nan).rsqrt()
    scaled = batch.weight * residual * scale[:, None].nan_to_num(0.0)
    y = trigonometric.spread_sums(batch.time * grid.step, scaled, grid.n)
    correction = trigonometric.correction(grid.n).numpy()
    found = compiled.power_of(seen.terms, y.cpu().numpy(), correction, grid.first)
    p = torch.from_numpy(found).to(residual.device)
    p[torch.isnan(scale) | (batch.n < FEWEST)] = torch.nan
    return p
