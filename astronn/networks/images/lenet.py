"""A convolutional network as a lecture draws it: local connections, shared weights, pooling, a
fully connected head.

LeCun, Bottou, Bengio & Haffner (1998, Proc. IEEE 86, 2278, section II). Each layer computes
``feature_maps`` maps, every unit of a map looking at its own small window of the layer below with
the same weights as its neighbours: a convolution. Pooling then keeps one number (the largest, or
the mean) of each window of a map, and, with ``pool_maps`` p > 1, the largest of every p
neighbouring maps at the same place, so that a unit answers to any of p learned patterns (maxout:
Goodfellow et al. 2013, ICML, eq. 2). What is left of the image goes to a fully connected network.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from astronn import options
from astronn.errors import AstronnError
from astronn.networks.images._network import ImageNetwork
from astronn.networks.mlp import ACTIVATIONS

POOLING = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}

RULES = {
    "feature_maps": options.sequence_of(options.whole(1)),
    "kernel_size": options.whole(1),
    "pooling": options.one_of(POOLING),
    "pool_size": options.whole(1),
    "pool_maps": options.whole(1),
    "dense": options.sequence_of(options.whole(1)),
    "activation": options.one_of(ACTIVATIONS),
    "dropout": options.real(0, 1, include_low=True),
}


@dataclass(frozen=True)
class Config:
    """The shape of the network; two layers of maps suffice for digits, one more for galaxies of 64
    pixels.
    """

    channels: int
    height: int
    width: int
    n_outputs: int
    feature_maps: tuple[int, ...] = (
        32,
        64,
    )  # maps of each convolutional layer, after pooling across maps
    kernel_size: int = 5  # side of a unit's window, pixels of the layer below
    pooling: str = "max"  # "max" or "average" over windows of pool_size x pool_size
    pool_size: int = 2
    pool_maps: int = 1  # neighbouring maps pooled into one; 1: none
    dense: tuple[int, ...] = (128,)  # hidden units of the fully connected head
    activation: str = "relu"
    dropout: float = 0.3  # share of the dense head's inputs that each training step leaves out


class Network(ImageNetwork[Config]):
    """Images (B, C, H, W) -> logits (B, K)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        maps = (config.channels, *config.feature_maps)
        self.features = nn.Sequential(
            *(layer(before, after, config) for before, after in pairwise(maps))
        )
        shrink = config.pool_size ** len(config.feature_maps)
        height, width = config.height // shrink, config.width // shrink
        if min(height, width) < 1:
            raise AstronnError(
                f"images of {config.height} x {config.width} pixels are gone after"
                f" {len(config.feature_maps)} poolings by {config.pool_size}; give fewer"
                " feature_maps or a smaller pool_size"
            )
        units = (maps[-1] * height * width, *config.dense)
        hidden = [
            part
            for a, b in pairwise(units)
            for part in (nn.Linear(a, b), Activate(config.activation))
        ]
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(config.dropout),
            *hidden,
            nn.Linear(units[-1], config.n_outputs),
        )


def layer(before: int, after: int, config: Config) -> nn.Sequential:
    """One convolutional layer: (B, before, H, W) -> (B, after, H / pool_size, W / pool_size)."""
    return nn.Sequential(
        nn.Conv2d(
            before, after * config.pool_maps, config.kernel_size, padding="same"
        ),  # local, shared weights
        Activate(config.activation),
        *([PoolMaps(config.pool_maps)] if config.pool_maps > 1 else []),
        POOLING[config.pooling](config.pool_size),
    )


class Activate(nn.Module):
    """The transfer function of that name, unit by unit."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return ACTIVATIONS[self.name].function(x)


class PoolMaps(nn.Module):
    """The largest of every ``size`` neighbouring feature maps: (B, size * F, H, W) -> (B, F, H,
    W).
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, (-1, self.size)).amax(2)
