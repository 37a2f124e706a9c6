"""How far a long task is: a bar in a terminal, plain lines in a log, and Luigi's page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from tqdm import tqdm

from pipelines.engine.base import FolderTask


@contextlib.contextmanager
def counting(task: FolderTask, unit: str) -> Iterator[Callable[[int, int | None], None]]:
    """Yield the function to call with what is done and what there is in all (None: unknown) of
    ``unit``.
    """
    with tqdm(desc=task.describe(), unit=f" {unit}", disable=None, leave=False) as bar:

        def report(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)
            task.say(
                f"{done} of {total or 'unknown'} {unit}", fraction=done / total if total else 0.0
            )

        yield report


@contextlib.contextmanager
def training(task: FolderTask) -> Iterator[Callable[[int, int, float], None]]:
    """Yield the function to call with the epoch that is done, the number of epochs and the loss."""
    with tqdm(desc=task.describe(), unit=" epochs", disable=None, leave=False) as bar:

        def report(epoch: int, max_epochs: int, loss: float) -> None:
            bar.total = max_epochs
            bar.update(epoch - bar.n)
            task.say(
                f"epoch {epoch} of at most {max_epochs}, loss {loss:.4f}",
                fraction=epoch / max_epochs,
            )

        yield report
