"""The encoder: an image becomes a grid of annotation vectors, each about one part of it.

Xu et al. (2015), section 3.1.1: a = {a_1, ..., a_L}, a_i of D numbers, taken from a convolutional
layer and not from a fully connected one, so that the decoder can tell where in the image each of
them comes from."""

from __future__ import annotations

import torch
from torch import nn

from astronn.errors import AstronnError
from astronn.networks.images._network import ImageNetwork


class Encoder(nn.Module):
    """Images (B, C, H, W) -> annotation vectors (B, L, D), L = h w of the network's last feature
    maps, row by row.

    ``trunk`` is an image network (astronn.networks.images) whose ``features`` are used and whose
    head is left out. With ``position`` the place of each cell, x and y from -1 to 1, stands behind
    its F features, so that D = F + 2: what is to be read in an order must know where it stands.
    Without it D = F, and the encoder knows places from edges alone."""

    places: torch.Tensor  # (L, 2), or (L, 0) without

    def __init__(self, name: str, trunk: ImageNetwork, position: bool) -> None:
        super().__init__()
        self.name, self.config, self.features = name, trunk.config, trunk.without_head()
        with torch.no_grad():
            shape = (1, trunk.config.channels, trunk.config.height, trunk.config.width)
            trunk.eval()
            maps = trunk.features(torch.zeros(shape)).shape
            trunk.train()
        if len(maps) != 4 or maps[2] * maps[3] < 2:
            raise AstronnError(
                f"network {name!r} leaves a grid of {tuple(maps[2:])} cells; attention needs at"
                " least two cells"
            )
        self.grid = tuple(maps[2:])
        self.size = maps[1] + 2 * position
        self.register_buffer(
            "places",
            _places(*self.grid) if position else torch.zeros(self.grid[0] * self.grid[1], 0),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = self.features(x).flatten(2).transpose(1, 2)  # (B, L, F)
        return torch.cat([maps, self.places.to(maps.dtype).expand(len(maps), -1, -1)], 2)


def _places(height: int, width: int) -> torch.Tensor:
    """x and y of the centres of the cells, (h w, 2): -1 to 1 from edge to edge of the image."""
    y, x = (((2 * torch.arange(side) + 1) / side - 1) for side in (height, width))
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)], 2).flatten(0, 1)
