"""How image stacks come in and what a network sees of them: (N, channels, height, width), uint8 or
float, NaN allowed.

A stack is held once, on the device where training runs, in its own type; only batches become
float32. A NaN pixel means "not measured" and becomes the mean of the measured pixels of its image
and channel; infinite values are refused."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from astronn.compute import devices
from astronn.errors import AstronnError
from astronn.inputs.augmentation import centre

TYPES = (torch.uint8, torch.float16, torch.bfloat16, torch.float32, torch.float64)
SCALINGS = ("image", "survey")
BLOCK = 256  # images looked at or classified at once
DETAIL_FLOOR = 0.15  # share of the light's range that is added where detail is divided by light


def check_stack(X: Any, name: str = "X") -> torch.Tensor:
    """X as a tensor (N, C, H, W) over the same memory, where it has one: numpy arrays, memory maps,
    tensors.

    Raises AstronnError for other shapes and types, for no images, and for infinite pixels.
    """
    if not isinstance(X, torch.Tensor):
        with warnings.catch_warnings():  # a read-only memory map is fine: nobody writes to it
            warnings.filterwarnings("ignore", message=".*not writable")
            X = _from_numpy(np.asarray(X), name)
    if X.ndim != 4:
        remedy = (
            "X[:, None] adds the channel of grey images"
            if X.ndim == 3
            else "give one stack of images"
        )
        raise AstronnError(
            f"{name} must be (n, channels, height, width), not {tuple(X.shape)}; {remedy}"
        )
    if X.dtype not in TYPES:
        raise AstronnError(
            f"{name} must be uint8 or float, not {X.dtype}; convert it, for example with"
            " astype('float32')"
        )
    if not X.numel():
        raise AstronnError(f"{name} holds no pixels: its shape is {tuple(X.shape)}")
    if X.is_floating_point():
        bad = [
            start
            for start in range(0, len(X), BLOCK)
            if torch.isinf(X[start : start + BLOCK]).any()
        ]
        if bad:
            where = f"images {bad[0]} to {bad[0] + BLOCK - 1}"
            raise AstronnError(
                f"{name} has infinite pixels, first among {where}; use NaN for what was not"
                " measured"
            )
    return X.detach()


def check_shape(found: tuple[int, ...], shape: tuple[int, ...], name: str = "X") -> None:
    """Raise AstronnError where images are not of the ``shape`` (C, H, W) of training."""
    if tuple(found) != tuple(shape):
        raise AstronnError(
            f"{name} has images of {tuple(found)}, the classifier was trained on {tuple(shape)};"
            " cut or scale them"
        )


def _from_numpy(X: np.ndarray, name: str) -> torch.Tensor:
    if X.dtype.kind not in "uifb":
        raise AstronnError(f"{name} must be an array of numbers, not of {X.dtype}")
    native = X.astype(X.dtype.newbyteorder("="), copy=False)
    return torch.from_numpy(native if all(s >= 0 for s in native.strides) else native.copy())


def gather(stack: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Images ``rows`` of the stack as float32 (B, C, H, W), NaN filled; a channel without a
    measured pixel becomes 0.
    """
    images = stack.index_select(0, rows)
    if not images.is_floating_point():
        return images.float()
    images = images.float()
    missing = images.isnan()
    if images.device.type == "cpu" and not missing.any():  # a card would have to be waited for
        return images
    return torch.where(missing, images.nanmean((2, 3), keepdim=True).nan_to_num(0.0), images)


@dataclass(frozen=True)
class Preparation:
    """From pixels of a view to a network's inputs: one scaling, and on request a channel of
    detail.
    """

    size: tuple[int, int]  # (height, width) of the view that the network sees, pixels
    # "image": each image to mean 0 and variance 1; "survey": each channel by ``mean`` and ``scale``
    scaling: str
    detail: int  # radius of the detail channel's smoothing in pixels; 0: no such channel
    mean: np.ndarray  # (C,) float64, of the training images
    scale: np.ndarray  # (C,) float64, standard deviation of the training images; 1 where it is 0

    @classmethod
    def learn(
        cls, stack: torch.Tensor, rows: torch.Tensor, crop: int | None, scaling: str, detail: int
    ) -> Preparation:
        """The preparation for views of the central ``crop`` pixels (None: all), its numbers from
        images ``rows``.
        """
        size = cls.size_of(stack, crop)
        there = devices.of_float64(stack.device)
        total = torch.zeros(stack.shape[1], dtype=torch.float64, device=there)
        squares, n = torch.zeros_like(total), len(rows) * size[0] * size[1]
        for part in rows.split(BLOCK):
            pixels = centre(gather(stack, part), size).to(there).double()
            total, squares = total + pixels.sum((0, 2, 3)), squares + pixels.square().sum((0, 2, 3))
        mean = total / n
        spread = (squares / n - mean.square()).clamp_min(0).sqrt()
        scale = torch.where(spread > 1e-6 * mean.abs().clamp_min(1e-30), spread, 1.0)
        return cls(size, scaling, detail, mean.cpu().numpy(), scale.cpu().numpy())

    @staticmethod
    def size_of(stack: torch.Tensor, crop: int | None) -> tuple[int, int]:
        """(height, width) of the central ``crop`` pixels of images (..., H, W); None: all."""
        height, width = stack.shape[-2:]
        return min(crop or height, height), min(crop or width, width)

    def plain(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """It as JSON values and named arrays, mean (C,) and scale (C,)."""
        said = {"size": list(self.size), "scaling": self.scaling, "detail": self.detail}
        return said, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def restored(cls, said: dict[str, Any], arrays: dict[str, np.ndarray]) -> Preparation:
        """The inverse of ``plain``, from the same values and arrays, (C,) each."""
        height, width = said["size"]
        return cls((height, width), said["scaling"], said["detail"], **arrays)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of a network's inputs."""
        return len(self.mean) + (self.detail > 0), *self.size

    def __call__(self, views: torch.Tensor, into: torch.Tensor | None = None) -> torch.Tensor:
        """Views (B, C, h, w) float32 as inputs (B, C or C + 1, h, w), channels last in memory;
        ``into`` takes them if given.
        """
        x = self.room(len(views), views.device) if into is None else into
        self._scaled(views, x[:, : views.shape[1]])
        if self.detail:
            x[:, views.shape[1] :] = detail(views, self.detail)
        return x

    def room(self, n: int, device: torch.device) -> torch.Tensor:
        """Memory for the inputs of n views, (n, C or C + 1, h, w) float32, channels last, not yet
        written.
        """
        return torch.empty(n, *self.shape, device=device, memory_format=torch.channels_last)

    def _scaled(self, views: torch.Tensor, into: torch.Tensor) -> None:
        if self.scaling == "image":
            flat = views.flatten(1)
            mean = flat.mean(1, keepdim=True)
            centred = flat - mean
            spread = (
                torch.linalg.vector_norm(centred, dim=1, keepdim=True) / flat.shape[1] ** 0.5
            )  # faster than torch.std
            torch.div(
                centred.view_as(views),
                (spread + 1e-6 * mean.abs() + 1e-12).view(-1, 1, 1, 1),
                out=into,
            )
        else:
            mean, scale = (_channels(tuple(v), views.device) for v in (self.mean, self.scale))
            torch.div(views - mean, scale, out=into)

    def central(self, stack: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """The inputs for images ``rows`` as they are, without augmentation."""
        return self(centre(gather(stack, rows), self.size))


def detail(views: torch.Tensor, radius: int) -> torch.Tensor:
    """d = 3 (g - b) / (b - min b + 0.15 (max b - min b)): the mean channel g against itself
    smoothed, b; (B, 1, h, w).

    Divided by the light around it, a faint spiral arm stands out as much as a bright one (unsharp
    masking). b is g after two running means over 2 radius + 1 pixels. Neither an offset nor a
    factor of the pixel values changes d; an image of one value gives 0."""
    grey = views.mean(1, keepdim=True)
    down, across = (_running_means(side, radius, views.device) for side in views.shape[-2:])
    smooth = down @ grey @ across.T
    low, high = smooth.amin((2, 3), keepdim=True), smooth.amax((2, 3), keepdim=True)
    span = high - low
    light = smooth - low + DETAIL_FLOOR * span
    return torch.where(span > 1e-6 * high.abs(), 3 * (grey - smooth) / light.clamp_min(1e-30), 0.0)


@lru_cache(maxsize=16)
def _channels(values: tuple[float, ...], device: torch.device) -> torch.Tensor:
    """One number a channel, (C, 1, 1) float32, copied to the device once and not in every step."""
    return torch.tensor(values, dtype=torch.float32).to(device).view(-1, 1, 1)


@lru_cache(maxsize=16)
def _running_means(side: int, radius: int, device: torch.device) -> torch.Tensor:
    """The matrix (side, side) that takes two running means over 2 radius + 1 pixels, beyond the
    edges by reflection.

    As a product of matrices they cost a tenth of what pooling takes.
    """
    place = torch.arange(-radius, side + radius)  # of the pixels, continued to either side
    pixel = side - 1 - (side - 1 - place.abs()).abs()  # the one that is seen there
    one = torch.zeros(side, side, dtype=torch.float64)
    for step in range(2 * radius + 1):
        one[torch.arange(side), pixel[step : step + side]] += 1 / (2 * radius + 1)
    return (one @ one).float().to(device)
