"""How sequences of images come in, (N, T, channels, height, width) with NaN where nothing was
measured, and what a network sees of them.

Pixels enter as asinh(x / s) with s the half width of the middle 68% of the training pixels, so that
faint and bright sources both show and the sign of a difference stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from astronn.errors import AstronnError
from astronn.inputs.tables import plain


@dataclass(frozen=True)
class ImageSequences:
    """N checked sequences of T images."""

    images: np.ndarray  # (N, T, C, H, W) float, NaN where nothing was measured
    days: np.ndarray  # (N, T) float64, finite where there is an image

    def __len__(self) -> int:
        return len(self.images)

    @property
    def there(self) -> np.ndarray:
        """Which images exist, (N, T) bool: those with a finite pixel."""
        return np.isfinite(self.images).any((2, 3, 4))


class Shown(NamedTuple):
    """What a network is shown of sequences."""

    images: torch.Tensor  # (N, T, C, H, W) float32, 0 where not measured
    there: torch.Tensor  # (N, T) bool, which images exist
    gaps: torch.Tensor  # (N, T) float32, log(1 + days since the image before)


def check_sequences(X: Any, times: Any, name: str = "X") -> ImageSequences:
    """X (N, T, C, H, W) with ``times`` (N, T) in days, None for equal steps.

    Raises AstronnError for other shapes, infinite pixels, and times that are not finite where there
    is an image."""
    stack = np.asarray(plain(X))
    if stack.ndim != 5 or stack.dtype.kind not in "fiu" or not stack.size:
        raise AstronnError(
            f"{name} must be numbers (n, times, channels, height, width), not {stack.dtype}"
            f" {stack.shape}"
        )
    stack = stack if stack.dtype.kind == "f" else stack.astype(np.float32)
    if np.isinf(stack).any():
        raise AstronnError(f"{name} has infinite pixels; use NaN for what was not measured")
    equal = np.tile(np.arange(stack.shape[1], dtype=float), (len(stack), 1))
    found = ImageSequences(stack, equal if times is None else np.asarray(plain(times), float))
    if found.days.shape != stack.shape[:2] or not np.isfinite(found.days[found.there]).all():
        raise AstronnError(
            f"times must be {stack.shape[:2]} numbers, finite where there is an image, not"
            f" {found.days.shape}"
        )
    return found


@dataclass(frozen=True)
class SequencePreparation:
    """What turns sequences into a network's inputs."""

    scale: float  # of the asinh, pixel units

    @classmethod
    def learn(cls, images: np.ndarray) -> SequencePreparation:
        """Half the width of the middle 68% of the measured pixels, 1 where that is 0: the noise,
        where most pixels are sky. ``images``: (N, ...), NaN where not measured.
        """
        low, high = np.nanpercentile(images, (16, 84))
        return cls(float(high - low) / 2 or 1.0)

    def __call__(self, sequences: ImageSequences) -> Shown:
        """What the network is shown of N sequences."""
        there = sequences.there
        gaps = _gaps(sequences.days, there)
        pixels = np.arcsinh(np.nan_to_num(sequences.images, nan=0.0) / self.scale)
        arrays = pixels.astype(np.float32), there, gaps
        return Shown(*map(torch.from_numpy, arrays))


def _gaps(days: np.ndarray, there: np.ndarray) -> np.ndarray:
    """log(1 + days since the image before), (N, T) float32; 0 for the first, and where there is
    none.
    """
    gaps, before = np.zeros(there.shape, np.float32), np.full(len(there), np.nan)
    for t in range(there.shape[1]):
        here = there[:, t]
        gaps[here, t] = np.log1p(np.clip(np.nan_to_num(days[here, t] - before[here]), 0, None))
        before[here] = days[here, t]
    return gaps
