"""Simulated galaxy pictures: Sersic bulge, exponential disc, spiral arms, bar and ring, seen at an
angle through PSF and noise.

No sky was seen. A disc has thickness Q0, so that its axis ratio at inclination i is q^2 = cos^2 i +
Q0^2 sin^2 i (Hubble 1926, ApJ 64, 321); arms are logarithmic spirals; a bar is a flat-topped
ellipse in the disc; a ring a Gaussian annulus. Light is summed on a grid OVERSAMPLING times finer,
convolved with a Gaussian PSF, averaged, and given the Gaussian noise of a sky that outshines the
galaxy (no Poisson noise of its own light). Sizes, colours and their scatter are chosen, not
measured: nothing about real galaxies can be concluded from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

CLASSES = ("elliptical", "spiral", "barred spiral", "ringed", "edge-on")
COMPONENTS = ("bulge", "disc", "arms", "bar", "ring")
BANDS = ("i", "r", "g")  # as red, green, blue
BAND_FLUX = {
    "old": (1.25, 1.0, 0.55),
    "young": (1.05, 1.0, 0.95),
}  # light in i, r, g of red and blue components, r = 1
OVERSAMPLING = 2
Q0 = 0.15  # true thickness of a disc over its diameter
SIGNAL_TO_NOISE = (
    8.0,
    300.0,
)  # range, log-uniform: light inside the half-light radius over its noise, mean of the bands
PSF_FWHM = (1.0, 6.0)  # range, log-uniform, in pixels of 1/64 of the picture's side
HALF_LIGHT = (
    6.0,
    11.0,
)  # range in the same pixels: major axis of the ellipse or disc that holds half the light
GRID = 64  # the pixels in which all lengths are given


def truth(n: int, seed: int) -> pd.DataFrame:
    """What n galaxies are built of, one row each, classes in turn and then shuffled; the same n and
    seed give the same rows.

    label; half_light, psf_fwhm, bar_length, ring_radius in pixels of 1/64 of the side; inclination,
    position_angle, pitch and phase in degrees; winding +1 anticlockwise, -1 clockwise, 0 without
    arms, as seen in the picture, row 0 at the top; bulge_share of the light; signal_to_noise;
    resolution: half_light / (psf_fwhm / 2)."""
    import pandas as pd

    rng = np.random.default_rng([seed, *b"simulated galaxy pictures"])
    label = np.array(CLASSES)[rng.permutation(np.arange(n) % len(CLASSES))]
    elliptical, edge_on = label == "elliptical", label == "edge-on"
    disc = ~elliptical
    armed = np.isin(label, ("spiral", "barred spiral"))
    half_light = rng.uniform(*HALF_LIGHT, n)
    inclination = np.degrees(np.arccos(rng.uniform(0.5, 1.0, n)))
    frame = pd.DataFrame(
        {
            "label": label,
            "half_light": half_light,
            "inclination": np.where(
                edge_on, rng.uniform(80.0, 90.0, n), np.where(elliptical, 0.0, inclination)
            ),
            "axis_ratio": np.where(elliptical, rng.uniform(0.5, 1.0, n), 1.0),
            "position_angle": rng.uniform(0.0, 180.0, n),
            "sersic": np.where(elliptical, rng.uniform(3.0, 5.0, n), rng.uniform(1.0, 3.0, n)),
            "bulge_share": np.where(elliptical, 1.0, rng.uniform(0.05, 0.35, n)),
            "arms": np.where(armed, rng.choice([2, 2, 2, 3, 4], n), 0),
            "pitch": np.where(armed, rng.uniform(10.0, 30.0, n), 0.0),
            "phase": rng.uniform(0.0, 360.0, n),
            "winding": np.where(armed, rng.choice([-1, 1], n), 0),
            "arm_contrast": np.where(armed, rng.uniform(0.5, 0.95, n), 0.0),
            "bar_length": np.where(
                label == "barred spiral", rng.uniform(0.5, 0.9, n) * half_light, 0.0
            ),
            "ring_radius": np.where(label == "ringed", rng.uniform(0.9, 1.4, n) * half_light, 0.0),
            "young": np.where(disc, rng.uniform(0.3, 1.0, n), 0.0),
            "psf_fwhm": _log_uniform(rng, PSF_FWHM, n),
            "signal_to_noise": _log_uniform(rng, SIGNAL_TO_NOISE, n),
            "noise_seed": rng.integers(0, 2**31, n),
        }
    )
    frame["resolution"] = frame["half_light"] / (frame["psf_fwhm"] / 2.0)
    return frame


def _log_uniform(rng: np.random.Generator, limits: tuple[float, float], n: int) -> np.ndarray:
    """n numbers between the limits, their logarithms drawn uniformly, (n,) float64."""
    low, high = np.log(limits)
    return np.exp(rng.uniform(low, high, n))


def components(row: pd.Series, size: int) -> np.ndarray:
    """The light of each component of one galaxy before PSF and noise, (5, size, size) in the order
    of COMPONENTS.

    The total light is 1 inside an infinite picture, up to what the grid cuts off; row 0 is the top
    of the picture."""
    x, y = _sky_axes(row, size)
    bulge = sersic(
        np.hypot(x, y / row.axis_ratio),
        0.25 * row.half_light if row.bulge_share < 1 else row.half_light,
        row.sersic,
    )
    light = np.zeros((len(COMPONENTS), size, size))
    light[0] = row.bulge_share * bulge / max(bulge.sum(), 1e-12)
    if row.bulge_share < 1:
        parts = _disc(row, x, y)
        light[1:] = (1.0 - row.bulge_share) * parts / parts.sum()
    return light


def sersic(radius: np.ndarray, half_light: float, index: float) -> np.ndarray:
    """The Sersic profile exp(-b [(R / R_e)^(1/n) - 1]) with b of Ciotti & Bertin 1999 (A&A 352,
    447), eq. 18: 1 at R_e. ``radius`` of any shape (..., H, W), in the unit of ``half_light``.
    """
    b = 2.0 * index - 1.0 / 3.0 + 4.0 / (405.0 * index) + 46.0 / (25515.0 * index**2)
    return np.exp(-b * ((radius / half_light) ** (1.0 / index) - 1.0))


def _sky_axes(row: pd.Series, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates along the major and the minor axis, (size, size) each, in pixels of 1/64 of the
    side, from the centre.
    """
    grid = (np.arange(size) - (size - 1) / 2.0) * GRID / size
    right, up = grid[None, :], -grid[:, None]
    angle = np.radians(row.position_angle)
    return right * np.cos(angle) + up * np.sin(angle), up * np.cos(angle) - right * np.sin(angle)


def _disc(row: pd.Series, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Disc, arms, bar and ring, (4, size, size), at the sky coordinates x along and y across the
    major axis.
    """
    cosine = np.cos(np.radians(row.inclination))
    deprojected = y / np.sqrt(cosine**2 + Q0**2 * (1.0 - cosine**2))
    radius, angle = np.hypot(x, deprojected), np.arctan2(deprojected, x)
    scale = (
        row.half_light / 1.678
    )  # an exponential disc holds half its light inside 1.678 scale lengths
    smooth = np.exp(-radius / scale)
    parts = np.zeros((4, *x.shape))
    parts[0] = smooth
    phase = np.radians(row.phase)
    if row.arms:
        parts[:2] = _arms(row, smooth, radius, angle - phase, scale)
    if row.bar_length:
        along, across = radius * np.cos(angle - phase), radius * np.sin(angle - phase)
        bar = np.exp(
            -0.5 * ((along / row.bar_length) ** 4 + (across / (0.22 * row.bar_length)) ** 2)
        )
        parts[2] = row.get("bar_share", 0.3) * smooth.sum() * bar / bar.sum()
    if row.ring_radius:
        ring = np.exp(-0.5 * ((radius - row.ring_radius) / (0.12 * row.ring_radius)) ** 2)
        parts[3] = row.get("ring_share", 0.6) * smooth.sum() * ring / ring.sum()
        parts[0] *= 0.5
    return parts


def _arms(
    row: pd.Series, smooth: np.ndarray, radius: np.ndarray, angle: np.ndarray, scale: float
) -> np.ndarray:
    """The disc between the arms and the arms, (2, size, size): crests where the angle follows a
    logarithmic spiral.

    Outwards the crests of winding +1 turn clockwise in the picture, so that a galaxy whose arms
    trail turns anticlockwise."""
    inner = max(row.bar_length, row.ring_radius, 0.4 * scale)
    wound = np.log(np.maximum(radius, 0.1) / inner) / np.tan(np.radians(row.pitch))
    crest = np.exp(3.0 * (np.cos(row.arms * (angle + row.winding * wound)) - 1.0))
    begins = 1.0 / (
        1.0 + np.exp(-4.0 * (radius / inner - 1.0))
    )  # no arms inside the bar, the ring or the bulge
    arms = row.arm_contrast * 2.5 * smooth * crest * begins
    return np.stack([smooth * (1.0 - row.arm_contrast * 0.7 * begins), arms])


def observe(row: pd.Series, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The picture (3, size, size) in i, r, g with noise of standard deviation 1 in each, and the
    light of each component (5, size, size), without noise, in the same unit, r band.
    """
    fine = components(row, size * OVERSAMPLING)
    sharp = _binned(fine)
    red, blue = (np.array(BAND_FLUX[name]) for name in ("old", "young"))
    colour = np.stack(
        [red, *(red + share * row.young * (blue - red) for share in (0.6, 1.0, 0.1, 1.0))]
    )  # (5, 3)
    bands = np.einsum("kyx,kb->byx", fine, colour)
    seen = _binned(_smoothed(bands, row.psf_fwhm * size * OVERSAMPLING / GRID))
    factor = row.signal_to_noise / _signal_to_noise(seen.mean(axis=0)) / np.sqrt(len(BANDS))
    noise = np.random.default_rng([int(row.noise_seed), *b"sky noise"]).normal(size=seen.shape)
    return seen * factor + noise, sharp * factor


def _signal_to_noise(light: np.ndarray) -> float:
    """Light over noise inside the brightest pixels that hold half of it, for noise 1 in a pixel."""
    ordered = np.sort(light.ravel())[::-1]
    inside = np.cumsum(ordered)
    pixels = int(np.searchsorted(inside, 0.5 * inside[-1])) + 1
    return float(inside[pixels - 1] / np.sqrt(pixels))


def _smoothed(planes: np.ndarray, fwhm: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    sigma = fwhm / np.sqrt(8.0 * np.log(2.0))
    return gaussian_filter(planes, (0.0, sigma, sigma), mode="nearest")


def _binned(planes: np.ndarray) -> np.ndarray:
    """Means over squares of OVERSAMPLING pixels."""
    n, height, width = planes.shape
    return planes.reshape(
        n, height // OVERSAMPLING, OVERSAMPLING, width // OVERSAMPLING, OVERSAMPLING
    ).mean(axis=(2, 4))


def masks(row: pd.Series, size: int) -> np.ndarray:
    """Where each component has more light than one standard deviation of the noise, before the PSF:
    (5, size, size) bool.
    """
    return observe(row, size)[1] > 1.0
