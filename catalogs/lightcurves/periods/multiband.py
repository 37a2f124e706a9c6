"""One period for all bands of a star: the multi-band periodogram of VanderPlas & Ivezic 2015 (ApJ
812, 18).

The power is the share of chi square about the bands' means that the model takes away, their
equation (11), with one sine in one of three ways: "free", amplitude and phase of its own in each
band (N_base = 0, N_band = 1: the bands' powers, weighted with their chi squares, section 4.2);
"shared", one amplitude and phase for all bands, each about its own mean (N_base = 1, N_band = 0);
"scaled", as shared, but for each band's amplitude, which follows the scatter that its errors do not
explain. The last is nearly as stiff as the second, which few epochs a band need, and allows for
stars that vary more in the blue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from catalogs.lightcurves.features.batches import CONSTANT, Padded, masked_mean, of_bands
from catalogs.lightcurves.periods import harmonics, lomb_scargle
from catalogs.lightcurves.periods.grid import FrequencyGrid

AMPLITUDES = ("scaled", "shared", "free")
LEAST = 0.2  # of a band's scatter: what is taken for real variation at least


class SeveralBands:
    """A batch of light curves in all their bands, as catalogs.lightcurves.periods.search asks for
    it.
    """

    def __init__(self, batch: Padded, amplitudes: str = "scaled") -> None:
        self.free = amplitudes == "free"
        self.parts, shares = of_bands(batch)
        found = [lomb_scargle.deviations(part, part.magnitude) for part in self.parts]
        variance = torch.stack([part_variance for _, part_variance in found])  # (bands, B)
        scale = torch.ones_like(variance)
        if amplitudes == "scaled":
            noise = torch.stack([_noise(part) for part in self.parts])
            scale = (variance - noise).maximum(LEAST**2 * variance).clamp(min=CONSTANT).sqrt()
        self.chi2 = shares * variance  # of each band, up to one factor of the star
        self.residuals = [residual for residual, _ in found]
        self.joined, self.weights = self._join(batch, shares, scale)

    def _join(
        self, batch: Padded, shares: torch.Tensor, scale: torch.Tensor
    ) -> tuple[Padded, torch.Tensor]:
        """All bands about their means, each in units of its scale, with weights that leave chi
        square as it was; and the share of each band in the new weights, (bands, B).
        """
        weights = shares * scale**2
        total = weights.sum(0)
        weights = torch.where(total > 0, weights / total, 0.0)
        values, weight = torch.zeros_like(batch.magnitude), torch.zeros_like(batch.weight)
        for part, residual, size, share in zip(
            self.parts, self.residuals, scale, weights, strict=True
        ):
            values = torch.where(part.mask, residual / size[:, None], values)
            weight = torch.where(part.mask, part.weight * share[:, None], weight)
        return replace(batch, magnitude=values, weight=weight), weights

    def power(self, grid: FrequencyGrid) -> torch.Tensor:
        """The share of chi square that one sine takes away, (B, n) float32; NaN for a star with
        fewer than four epochs (of each band where amplitudes are free), or that does not vary.
        """
        return self._free(grid) if self.free else self._together(grid)

    def _free(self, grid: FrequencyGrid) -> torch.Tensor:
        total = torch.zeros(len(self.joined.mask), grid.n)
        weight = torch.zeros(len(self.joined.mask))
        for part, chi2 in zip(self.parts, self.chi2, strict=True):
            power = lomb_scargle.power(part, part.magnitude, grid)
            share = torch.where(torch.isnan(power[:, 0]), 0.0, chi2).float()
            total += share[:, None] * power.nan_to_num(0.0)
            weight += share
        return total / torch.where(weight > 0, weight, torch.nan)[:, None]

    def _together(self, grid: FrequencyGrid) -> torch.Tensor:
        terms = np.zeros((3, len(self.joined.mask), grid.n), np.float32)
        for part, weight in zip(self.parts, self.weights, strict=True):
            own = lomb_scargle.window_terms(part, grid)
            terms += own * weight.float().numpy()[None, :, None]
        values, weight = self.joined.magnitude, self.joined.weight
        variance = (weight * values**2).sum(1)
        seen = lomb_scargle.window_of(terms)
        return lomb_scargle.power_of_residuals(self.joined, values, variance, grid, seen)

    def share(self, frequency: torch.Tensor, n_harmonics: int) -> torch.Tensor:
        """The share that several harmonics take away, (B, F); about the bands' means, or in each
        band with an amplitude of its own.
        """
        if not self.free:
            return harmonics.fit(self.joined, self.joined.magnitude, frequency, n_harmonics).share
        total, weight = torch.zeros_like(frequency), torch.zeros(len(frequency), 1)
        for part, chi2 in zip(self.parts, self.chi2, strict=True):
            found = harmonics.fit(part, part.magnitude, frequency, n_harmonics).share
            known = torch.where(torch.isnan(found[:, :1]), 0.0, chi2[:, None])
            total, weight = total + known * found.nan_to_num(0.0), weight + known
        return total / torch.where(weight > 0, weight, torch.nan)


def _noise(part: Padded) -> torch.Tensor:
    """The mean squared error of a band's epochs, (B,); 0 where one is not known."""
    square = masked_mean(part.error**2, part.mask)
    return square.nan_to_num(0.0)
