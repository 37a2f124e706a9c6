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

from collections.abc import Sequence

import torch
from torch import nn

from astronn.networks.sequences._gated import GatedLayer, Gates
from astronn.networks.sequences._shared import RULES, RecurrentConfig, RecurrentNetwork

__all__ = ["RULES", "Config", "Network"]

Config = RecurrentConfig


class Ahead:
    """The way there. The blocks hold i, f, g and o, in this order; c and tanh(c) are kept for the
    way back.
    """

    def __init__(
        self, blocks: torch.Tensor, states: torch.Tensor, kept: Sequence[torch.Tensor]
    ) -> None:
        H = states.shape[3]
        self.blocks = blocks.unbind(1)
        self.parts = list(zip(*(part.unbind(1) for part in blocks.split(H, 3))))
        self.states, self.cells, self.shown = (one.unbind(1) for one in (states, *kept))

    def step(self, k: int) -> None:
        i, f, g, o = self.parts[k]
        self.blocks[k].sigmoid_()
        g.mul_(2).sub_(1)
        c = torch.mul(f, self.cells[k], out=self.cells[k + 1]).addcmul_(i, g)
        torch.mul(o, torch.tanh(c, out=self.shown[k + 1]), out=self.states[k + 1])


class Back:
    """The way back. With e the error of h(t) and E that of c(t), which takes in e o (1 - tanh^2 c),
    the errors are

    i: E g i (1 - i)    f: E c(t-1) f (1 - f)    twice g: E i (1 - g^2) / 2    o: e tanh(c) o (1 -
                        o)    c(t-1): E f
    """

    def __init__(self, last: torch.Tensor) -> None:
        self.cell_error = torch.zeros_like(last)

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
        i, f, g, o = blocks.unbind(3)
        before, shown = kept[0][:, :-1], kept[1][:, 1:]
        of_i, of_f, of_g, of_o = factors.unbind(3)
        torch.addcmul(i, i, torch.mul(g, g, out=of_i), value=-1, out=of_g).mul_(0.5)
        torch.addcmul(i, i, i, value=-1, out=of_i).mul_(g)
        torch.addcmul(f, f, f, value=-1, out=of_f).mul_(before)
        torch.addcmul(o, o, o, value=-1, out=of_o).mul_(shown)
        self.to_cell = torch.addcmul(o, o, shown * shown, value=-1).unbind(1)
        both = (one.split((3, 1), 3) for one in (errors, factors))
        self.pairs = list(zip(*(part.unbind(1) for parts in both for part in parts)))
        self.stays = f.unbind(1)

    def step(self, i: int, error: torch.Tensor, before: torch.Tensor) -> None:
        by_cell, by_state, of_cell, of_state = self.pairs[i]
        E = self.cell_error[:, : error.shape[1]].addcmul_(error, self.to_cell[i])
        torch.mul(E[:, :, None], of_cell, out=by_cell)
        torch.mul(error[:, :, None], of_state, out=by_state)
        E.mul_(self.stays[i])


def matrix(layer: nn.LSTM) -> torch.Tensor:
    """The weights of i, f, twice g and o for the rows (h, x, 1): (H + C + 1, 4 H)."""
    fixed = layer.bias_ih_l0 + layer.bias_hh_l0
    i, f, g, o = torch.cat([layer.weight_hh_l0, layer.weight_ih_l0, fixed[:, None]], 1).chunk(4)
    return torch.cat([i, f, 2 * g, o]).T


class LSTMLayer(GatedLayer):
    """x (B, T, C) -> states h (B, T, H); torch's matrices stack the gates in the order i, f, g,
    o.
    """

    gates = Gates(4, 2, Ahead, Back, matrix)

    def __init__(self, n_inputs: int, hidden: int) -> None:
        super().__init__(nn.LSTM(n_inputs, hidden, batch_first=True))
        with torch.no_grad():
            self.layer.bias_ih_l0[hidden : 2 * hidden] = 1.0
            self.layer.bias_hh_l0.zero_()


class Network(RecurrentNetwork):
    """LSTM layers, pooling, head."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, LSTMLayer)
