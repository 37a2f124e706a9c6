"""Magnitudes of fluxes, negative ones included: the asinh magnitudes of Lupton, Gunn & Szalay 1999
(AJ 118, 1406).

m = zero_point - 2.5 / ln 10 [asinh(f / 2b) + ln b], their equation (3) for a flux in units of the
zero point's. For f much larger than the softening b it is zero_point - 2.5 log10 f; at f = 0 it is
finite, and the error stays so. b is about the noise."""

from __future__ import annotations

import numpy as np

POGSON = 2.5 / np.log(10.0)


def asinh_magnitudes(
    flux: np.ndarray, error: np.ndarray, zero_point: float, softening: float
) -> tuple[np.ndarray, np.ndarray]:
    """Magnitudes (M,) and their errors (M,) of fluxes and flux errors; NaN where the flux is NaN.
    An error that is not positive stays as it is, so that cleaning counts it.
    """
    flux, error = np.asarray(flux, dtype=np.float64), np.asarray(error, dtype=np.float64)
    magnitude = zero_point - POGSON * (np.arcsinh(flux / (2.0 * softening)) + np.log(softening))
    slope = POGSON / np.hypot(flux, 2.0 * softening)  # |dm / df|
    return magnitude, np.where(error > 0, error * slope, error)
