"""A residual network whose cells lie over the middle of what they see: cell (i, j) of its maps over
its own square of pixels.

A convolution of odd size with step 2 sees more on one side of its square of pixels than on the
other, and its maps slip when the image is turned. Here the first one has an even size, 6, and after
it the resolution falls by the largest value of 2 x 2 neighbours alone: a quarter turn of the image
moves the field of every unit exactly. Blocks as in He, Zhang, Ren & Sun (2016, CVPR, eq. 1); see
astronn.networks.images.residual."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from astronn import options
from astronn.networks.images._network import ImageNetwork
from astronn.networks.images.residual import Block, MeanAndMax

RULES = {
    "maps": options.whole(1),
    "blocks": options.sequence_of(options.whole(1)),
    "dropout": options.real(0, 1, include_low=True),
}


@dataclass(frozen=True)
class Config:
    """The shape of the network; the sides of the images should be multiples of 2 to the number of
    stages.
    """

    channels: int
    height: int
    width: int
    n_outputs: int
    maps: int = (
        16  # feature maps of the first stage; every later stage has twice those of the one before
    )
    blocks: tuple[int, ...] = (
        1,
        2,
    )  # residual blocks of each stage; each stage has half the resolution of what it sees
    dropout: float = 0.2  # share of the head's inputs that each training step leaves out


class Network(ImageNetwork[Config]):
    """Images (B, C, H, W) -> logits (B, K); ``features`` are (B, F, H / 2^s, W / 2^s) after s
    stages.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        first = nn.Conv2d(config.channels, config.maps, 6, stride=2, padding=2, bias=False)
        parts: list[nn.Module] = [first, nn.BatchNorm2d(config.maps), nn.ReLU(inplace=True)]
        maps = config.maps
        for stage, n_blocks in enumerate(config.blocks):
            parts += [nn.MaxPool2d(2, ceil_mode=True)] if stage else []
            for _ in range(n_blocks):
                parts.append(Block(maps, config.maps * 2**stage, stride=1))
                maps = config.maps * 2**stage
        self.features = nn.Sequential(*parts)
        self.head = nn.Sequential(
            MeanAndMax(), nn.Dropout(config.dropout), nn.Linear(2 * maps, config.n_outputs)
        )
