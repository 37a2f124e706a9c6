"""What every image network is: ``features``, ``head``, and the second after the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import torch
from torch import nn


class ImageConfig(Protocol):
    """What the Config of every family says."""

    @property
    def channels(self) -> int:
        """Bands of an image, C."""

    @property
    def height(self) -> int:
        """Pixels from top to bottom, H."""

    @property
    def width(self) -> int:
        """Pixels from left to right, W."""

    @property
    def n_outputs(self) -> int:
        """Classes, K."""


C = TypeVar("C", bound=ImageConfig)


class ImageNetwork(nn.Module, Generic[C]):
    """Images (B, C, H, W) -> logits (B, K): ``features`` gives maps (B, F, h, w), ``head`` the
    logits of these.
    """

    config: C
    features: Callable[[torch.Tensor], torch.Tensor]
    head: Callable[[torch.Tensor], torch.Tensor]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x))

    def without_head(self) -> nn.Module:
        """``features`` as a module with all their weights, to be part of another network."""
        return self.features if isinstance(self.features, nn.Module) else _Features(self)


class _Features(nn.Module):
    """The features of a network that computes them in a method."""

    def __init__(self, trunk: ImageNetwork[C]) -> None:
        super().__init__()
        if isinstance(trunk.head, nn.Module):
            trunk.head = nn.Identity()  # its weights would stand idle
        self.trunk = trunk

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.trunk.features(x)
