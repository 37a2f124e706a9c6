"""A CNN feeding an RNN: the same convolutional network looks at every image of a sequence, a
recurrent one remembers.

The order CNN, then RNN over time is that of Donahue et al. (2015, CVPR, section 3, "LRCN") and, for
difference images of transients, Carrasco-Davis et al. (2019, PASP 131, 108006). After each image
there is an answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from astronn.errors import AstronnError
from astronn.networks import images, sequences
from astronn.networks.images.residual import MeanAndMax
from astronn.networks.sequences._shared import RecurrentNetwork

# numbers beside the features of an image: whether there is one, and the time since the one before
EXTRA = 2


@dataclass(frozen=True)
class Config:
    """What is put together: a family of astronn.networks.images and one of
    astronn.networks.sequences.
    """

    channels: int
    height: int
    width: int
    n_outputs: int
    network: str = "pooled"
    network_options: tuple[tuple[str, object], ...] = ()
    memory: str = "gru"
    hidden: int = 48
    dropout: float = 0.2


class Network(nn.Module):
    """Images x (B, T, C, H, W), there (B, T) bool, gaps (B, T) -> logits after each image, (B, T,
    K).
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        shape = (config.channels, config.height, config.width)
        trunk = images.make(config.network, shape, 1, dict(config.network_options))
        self.features, self.pool = trunk.without_head(), MeanAndMax()
        with torch.no_grad():
            size = self.pool(self.features.eval()(torch.zeros(1, *shape))).shape[1]
        self.features.train()
        own: dict[str, object] = {
            "hidden": config.hidden,
            "dropout": config.dropout,
            "bidirectional": False,
            "pooling": "last",
            "dense": (),
        }
        memory = sequences.make(config.memory, (size + EXTRA, 0), config.n_outputs, own)
        if not isinstance(memory, RecurrentNetwork):
            raise AstronnError(
                f"memory {config.memory!r} gives no answer after each image; choose 'gru', 'lstm'"
                " or 'elman'"
            )
        self.memory = memory

    def forward(self, x: torch.Tensor, there: torch.Tensor, gaps: torch.Tensor) -> torch.Tensor:
        rows = there.flatten().nonzero().squeeze(1)  # only images that exist pass the convolutions
        seen = x.flatten(0, 1).index_select(0, rows).contiguous(memory_format=torch.channels_last)
        found = self.pool(self.features(seen)).float()
        features = (
            found.new_zeros(there.numel(), found.shape[1])
            .index_copy(0, rows, found)
            .unflatten(0, there.shape)
        )
        return self.memory.over_time(
            torch.cat([features, there.unsqueeze(2).float(), gaps.unsqueeze(2)], 2)
        )
