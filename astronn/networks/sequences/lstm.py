"""Long short-term memory: a cell state c that is added to, and gates that say what is written, kept and shown.

Hochreiter & Schmidhuber (1997, Neural Computation 9, 1735), with the forget gate of Gers, Schmidhuber & Cummins (2000,
Neural Computation 12, 2451, eq. 2.1-2.4). With s the logistic function and * a product unit by unit, from zero states:

    i = s(U_i x(t) + W_i h(t-1) + b_i)    f = s(U_f x(t) + W_f h(t-1) + b_f)    o = s(U_o x(t) + W_o h(t-1) + b_o)
    g = tanh(U_g x(t) + W_g h(t-1) + b_g)    c(t) = f * c(t-1) + i * g    h(t) = o * tanh(c(t))

The forget gate's bias starts at 1 (Jozefowicz, Zaremba & Sutskever 2015, ICML): a new network remembers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from astronn.networks.recurrent import RULES, RecurrentConfig, RecurrentNetwork, TorchLayer, recurrent_gradients

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class Steps(torch.autograd.Function):
    """All steps in D directions at once; G = 4 H, in the order i, f, g, o. Gradients go back through all of them.

    With e the error of h(t) and E that of c(t), which takes in e o (1 - tanh^2 c), the errors of the four products are
    E g i (1 - i), E c(t-1) f (1 - f), E i (1 - g^2) and e tanh(c) o (1 - o); E f goes on to c(t-1).
    """

    @staticmethod
    def forward(ctx: Any, driven: torch.Tensor, W: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        D, T, B, G = driven.shape
        H = G // 4
        states, cells = driven.new_zeros(D, T + 1, B, H), driven.new_zeros(D, T + 1, B, H)
        gates, shown = driven + d[:, None], driven.new_empty(D, T, B, H)
        for t in range(T):
            s = gates[:, t].baddbmm_(states[:, t], W)
            s[..., : 2 * H].sigmoid_()
            s[..., 2 * H : 3 * H].tanh_()
            s[..., 3 * H :].sigmoid_()
            i, f, g, o = s.split(H, -1)
            c = torch.mul(f, cells[:, t], out=cells[:, t + 1]).addcmul_(i, g)
            torch.mul(o, torch.tanh(c, out=shown[:, t]), out=states[:, t + 1])
        ctx.save_for_backward(states, cells, gates, shown, W)
        return states[:, 1:]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, ...]:
        states, cells, gates, shown, W = ctx.saved_tensors
        D, T, B, H = shown.shape
        i, f, g, o = gates.split(H, -1)
        of_cell = torch.stack([g * i * (1 - i), cells[:, :-1] * f * (1 - f), i * (1 - g * g)], 3)  # (D, T, B, 3, H)
        of_state, to_cell = shown * o * (1 - o), o * (1 - shown * shown)
        errors, back = grad.new_empty(D, T, B, 4, H), W.transpose(1, 2).contiguous()
        e, E = grad.new_zeros(D, B, H), grad.new_zeros(D, B, H)
        for t in range(T - 1, -1, -1):
            e += grad[:, t]
            E.addcmul_(e, to_cell[:, t])
            torch.mul(E[:, :, None], of_cell[:, t], out=errors[:, t, :, :3])
            torch.mul(e, of_state[:, t], out=errors[:, t, :, 3])
            torch.bmm(errors[:, t].flatten(2), back, out=e)
            E *= f[:, t]
        errors = errors.flatten(3)
        return errors, *recurrent_gradients(states[:, :-1], errors)


class LSTMLayer(TorchLayer):
    """x (B, T, C) -> states h (B, T, H); the layer's matrices stack the gates in the order i, f, g, o."""

    steps = Steps

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__(nn.LSTM(n_inputs, hidden, batch_first=True))
        with torch.no_grad():
            self.layer.bias_ih_l0[hidden : 2 * hidden] = 1.0
            self.layer.bias_hh_l0.zero_()


class Network(RecurrentNetwork):
    """LSTM layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, LSTMLayer)
