"""Flux to 8 bits: the arcsinh scaling of Lupton et al. 2004 (PASP 116, 133), its constants
recorded.

The mean intensity I of the bands is mapped by F(I) = asinh(Q (I - m) / s) / Q' and every band is
multiplied by F(I) / I, so that the colour of a pixel (the ratios of its bands) survives the
scaling. A pixel that would leave the range is brought back along its colour, not clipped band by
band."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from catalogs.errors import CatalogueError

LOW_SLOPE = (
    0.1  # of the full range: the intensity (I - m) / s at which the mapping equals the linear one
)


@dataclass(frozen=True)
class LuptonScaling:
    """m, s and Q of the mapping. `unit` 'flux': `minimum` and `stretch` are in the unit of the
    pixels. 'sky': they are in standard deviations of the picture's own sky, above its median, for
    pictures of unlike exposure. `weights` multiply the bands first (for bands of unlike zero
    point), 1 each when empty.
    """

    minimum: float = 0.0
    stretch: float = 5.0
    q: float = 8.0
    unit: str = "flux"
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.stretch <= 0 or self.q <= 0 or self.unit not in ("flux", "sky"):
            raise CatalogueError(
                f"scaling {self}: stretch and q must be above 0 and unit 'flux' or 'sky'; remedy:"
                " correct the value"
            )

    def describe(self) -> dict:
        """The entry for the stack's record."""
        return {
            "kind": "lupton asinh",
            "reference": "Lupton et al. 2004, PASP 116, 133",
            **asdict(self),
        }

    def __call__(self, flux: np.ndarray) -> np.ndarray:
        """Pixels (C, H, W) uint8 of flux (C, H, W), which must be finite."""
        flux = np.asarray(flux, dtype=np.float64)
        if self.weights:
            flux = flux * np.reshape(self.weights, (-1, 1, 1))
        above, stretch = self._above_minimum(flux)
        intensity = above.mean(axis=0)  # (H, W)
        slope = LOW_SLOPE * 255.0 / np.arcsinh(LOW_SLOPE * self.q)
        positive = np.where(intensity > 0, intensity, 1.0)
        factor = np.where(
            intensity > 0, np.arcsinh(self.q / stretch * positive) * slope / positive, 0.0
        )
        scaled = (above * factor).clip(min=0.0)
        brightest = scaled.max(axis=0)
        scaled *= np.where(brightest > 255.0, 255.0 / np.maximum(brightest, 1.0), 1.0)
        return np.rint(scaled).astype(np.uint8)

    def _above_minimum(self, flux: np.ndarray) -> tuple[np.ndarray, float]:
        """The flux above the black level (C, H, W) and the stretch, both in the unit of the
        pixels.
        """
        if self.unit == "flux":
            return flux - self.minimum, self.stretch
        level, spread = sky_statistics(flux)  # (C,) each
        sigma = (
            float(np.sqrt(np.mean(spread**2)) / np.sqrt(len(flux))) or 1.0
        )  # of the mean over the bands
        return flux - (level + self.minimum * sigma)[:, None, None], self.stretch * sigma


def sky_statistics(
    flux: np.ndarray, rounds: int = 5, clip: float = 3.0
) -> tuple[np.ndarray, np.ndarray]:
    """Median and standard deviation of the sky in each band, (C,) each: the pixels (C, H, W)
    clipped at `clip` standard deviations (1.4826 times the median absolute deviation) about the
    median, `rounds` times.
    """
    level, spread = np.empty(len(flux)), np.empty(len(flux))
    for band, plane in enumerate(np.reshape(flux, (len(flux), -1))):
        kept = plane[np.isfinite(plane)]
        for _ in range(rounds):
            level[band] = np.median(kept)
            spread[band] = 1.4826 * np.median(np.abs(kept - level[band]))
            inside = np.abs(kept - level[band]) <= clip * spread[band]
            if inside.all():
                break
            kept = kept[inside]
    return level, spread


@dataclass(frozen=True)
class LinearScaling:
    """Each band of each picture linearly from one percentile of its own pixels (black) to another
    (white): learned on that picture alone.
    """

    low: float = 1.0
    high: float = 99.5

    def describe(self) -> dict[str, object]:
        """The entry for the stack's record."""
        return {"kind": "linear between percentiles of each picture and band", **asdict(self)}

    def __call__(self, flux: np.ndarray) -> np.ndarray:
        """Pixels (C, H, W) uint8 of numbers (C, H, W), which must be finite."""
        flux = np.asarray(flux, dtype=np.float64)
        low, high = np.percentile(flux, [self.low, self.high], axis=(1, 2), keepdims=True)
        span = np.where(high > low, high - low, 1.0)
        return np.rint(255.0 * ((flux - low) / span).clip(0.0, 1.0)).astype(np.uint8)


@dataclass(frozen=True)
class AsinhScaling:
    """Each band of each picture by asinh of its height above the median sky in units of the sky's
    scatter, from `black` of them to the brightest pixel: learned on that picture alone.
    """

    black: float = -2.0

    def describe(self) -> dict[str, object]:
        """The entry for the stack's record."""
        return {"kind": "asinh above the sky of each picture and band", **asdict(self)}

    def __call__(self, flux: np.ndarray) -> np.ndarray:
        """Pixels (C, H, W) uint8 of numbers (C, H, W), which must be finite."""
        flux = np.asarray(flux, dtype=np.float64)
        level, spread = sky_statistics(flux)
        unit = np.where(spread > 0, spread, 1.0)[:, None, None]
        height = np.arcsinh((flux - level[:, None, None]) / unit) - np.arcsinh(self.black)
        top = height.max(axis=(1, 2), keepdims=True)
        return np.rint(255.0 * (height / np.where(top > 0, top, 1.0)).clip(0.0, 1.0)).astype(
            np.uint8
        )


SCALINGS: dict[str, Callable[[], Callable[[np.ndarray], np.ndarray]]] = {
    "asinh": AsinhScaling,
    "linear": LinearScaling,
    "lupton": lambda: LuptonScaling(unit="sky"),
}
