"""A residual network that looks at an image in polar coordinates: rows are the logarithm of the
radius, columns the angle.

About the middle a turned image is one that is shifted along the columns, and a logarithmic spiral
is a straight stripe whose slope is its sense of winding (Davis et al. 2012, ApJS 199, 33, section
2): what a network on pixels must learn for every angle is here one small pattern. Networks on polar
grids: Esteves, Allen-Blanchette, Zhou & Daniilidis (2018, ICLR). The columns are continued around
the circle before the convolutions. Their maps are brought back to the plane of the image, so that a
cell of ``features`` lies where it lies in the image, and outside the circle they are 0."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import torch
from torch import nn
from torch.nn import functional

from astronn import options
from astronn.networks.images._network import ImageNetwork
from astronn.networks.images.residual import Block, MeanAndMax, convolution

RULES = {
    "maps": options.whole(1),
    "blocks": options.sequence_of(options.whole(1)),
    "radii": options.whole(8),
    "angles": options.whole(16),
    "innermost": options.Rule(
        lambda v: options.real(0).holds(v) and v < 1, "a number between 0 and 1"
    ),
    "dropout": options.real(0, 1, include_low=True),
}
# columns that are repeated at either end: no less than half of what a unit sees, and a multiple of
# every step
AROUND = 16


@dataclass(frozen=True)
class Config:
    """The shape of the network; the defaults suit a galaxy that fills an image of 64 pixels."""

    channels: int
    height: int
    width: int
    n_outputs: int
    maps: int = (
        16  # feature maps of the first stage; every later stage has twice those of the one before
    )
    blocks: tuple[int, ...] = (1, 1)  # residual blocks of each stage
    radii: int = 32  # rows, from the innermost radius to the edge
    angles: int = 96  # columns
    innermost: float = 0.06  # of the radius of the circle that touches the image's edges
    dropout: float = 0.2  # share of the head's inputs that each training step leaves out


class Network(ImageNetwork[Config]):
    """Images (B, C, H, W) -> logits (B, K)."""

    there: torch.Tensor  # (1, radii, angles, 2)
    back: torch.Tensor  # (rows * columns, h * w)

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        parts: list[nn.Module] = [
            convolution(config.channels, config.maps, 5, 2),
            nn.ReLU(inplace=True),
        ]
        maps = config.maps
        for stage, n_blocks in enumerate(config.blocks):
            for block in range(n_blocks):
                parts.append(
                    Block(maps, config.maps * 2**stage, stride=2 if stage and not block else 1)
                )
                maps = config.maps * 2**stage
        self.polar_features = nn.Sequential(*parts)
        self.head = nn.Sequential(
            MeanAndMax(), nn.Dropout(config.dropout), nn.Linear(2 * maps, config.n_outputs)
        )
        side = 2 ** (1 + len(config.blocks))  # pixels of a cell
        self.register_buffer(
            "there", polar_grid(config.radii, config.angles, config.innermost), persistent=False
        )
        self.cells = max(4, config.height // side), max(4, config.width // side)
        with torch.no_grad():
            wide = torch.zeros(1, config.channels, config.radii, config.angles + 2 * AROUND)
            rows, columns = self._cut(self.polar_features.eval()(wide)).shape[2:]
        self.polar_features.train()
        back = plane_matrix(rows, columns, plane_grid(*self.cells, config.innermost))
        self.register_buffer("back", back, persistent=False)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (B, F, h, w) over the plane of the image, 0 outside the circle."""
        polar = functional.grid_sample(
            x, self.there.expand(len(x), -1, -1, -1), align_corners=False
        )  # (B, C, radii, angles)
        maps = self.polar_features(
            around(polar, AROUND).contiguous(memory_format=torch.channels_last)
        )
        found = self._cut(maps).flatten(2) @ self.back
        return found.unflatten(2, self.cells)

    def _cut(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps without the columns that were repeated, but for one at either end to interpolate
        with.
        """
        spare = AROUND * maps.shape[-1] // (self.config.angles + 2 * AROUND)
        return around(maps[..., spare : maps.shape[-1] - spare], 1)


def around(maps: torch.Tensor, columns: int) -> torch.Tensor:
    """Maps (..., angles) with so many columns of the one end repeated at the other."""
    return torch.cat([maps[..., -columns:], maps, maps[..., :columns]], -1)


def plane_matrix(rows: int, columns: int, plane: torch.Tensor) -> torch.Tensor:
    """The interpolation of polar maps (..., rows * columns) at the cells ``plane`` (1, h, w, 2) as
    a matrix, (rows * columns, h * w), 0 for cells outside the circle.

    ``columns`` counts the one that is repeated at either end. A product has the same gradient each
    time; that of grid_sample is summed on a card in any order."""
    grid = plane * plane.new_tensor([(columns - 2) / columns, 1.0])
    each = torch.eye(rows * columns).view(-1, 1, rows, columns)
    found = functional.grid_sample(
        each, grid.expand(len(each), -1, -1, -1), padding_mode="border", align_corners=False
    )
    return (found * (plane[..., 1] <= 1).unsqueeze(1)).flatten(1)


def polar_grid(radii: int, angles: int, innermost: float) -> torch.Tensor:
    """Where row i and column j lie in the image, (1, radii, angles, 2) in grid_sample's
    coordinates, x first.
    """
    radius = torch.exp(
        log(innermost) * (1 - (torch.arange(radii) + 0.5) / radii)
    )  # equal steps of the logarithm, to 1
    angle = 2 * pi * (torch.arange(angles) + 0.5) / angles - pi
    return torch.stack(
        [radius[:, None] * angle.cos(), radius[:, None] * angle.sin()], -1
    ).unsqueeze(0)


def plane_grid(height: int, width: int, innermost: float) -> torch.Tensor:
    """Where the cells of an image lie in polar maps, (1, height, width, 2): (angle / pi, -1
    innermost to 1 at the circle).
    """
    y, x = torch.meshgrid(
        *((2 * torch.arange(side) + 1) / side - 1 for side in (height, width)), indexing="ij"
    )
    depth = 1 - 2 * torch.hypot(x, y).clamp_min(1e-6).log() / log(innermost)
    return torch.stack([torch.atan2(y, x) / pi, depth.clamp_min(-1.0)], -1).unsqueeze(0)
