"""What is told of a training while it runs, and of several trainings as one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from astronn.training.loop import History, Progress


def printed(verbose: bool) -> Progress:
    """Ten printed lines over a training, or nothing."""

    def report(epoch: int, max_epochs: int, loss: float) -> None:
        if verbose and epoch % max(1, max_epochs // 10) == 0:
            print(f"epoch {epoch} of {max_epochs}: loss {loss:.5f}", flush=True)

    return report


def of_member(
    progress: Progress, member: int, n_networks: int, epoch: int, max_epochs: int, loss: float
) -> None:
    """Progress over all networks, told by one of them."""
    progress(member * max_epochs + epoch, n_networks * max_epochs, loss)


def mean_history(histories: Sequence[History]) -> History:
    """Each epoch's means over the networks that were still trained in it, and every network's best
    epoch.
    """

    def means(curves: list[list[float]]) -> list[float]:
        return [
            float(np.mean([v for v in epoch if v is not None])) for epoch in zip_longest(*curves)
        ]

    best = [epoch for history in histories for epoch in history.best_epoch]
    return History(
        means([h.loss for h in histories]), means([h.validation_loss for h in histories]), best
    )
