"""Magnitudes of fluxes, negative ones included: the asinh magnitudes of Lupton, Gunn & Szalay 1999
(AJ 118, 1406).

m = zero_point - 2.5 / ln 10 [asinh(f / 2b) + ln b], their equation (3) for a flux in units of the
zero point's. For f much larger than the softening b it is zero_point - 2.5 log10 f; at f = 0 it is
finite, and the error stays so. b is the noise: of each object and band the median error of its
fluxes, which is their choice too (b of about one standard deviation of the noise, their section
3.2), so that magnitudes tell no more and no less than the fluxes do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalogs.lightcurves.grouping import group_medians

POGSON = 2.5 / np.log(10.0)


@dataclass(frozen=True)
class Fluxes:
    """What the fluxes of a survey are: `zero_point`, the magnitude of one unit, and the softening
    in that unit, None for the noise of each object and band.
    """

    zero_point: float
    softening: float | None = None

    def describe(self) -> dict[str, object]:
        """What a manifest says of it, JSON."""
        how = self.softening or "median error of each object and band"
        return {"zero_point": self.zero_point, "softening": how}

    def magnitudes(
        self, flux: np.ndarray, error: np.ndarray, group: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Magnitudes and errors, (M,) each, of fluxes and flux errors (M,) in groups (M,) int64 of
        one softening, object and band.
        """
        if self.softening:
            return asinh_magnitudes(flux, error, self.zero_point, self.softening)
        return asinh_magnitudes(flux, error, self.zero_point, noise(flux, error, group))


def noise(flux: np.ndarray, error: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The noise of each epoch's group, (M,) float64 above 0: the median of the known errors; where
    none is known 1.4826 times the median distance from the median flux, and where that is 0 (equal
    fluxes) a hundredth of the flux, or 1.
    """
    known = np.where(np.isfinite(error) & (error > 0), error, np.nan).astype(np.float64)
    found = group_medians(known, group)
    if (missing := ~(found > 0)).any():
        middle = group_medians(flux, group)
        spread = 1.4826 * group_medians(np.abs(flux - middle), group)
        least = np.where(middle != 0, 0.01 * np.abs(middle), 1.0)
        spread = np.where(spread > 0, spread, np.nan_to_num(least, nan=1.0))
        found = np.where(missing, spread, found)
    return found


def asinh_magnitudes(
    flux: np.ndarray, error: np.ndarray, zero_point: float, softening: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Magnitudes (M,) and their errors (M,) of fluxes and flux errors; NaN where the flux is NaN.
    An error that is not positive stays as it is, so that cleaning counts it.
    """
    flux, error = np.asarray(flux, dtype=np.float64), np.asarray(error, dtype=np.float64)
    magnitude = zero_point - POGSON * (np.arcsinh(flux / (2.0 * softening)) + np.log(softening))
    slope = POGSON / np.hypot(flux, 2.0 * softening)  # |dm / df|
    return magnitude, np.where(error > 0, error * slope, error)
