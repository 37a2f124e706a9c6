"""Gated recurrent units: the state moves part of the way towards a candidate, unit by unit.

Cho, van Merrienboer, Gulcehre et al. (2014, EMNLP, eq. 5-8). With s the logistic function, * a
product unit by unit and h(0) = 0, in the form of cuDNN, where the reset gate acts on W_n h and not
on h, so that one matrix product serves all gates:

    r = s(U_r x(t) + W_r h(t-1) + b_r)    z = s(U_z x(t) + W_z h(t-1) + b_z)
    m = W_n h(t-1) + d_n    n = tanh(U_n x(t) + b_n + r * m)    h(t) = (1 - z) * n + z * h(t-1)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from astronn.networks.sequences._gated import GatedLayer, Gates
from astronn.networks.sequences._shared import RULES, RecurrentConfig, RecurrentNetwork

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class Ahead:
    """The way there. The blocks are to hold r, z, 2 m and n, in this order."""

    def __init__(
        self, blocks: torch.Tensor, states: torch.Tensor, kept: Sequence[torch.Tensor]
    ) -> None:
        H = states.shape[3]
        self.gates = blocks[..., : 2 * H].unbind(1)
        self.parts = list(zip(*(part.unbind(1) for part in blocks.split(H, 3))))
        self.states = states.unbind(1)

    def step(self, i: int) -> None:
        r, z, m, n = self.parts[i]
        self.gates[i].sigmoid_()
        n.addcmul_(r, m).sigmoid_().mul_(2).sub_(1)
        torch.lerp(n, self.states[i], z, out=self.states[i + 1])


class Back:
    """The way back. With e the error of h(t), the errors of the blocks are e times numbers that are
    known before:

    r: e (1 - z) (1 - n^2) m r (1 - r)    z: e (h(t-1) - h(t)) z    2 m: e (1 - z) (1 - n^2) r / 2

    and (1 - z) (1 - n^2) / 2 for twice what n is the tanh of.
    """

    def __init__(self, last: torch.Tensor) -> None:
        """Nothing goes back but the error of h."""

    def begin(
        self,
        blocks: torch.Tensor,
        states: torch.Tensor,
        kept: Sequence[torch.Tensor],
        factors: torch.Tensor,
        errors: torch.Tensor,
    ) -> None:
        blocks, factors, errors = (
            one.unflatten(3, (4, states.shape[3])) for one in (blocks, factors, errors)
        )
        r, z, m, n = blocks.unbind(3)
        of_r, of_z, of_m, of_n = factors.unbind(3)
        half, scratch, *_ = errors.unbind(3)  # which are filled later
        torch.sub(0.5, z, alpha=0.5, out=half)
        torch.addcmul(half, half, torch.mul(n, n, out=scratch), value=-1, out=of_n)
        torch.mul(of_n, r, out=of_m)
        torch.addcmul(torch.mul(of_m, m, out=scratch), scratch, r, value=-1, out=of_r)
        torch.mul(torch.sub(states[:, :-1], states[:, 1:], out=scratch), z, out=of_z)
        self.pairs = list(zip(errors.unbind(1), factors.unbind(1)))
        self.stays = z.unbind(1)

    def step(self, i: int, error: torch.Tensor, before: torch.Tensor) -> None:
        errors, factors = self.pairs[i]
        torch.mul(error[:, :, None], factors, out=errors)
        before.addcmul_(error, self.stays[i])


def matrix(layer: nn.GRU) -> torch.Tensor:
    """The weights of r, z, 2 m and twice n's for the rows (h, x, 1): (H + C + 1, 4 H). The state
    acts on the first three.
    """
    U, W, b, d = (
        getattr(layer, name)
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    )
    H = W.shape[1]
    of_state = torch.cat([W, torch.zeros_like(W[:H])])
    of_input = torch.cat([U[: 2 * H], torch.zeros_like(U[:H]), U[2 * H :]])
    fixed = torch.cat([b[: 2 * H] + d[: 2 * H], d[2 * H :], b[2 * H :]])
    every = torch.cat([of_state, of_input, fixed[:, None]], 1).T
    return torch.cat([every[:, : 2 * H], 2 * every[:, 2 * H :]], 1)


class GRULayer(GatedLayer):
    """x (B, T, C) -> states h (B, T, H); torch's matrices stack the gates in the order r, z, n."""

    gates = Gates(3, 0, Ahead, Back, matrix)

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__(nn.GRU(n_inputs, hidden, batch_first=True))


class Network(RecurrentNetwork):
    """GRU layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, GRULayer)
