"""The gate: how much the image counts as the next token is said.

Xu et al. (2015), section 4.2.1: beta_t = sigma(f_beta(h_{t-1})), by which the context is
multiplied."""

from __future__ import annotations

import torch
from torch import nn


class Gate(nn.Linear):
    """beta_t from the hidden states h_{t-1} (B, W, H): (B, W, 1), from 0 to 1."""

    def __init__(self, hidden: int) -> None:
        super().__init__(hidden, 1)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(super().forward(hidden))
