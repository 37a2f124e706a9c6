"""The orders in which an epoch's batches take the objects, drawn so that a training can go on from
any epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch


class EpochOrder:
    """One permutation of ``n`` objects for each epoch and generator; the draws of epochs that were
    passed over are thrown away.
    """

    def __init__(self, n: int, generators: Sequence[torch.Generator]) -> None:
        self.n, self.generators, self.drawn = n, generators, 0

    def draw(self) -> torch.Tensor:
        """The next epoch's, (M, n) int64 for M generators."""
        self.drawn += 1
        return torch.stack([torch.randperm(self.n, generator=g) for g in self.generators])

    def skip_to(self, epoch: int) -> None:
        """Make ``draw`` give the orders of ``epoch``, counted from 1 and not before the present
        one.
        """
        while self.drawn < epoch - 1:
            self.draw()
