"""A compact residual network: stages of blocks y = relu(x + g(x)), each stage at half the
resolution of the one before.

He, Zhang, Ren & Sun (2016, CVPR, eq. 1 and section 3.3); the last scale of every g starts at 0, so
that training begins from the identity (Goyal et al. 2017, arXiv:1706.02677, section 5.1). The
resolution falls early: on a processor the cost of a layer is its pixels. The head sees the mean and
the largest value of every map: how much there is of a pattern, and whether there is any."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from astronn import options
from astronn.networks.images._network import ImageNetwork

RULES = {
    "maps": options.whole(1),
    "blocks": options.sequence_of(options.whole(1)),
    "first_stride": options.whole(0),
    "dropout": options.real(0, 1, include_low=True),
}


@dataclass(frozen=True)
class Config:
    """The shape of the network; the defaults have 0.3 million weights."""

    channels: int
    height: int
    width: int
    n_outputs: int
    maps: int = (
        16  # feature maps of the first stage; every later stage has twice those of the one before
    )
    blocks: tuple[int, ...] = (1, 1, 1, 1)  # residual blocks of each stage
    first_stride: int = (
        0  # step of the first convolution in pixels; 0: 2 for images of 48 pixels and more, else 1
    )
    dropout: float = 0.2  # share of the head's inputs that each training step leaves out

    @property
    def stride(self) -> int:
        """The step of the first convolution, in pixels."""
        return self.first_stride or (2 if min(self.height, self.width) >= 48 else 1)


class Network(ImageNetwork[Config]):
    """Images (B, C, H, W) -> logits (B, K)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        parts: list[nn.Module] = [
            convolution(config.channels, config.maps, 5, config.stride),
            nn.ReLU(inplace=True),
        ]
        maps = config.maps
        for stage, n_blocks in enumerate(config.blocks):
            for block in range(n_blocks):
                wide = config.maps * 2**stage
                parts.append(Block(maps, wide, stride=2 if stage and not block else 1))
                maps = wide
        self.features = nn.Sequential(*parts)
        self.head = nn.Sequential(
            MeanAndMax(), nn.Dropout(config.dropout), nn.Linear(2 * maps, config.n_outputs)
        )


def convolution(before: int, after: int, size: int, stride: int = 1) -> nn.Sequential:
    """A convolution and batch normalisation (Ioffe & Szegedy 2015, algorithm 1), which makes a bias
    superfluous.
    """
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, size // 2, bias=False), nn.BatchNorm2d(after)
    )


class Block(nn.Module):
    """relu(shortcut(x) + g(x)), g of two 3x3 convolutions: (B, before, H, W) -> (B, after, H /
    stride, W / stride).
    """

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.first, self.second = (
            convolution(before, after, 3, stride),
            convolution(after, after, 3),
        )
        nn.init.zeros_(self.second[1].get_parameter("weight"))
        mean = [nn.AvgPool2d(stride, ceil_mode=True)] if stride > 1 else []
        self.shortcut = (
            nn.Sequential(*mean, convolution(before, after, 1))
            if mean or before != after
            else nn.Identity()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(
            self.shortcut(x) + self.second(functional.relu(self.first(x), inplace=True)),
            inplace=True,
        )


class MeanAndMax(nn.Module):
    """The mean and the largest value of each feature map: (B, F, H, W) -> (B, 2 F)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
