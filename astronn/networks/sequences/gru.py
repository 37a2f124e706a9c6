"""Gated recurrent units: the state moves part of the way towards a candidate, unit by unit.

Cho, van Merrienboer, Gulcehre et al. (2014, EMNLP, eq. 5-8). With s the logistic function, * a
product unit by unit and h(0) = 0, in the form of cuDNN, where the reset gate acts on W_n h and not
on h, so that one matrix product serves all gates:

    r = s(U_r x(t) + W_r h(t-1) + b_r)    z = s(U_z x(t) + W_z h(t-1) + b_z)
    m = W_n h(t-1) + d_n    n = tanh(U_n x(t) + b_n + r * m)    h(t) = (1 - z) * n + z * h(t-1)
"""

from __future__ import annotations

import torch
from torch import nn

from astronn.networks.sequences._shared import RULES, RecurrentConfig, RecurrentNetwork

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class GRULayer(nn.Module):
    """x (B, T, C) -> states h (B, T, H); torch's matrices stack the gates in the order r, z, n."""

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__()
        self.layer = nn.GRU(n_inputs, hidden, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0]


class Network(RecurrentNetwork):
    """GRU layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, GRULayer)
