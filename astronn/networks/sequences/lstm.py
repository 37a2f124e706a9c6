"""Long short-term memory: a cell state c that is added to, and gates that say what is written, kept
and shown.

Hochreiter & Schmidhuber (1997, Neural Computation 9, 1735), with the forget gate of Gers,
Schmidhuber & Cummins (2000, Neural Computation 12, 2451, eq. 2.1-2.4). With s the logistic function
and * a product unit by unit, from zero states:

    i = s(U_i x(t) + W_i h(t-1) + b_i)    f = s(U_f x(t) + W_f h(t-1) + b_f)    o = s(U_o x(t) + W_o
                                          h(t-1) + b_o)
    g = tanh(U_g x(t) + W_g h(t-1) + b_g)    c(t) = f * c(t-1) + i * g    h(t) = o * tanh(c(t))

The forget gate's bias starts at 1 (Jozefowicz, Zaremba & Sutskever 2015, ICML): a new network
remembers."""

from __future__ import annotations

import torch
from torch import nn

from astronn.networks.sequences._shared import RULES, RecurrentConfig, RecurrentNetwork

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class LSTMLayer(nn.Module):
    """x (B, T, C) -> states h (B, T, H); torch's matrices stack the gates in the order i, f, g,
    o.
    """

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__()
        self.layer = nn.LSTM(n_inputs, hidden, batch_first=True)
        with torch.no_grad():
            self.layer.get_parameter("bias_ih_l0")[hidden : 2 * hidden] = 1.0
            self.layer.get_parameter("bias_hh_l0").zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0]


class Network(RecurrentNetwork):
    """LSTM layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, LSTMLayer)
