"""Quantities derived from magnitudes, angular sizes and redshifts of galaxies; NaN where an input
is missing.

No correction is made for inclination, galactic extinction or redshift (K-correction): such
corrections depend on the type that is to be found. Distances are d = c z / H0 with H0 = 70
km/s/Mpc, without peculiar velocities."""

from __future__ import annotations

import numpy as np

HUBBLE_CONSTANT = 70.0  # km/s/Mpc
SPEED_OF_LIGHT = 299_792.458  # km/s
ARCSEC_PER_ARCMIN = 60.0
ARCMIN_PER_RADIAN = 180.0 * 60.0 / np.pi


def log10_positive(values: np.ndarray) -> np.ndarray:
    """The decimal logarithm of each value, (N,) float64; NaN where it is not positive (or NaN)."""
    values = np.asarray(values, dtype=float)
    return np.log10(np.where(values > 0.0, values, np.nan))


def mean_surface_brightness(
    magnitude: np.ndarray, major_arcmin: np.ndarray, minor_arcmin: np.ndarray
) -> np.ndarray:
    """The magnitude of one square arcsecond if the light were spread evenly over the ellipse with
    full axes D and d: m + 2.5 log10(pi/4 D d), D and d in arcsec; mag/arcsec^2. The axes in
    arcmin. All of them (N,), NaN where one is.
    """
    area_arcsec2 = (
        np.pi / 4.0 * np.asarray(major_arcmin) * np.asarray(minor_arcmin) * ARCSEC_PER_ARCMIN**2
    )
    return np.asarray(magnitude) + 2.5 * log10_positive(area_arcsec2)


def hubble_distance_mpc(redshift: np.ndarray) -> np.ndarray:
    """The distance c z / H0 in Mpc, (N,) float64; NaN where the redshift is not positive."""
    redshift = np.asarray(redshift, dtype=float)
    return SPEED_OF_LIGHT / HUBBLE_CONSTANT * np.where(redshift > 0.0, redshift, np.nan)


def absolute_magnitude(magnitude: np.ndarray, distance_mpc: np.ndarray) -> np.ndarray:
    """The magnitude at 10 pc, (N,) float64: m - 25 - 5 log10(d / Mpc)."""
    return np.asarray(magnitude) - 25.0 - 5.0 * log10_positive(distance_mpc)


def diameter_kpc(diameter_arcmin: np.ndarray, distance_mpc: np.ndarray) -> np.ndarray:
    """The length in kpc, (N,) float64, of a small angle in arcmin at a distance in Mpc."""
    return np.asarray(diameter_arcmin) / ARCMIN_PER_RADIAN * np.asarray(distance_mpc) * 1000.0
