"""Whole batches of images turned, mirrored, shifted, zoomed and tinted at once, and the classes
that a mirror swaps.

One affine map an image, applied by one interpolation; after it an image is another valid view of
the same object. Which views are valid is a statement about the classes: a turned galaxy is the same
galaxy, a turned 6 is a 9, and a mirror makes a clockwise spiral an anticlockwise one."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import NamedTuple

import torch
from torch.nn import functional


class Draws(NamedTuple):
    """What was drawn for each of B views."""

    # (B, 2, 3), from view to image in grid_sample's coordinates: -1 to 1 from edge to edge, x first
    matrices: torch.Tensor
    mirrored: torch.Tensor  # (B,) bool
    factors: torch.Tensor  # (B, C, 1, 1) of each channel


@dataclass(frozen=True)
class Augmentation:
    """How far a training view may differ from the image; every number is drawn anew for each image,
    uniformly but colour.
    """

    rotation: float = 0.0  # degrees, to either side; 180 is any angle
    mirror: bool = False  # left and right exchanged in half of the views
    zoom: float = 0.0  # the field of view is multiplied by exp(u), |u| <= zoom
    shift: float = (
        0.0  # of the centre, along each axis, to either side, as a share of half the field of view
    )
    colour: float = 0.0  # each channel is multiplied by exp(colour * g), g standard normal

    @property
    def moves(self) -> bool:
        """Whether a pixel of a view may come from another place than in the image's centre."""
        return bool(self.rotation or self.zoom or self.shift or self.mirror)

    def views(
        self, images: torch.Tensor, size: tuple[int, int], generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Views (B, C, h, w) of ``images`` (B, C, H, W) float, ``size`` (h, w), and which were
        mirrored, (B,) bool.

        A view without any change is the central h x w pixels. Beyond the image's edge it is
        continued by reflection."""
        drawn = self.draw(tuple(images.shape), size, generator)
        return self.applied(images, size, drawn), drawn.mirrored.to(images.device)

    def applied(self, images: torch.Tensor, size: tuple[int, int], drawn: Draws) -> torch.Tensor:
        """The views (B, C, h, w) that were drawn, likewise."""
        if self.moves:
            grid = _grid(drawn.matrices.to(images.device), size)
            images = functional.grid_sample(
                images, grid, padding_mode="reflection", align_corners=False
            )
        else:
            images = centre(images, size)
        return images * drawn.factors.to(images.device) if self.colour else images

    def draw(
        self, shape: tuple[int, ...], size: tuple[int, int], generator: torch.Generator
    ) -> Draws:
        """What is drawn for images of ``shape`` (B, C, H, W) and views of ``size`` (h, w), on the
        CPU for every device.
        """
        n, channels, full = shape[0], shape[1], shape[2:]

        def uniform(limit: float, *shape: int) -> torch.Tensor:
            return limit * (2 * torch.rand(*shape, generator=generator) - 1)

        angle, scale = uniform(self.rotation * pi / 180, n), torch.exp(uniform(self.zoom, n))
        shift = uniform(self.shift, n, 2)
        mirrored = (
            (torch.rand(n, generator=generator) < 0.5)
            if self.mirror
            else torch.zeros(n, dtype=torch.bool)
        )
        sign = 1 - 2 * mirrored.float()
        half, outer = torch.tensor(size[::-1]) / 2, torch.tensor(full[::-1]) / 2  # (x, y), pixels
        cosine, sine = scale * angle.cos(), scale * angle.sin()
        turn = torch.stack(
            [torch.stack([cosine * sign, -sine], 1), torch.stack([sine * sign, cosine], 1)], 1
        )  # (n, 2, 2)
        matrices = torch.cat(
            [turn * half, (shift * half).unsqueeze(2)], 2
        )  # pixels from the centre
        tints = self.colour * torch.randn(n, channels, 1, 1, generator=generator)
        factors = (
            tints.exp() if self.colour else torch.ones_like(tints)
        )  # exp wakes threads, which then wait awake
        return Draws(matrices / outer.view(1, 2, 1), mirrored, factors)


def _grid(matrices: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Where each pixel of the views lies in its image, (n, h, w, 2): functional.affine_grid,
    without its slow product.

    All x lie before all y in memory: the processor then adds along a row, not along the two
    coordinates of one pixel."""
    y, x = (((2 * torch.arange(side, device=matrices.device) + 1) / side - 1) for side in size)
    a, b, c = (matrices[:, :, column].view(-1, 2, 1, 1) for column in range(3))
    return ((y.view(-1, 1) * b + c) + x * a).permute(0, 2, 3, 1)


def centre(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """The central ``size`` (h, w) pixels of (..., H, W); the spare row or column of an odd
    difference stays below or right.
    """
    (height, width), (h, w) = images.shape[-2:], size
    top, left = (height - h) // 2, (width - w) // 2
    return images[..., top : top + h, left : left + w]


def swapped(classes: torch.Tensor, mirrored: torch.Tensor, swap: torch.Tensor) -> torch.Tensor:
    """Class numbers (B, ...) of views: ``swap[class]`` where the view was mirrored (B,), the class
    itself elsewhere.
    """
    return torch.where(mirrored.view(-1, *[1] * (classes.ndim - 1)), swap[classes], classes)
