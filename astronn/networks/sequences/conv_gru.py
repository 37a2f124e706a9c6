"""A convolution that reads and shortens the curve, then gated recurrent units over what is left.

Each unit of the convolution sees ``kernel_size`` neighbouring entries with the same weights as its
neighbours (LeCun, Bottou, Bengio & Haffner 1998, Proc. IEEE 86, 2278, section II); the largest of
every ``shorten`` neighbouring entries is kept. The recurrent layer (Cho et al. 2014, see gru.py)
then takes ``shorten`` times fewer steps. Padding is set to zero before every convolution, as the
space before the first entry is, so it never matters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from astronn import options
from astronn.errors import AstronnError
from astronn.networks.sequences import _shared as recurrent
from astronn.networks.sequences.gru import GRULayer

RULES = recurrent.RULES | {
    "maps": options.sequence_of(options.whole(1)),
    "kernel_size": options.whole(1),
    "shorten": options.whole(1),
}


@dataclass(frozen=True)
class Config(recurrent.RecurrentConfig):
    """The shape of the network."""

    maps: tuple[int, ...] = (48, 48)  # feature maps of each convolution
    kernel_size: int = 5  # entries that a unit sees; odd
    shorten: int = 2  # entries that become one after each convolution


class Network(recurrent.SequenceNetwork):
    """x (B, T, C), lengths (B,), auxiliary (B, A) -> logits (B, K)."""

    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__()
        if config.kernel_size % 2 == 0:
            raise AstronnError(
                f"kernel_size must be odd, not {config.kernel_size}: a unit is in the middle of"
                " what it sees"
            )
        self.config = config
        sizes = (config.n_inputs, *config.maps)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(a, b, config.kernel_size, padding="same") for a, b in pairwise(sizes)
        )
        self.layers = recurrent.Layers(sizes[-1], config, GRULayer)
        self.pool = recurrent.Pool(
            config.pooling, self.layers.n_outputs, config.hidden if config.bidirectional else 0
        )
        self.head = recurrent.head(self.layers.n_outputs + config.n_auxiliary, config)

    def forward(
        self, x: torch.Tensor, lengths: torch.Tensor, auxiliary: torch.Tensor
    ) -> torch.Tensor:
        x = x.transpose(1, 2)  # (B, C, T)
        for convolution in self.convolutions:
            there = recurrent.mask(lengths, x.shape[2])[:, None]
            x = (
                convolution(x * there).relu() * there
            )  # 0 is the least that relu gives: padding is never the largest
            x = functional.max_pool1d(x, self.config.shorten, ceil_mode=True)
            lengths = -(-lengths // self.config.shorten)
        pooled = self.pool(self.layers(x.transpose(1, 2), lengths), lengths)
        return self.head(torch.cat([pooled, auxiliary], 1))
