"""The simple recurrent network: h(t) = tanh(U x(t) + W h(t-1) + b), y = V h + c.

Elman (1990, Cognitive Science 14, 179, figure 2), whose context units hold a copy of the hidden
units' last state. U takes the inputs to the hidden units, W the hidden units to themselves one
entry later, V the hidden units to the outputs; h(0) is zero. V is the last matrix of the head: with
``dense=()`` the network is the three matrices and nothing else. Gradients go back through all
entries (Werbos 1990, Proc. IEEE 78, 1550). W starts as an orthogonal matrix (Saxe, McClelland &
Ganguli 2014, ICLR), so that early entries are neither forgotten at once nor blown up; U as in
Glorot & Bengio (2010, AISTATS)."""

from __future__ import annotations

import torch
from torch import nn

from astronn.networks.sequences._shared import RULES, RecurrentConfig, RecurrentNetwork

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class ElmanLayer(nn.Module):
    """x (B, T, C) -> states h (B, T, H)."""

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__()
        self.U = nn.Parameter(nn.init.xavier_uniform_(torch.empty(hidden, n_inputs)))
        self.W = nn.Parameter(nn.init.orthogonal_(torch.empty(hidden, hidden)))
        self.b = nn.Parameter(torch.zeros(hidden))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        start = x.new_zeros(1, len(x), len(self.b))
        weights = [self.U, self.W, self.b, torch.zeros_like(self.b)]  # torch's has a second b
        return torch.rnn_tanh(x, start, weights, True, 1, 0.0, self.training, False, True)[0]


class Network(RecurrentNetwork):
    """Elman layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, ElmanLayer)
