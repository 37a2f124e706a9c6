"""The running mean of a network's weights: w' <- d w' + (1 - d) w after every step, with d rising
to ``decay``.

Polyak & Juditsky (1992, SIAM J. Control Optim. 30, 838) for the idea, Tarvainen & Valpola (2017,
NeurIPS, section 3) for the exponential form. After k steps d = min(decay, (1 + k) / (10 + k)), so
that the first random weights are soon forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


class RunningMean:
    """The running mean of all parameters and buffers of ``network``; whole numbers among them are
    kept as they are.
    """

    def __init__(self, network: torch.nn.Module, decay: float) -> None:
        self.live = [
            t for t in network.state_dict(keep_vars=True).values() if t.is_floating_point()
        ]
        self.mean = [t.detach().clone() for t in self.live]
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self) -> None:
        """Take in the network's present weights."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.mean, self.live, 1 - decay)  # one launch on a card, not one each
        self.steps += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within the block the network has the mean weights."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def apply(self) -> None:
        """Give the network the mean weights for good."""
        for mean, live in zip(self.mean, self.live):
            live.copy_(mean)

    @torch.no_grad()
    def _exchange(self) -> None:
        for mean, live in zip(self.mean, self.live):
            held = live.clone()
            live.copy_(mean)
            mean.copy_(held)
