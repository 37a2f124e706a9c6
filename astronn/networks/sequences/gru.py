"""Gated recurrent units: the state moves part of the way towards a candidate, unit by unit.

Cho, van Merrienboer, Gulcehre et al. (2014, EMNLP, eq. 5-8). With s the logistic function, * a product unit by unit and
h(0) = 0, in the form of cuDNN, where the reset gate acts on W_n h and not on h, so that one matrix product serves all gates:

    r = s(U_r x(t) + W_r h(t-1) + b_r)    z = s(U_z x(t) + W_z h(t-1) + b_z)
    m = W_n h(t-1) + d_n    n = tanh(U_n x(t) + b_n + r * m)    h(t) = (1 - z) * n + z * h(t-1)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from astronn.networks.recurrent import RULES, RecurrentConfig, RecurrentNetwork, TorchLayer, recurrent_gradients

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class Steps(torch.autograd.Function):
    """All steps in D directions at once; G = 3 H, in the order r, z, n. Gradients go back through all of them.

    With e the error of h(t), the errors of the three products with h(t-1) are e times numbers that are known before the way
    back begins: e (1 - z) (1 - n^2) m r (1 - r), e (h(t-1) - n) z (1 - z) and e (1 - z) (1 - n^2) r.
    """

    @staticmethod
    def forward(ctx: Any, driven: torch.Tensor, W: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        D, T, B, G = driven.shape
        H = G // 3
        states, gates = driven.new_zeros(D, T + 1, B, H), driven.new_empty(D, T, B, 2 * H)
        candidates, products = driven.new_empty(D, T, B, H), driven.new_empty(D, T, B, H)
        s = driven.new_empty(D, B, G)
        for t in range(T):
            h, u, gate, n, m = states[:, t], driven[:, t], gates[:, t], candidates[:, t], products[:, t]
            torch.baddbmm(d, h, W, out=s)
            torch.add(u[..., : 2 * H], s[..., : 2 * H], out=gate).sigmoid_()
            m.copy_(s[..., 2 * H :])
            torch.addcmul(u[..., 2 * H :], gate[..., :H], m, out=n).tanh_()
            torch.lerp(n, h, gate[..., H:], out=states[:, t + 1])
        ctx.save_for_backward(states, gates, candidates, products, W)
        return states[:, 1:]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, ...]:
        states, gates, n, m, W = ctx.saved_tensors
        D, T, B, H = n.shape
        r, z, before = gates[..., :H], gates[..., H:], states[:, :-1]
        to_n = (1 - z) * (1 - n * n)
        factors = torch.stack([to_n * m * r * (1 - r), (before - n) * z * (1 - z), to_n * r], 3)  # (D, T, B, 3, H)
        errors, of_h, back = torch.empty_like(factors), torch.empty_like(n), W.transpose(1, 2).contiguous()
        carried = grad.new_zeros(D, B, H)
        for t in range(T - 1, -1, -1):
            e = torch.add(carried, grad[:, t], out=of_h[:, t])
            torch.mul(e[:, :, None], factors[:, t], out=errors[:, t])
            torch.mul(e, z[:, t], out=carried).baddbmm_(errors[:, t].flatten(2), back)
        errors = errors.flatten(3)
        of_driven = torch.cat([errors[..., : 2 * H], of_h * to_n], 3)
        return of_driven, *recurrent_gradients(before, errors)


class GRULayer(TorchLayer):
    """x (B, T, C) -> states h (B, T, H); the layer's matrices stack the gates in the order r, z, n."""

    steps = Steps

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__(nn.GRU(n_inputs, hidden, batch_first=True))


class Network(RecurrentNetwork):
    """GRU layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, GRULayer)
