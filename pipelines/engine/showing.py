"""How far a long task is: a bar in a terminal, plain lines in a log, and Luigi's page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from tqdm import tqdm

from pipelines.engine import stages
from pipelines.engine.base import FolderTask


@contextlib.contextmanager
def counting(task: FolderTask, unit: str) -> Iterator[Callable[[int, int | None], None]]:
    """Yield the function to call with what is done and what there is in all (None: unknown) of
    ``unit``.
    """
    with _bar(task, unit) as bar:

        def report(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)
            task.say(
                f"{done} of {total or 'unknown'} {unit}", fraction=done / total if total else 0.0
            )

        yield report


@contextlib.contextmanager
def training(
    task: FolderTask, epochs: int | None = None
) -> Iterator[Callable[[int, int, float], None]]:
    """Yield the function to call with the epoch that is done, the number of epochs of all networks
    and the loss; ``epochs`` are those of one network, where several are trained one after the
    other.
    """
    with _bar(task, "epochs") as bar:

        def report(epoch: int, max_epochs: int, loss: float) -> None:
            bar.total = max_epochs
            bar.update(epoch - bar.n)
            task.say(
                f"{_where(epoch, max_epochs, epochs or max_epochs)}, loss {loss:.4f}",
                fraction=epoch / max_epochs,
            )

        yield report


def _bar(task: FolderTask, unit: str) -> tqdm:
    """A bar in a terminal, unless the caller shows how far the task is."""
    hidden = True if stages.shown_by_caller() else None
    return tqdm(desc=task.describe(), unit=f" {unit}", disable=hidden, leave=False)


def _where(epoch: int, all_epochs: int, epochs: int) -> str:
    """ "network 2 of 3, epoch 7 of at most 50"; without the first part of one network."""
    networks = all_epochs // epochs
    if networks < 2:
        return f"epoch {epoch} of at most {epochs}"
    before = min((epoch - 1) // epochs, networks - 1)
    return (
        f"network {before + 1} of {networks}, epoch {epoch - before * epochs} of at most {epochs}"
    )
