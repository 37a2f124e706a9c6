"""What the recurrent families share: layers in one direction or both, one vector for a sequence,
and the head that classifies.

Bidirectional layers: Schuster & Paliwal (1997, IEEE Trans. Signal Proc. 45, 2673). Attention over
entries: Bahdanau, Cho & Bengio (2015, ICLR, eq. 5-6) with a query that is learned and the same for
all sequences. Sequences of one batch are padded at their ends to one length T and never packed,
which on a processor is ten times faster. The layer that reads backwards starts at each sequence's
own last entry, so padding cannot reach a result in either direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from astronn import options

POOLINGS = ("attention", "mean", "last")

RULES = {
    "hidden": options.whole(1),
    "layers": options.whole(1),
    "bidirectional": options.one_of([True, False]),
    "pooling": options.one_of(POOLINGS),
    "dense": options.sequence_of(options.whole(1)),
    "dropout": options.real(0, 1, include_low=True),
}


@dataclass(frozen=True)
class RecurrentConfig:
    """The shape of a recurrent network."""

    n_inputs: int
    n_auxiliary: int
    n_outputs: int
    hidden: int = 48  # units of a layer in each direction
    layers: int = 1
    bidirectional: bool = True  # False: the state after an epoch knows nothing that comes later
    pooling: str = (
        "attention"  # "attention" or "mean" over entries, or the state after the "last" one
    )
    dense: tuple[int, ...] = (
        64,
    )  # hidden units between the sequence's vector with the auxiliary numbers and the classes
    dropout: float = (
        0.2  # share of the head's inputs and hidden units that each training step leaves out
    )


Cell = Callable[[int, int], nn.Module]  # (inputs, hidden units) -> layer in one direction:
# x (B, T, C) -> states (B, T, H); those behind its own entries mean nothing, but are finite


class SequenceNetwork(nn.Module):
    """x (B, T, C), lengths (B,), auxiliary (B, A) -> logits (B, K): layers that read x, a pool that
    makes one vector of what they give, and a head.
    """

    config: RecurrentConfig
    layers: Layers
    pool: Pool
    head: nn.Sequential


class RecurrentNetwork(SequenceNetwork):
    """x (B, T, C), lengths (B,), auxiliary (B, A) -> logits (B, K), with layers made by
    ``cell``.
    """

    def __init__(self, config: RecurrentConfig, cell: Cell) -> None:
        super().__init__()
        self.config = config
        self.layers = Layers(config.n_inputs, config, cell)
        self.pool = Pool(
            config.pooling, self.layers.n_outputs, config.hidden if config.bidirectional else 0
        )
        self.head = head(self.layers.n_outputs + config.n_auxiliary, config)

    def forward(
        self, x: torch.Tensor, lengths: torch.Tensor, auxiliary: torch.Tensor
    ) -> torch.Tensor:
        pooled = self.pool(self.layers(x, lengths), lengths)
        return self.head(torch.cat([pooled, auxiliary], 1))

    def over_time(self, x: torch.Tensor) -> torch.Tensor:
        """Logits after every entry, (B, T, K); for one direction, pooling "last" and no auxiliary
        numbers.
        """
        return self.head(self.layers(x, None))


class Layers(nn.Module):
    """Recurrent layers one above the other: x (B, T, C) -> states (B, T, hidden), or (B, T, 2
    hidden) in both directions.
    """

    def __init__(self, n_inputs: int, config: RecurrentConfig, cell: Cell) -> None:
        super().__init__()
        directions = 2 if config.bidirectional else 1
        self.n_outputs = directions * config.hidden
        sizes = [n_inputs] + [self.n_outputs] * (config.layers - 1)
        self.forwards = nn.ModuleList(cell(size, config.hidden) for size in sizes)
        self.backwards = nn.ModuleList(
            cell(size, config.hidden) for size in sizes if config.bidirectional
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        for number, layer in enumerate(self.forwards):
            x = self.dropout(x) if number else x
            ahead = layer(x)
            if self.backwards:
                behind = self.backwards[number](turned(x, lengths))
                x = torch.cat([ahead, turned(behind, lengths)], 2)
            else:
                x = ahead
        return x


class Pool(nn.Module):
    """One vector for each sequence: states (B, T, H) -> (B, H); zeros for a sequence without
    entries.

    ``n_behind``: how many of the H states, the last ones, were read backwards and are whole at the
    first entry."""

    def __init__(self, how: str, n_states: int, n_behind: int) -> None:
        super().__init__()
        self.how, self.n_behind = how, n_behind
        self.score = Score(n_states) if how == "attention" else None

    def forward(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        if self.how == "last":
            return self._last(states, lengths)
        there = mask(lengths, states.shape[1])  # (B, T)
        if self.score is None:
            share = there / lengths.clamp(min=1)[:, None]
        else:
            share = self.score(states).masked_fill(~there, -torch.inf).softmax(1).nan_to_num(0.0)
        return torch.bmm(share[:, None].to(states.dtype), states).squeeze(1)

    def _last(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        place = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, states.shape[2])
        last = states.gather(1, place).squeeze(1)
        if self.n_behind:
            ahead = states.shape[2] - self.n_behind
            last = torch.cat([last[:, :ahead], states[:, 0, ahead:]], 1)
        return last * (lengths > 0)[:, None]


class Score(nn.Sequential):
    """How much each state (B, T, H) counts: v tanh(W h + b) + c, (B, T)."""

    def __init__(self, n_states: int) -> None:
        super().__init__(nn.Linear(n_states, n_states), nn.Tanh(), nn.Linear(n_states, 1))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """With tanh(u) as 2 s(2 u) - 1: torch's logistic function s is three times as fast."""
        u, score = cast(nn.Linear, self[0]), cast(nn.Linear, self[2])
        s = functional.linear(states, 2 * u.weight, 2 * u.bias).sigmoid()
        return functional.linear(s, 2 * score.weight, score.bias - score.weight.sum(1)).squeeze(2)


def head(n_inputs: int, config: RecurrentConfig) -> nn.Sequential:
    """From a sequence's vector and its auxiliary numbers to logits; without ``dense`` layers one
    matrix, a lecture's V.
    """
    parts: list[nn.Module] = []
    for units in config.dense:
        parts += [nn.Dropout(config.dropout), nn.Linear(n_inputs, units), nn.ReLU()]
        n_inputs = units
    return nn.Sequential(*parts, nn.Dropout(config.dropout), nn.Linear(n_inputs, config.n_outputs))


def mask(lengths: torch.Tensor, size: int) -> torch.Tensor:
    """True where a sequence has an entry, False in its padding: (B, size)."""
    return torch.arange(size, device=lengths.device) < lengths[:, None]


def turned(x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
    """Each sequence of x (B, T, C) with its own entries (``lengths`` (B,), None for T of all) in
    reverse order, padding left where it is; its own inverse.
    """
    if lengths is None:
        return x.flip(1)
    place = torch.arange(x.shape[1], device=x.device).expand(x.shape[:2])
    place = torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)
    first = torch.arange(len(x), device=x.device)[:, None] * x.shape[1]
    return _Rows.apply(x.flatten(0, 1), (first + place).flatten()).view(x.shape)


class _Rows(torch.autograd.Function):
    """Rows of x (N, C) in another order that is its own inverse, the same for gradients."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(order)
        return x.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return grad.index_select(0, *ctx.saved_tensors), None
