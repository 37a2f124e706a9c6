"""The loops that Numba compiles: whether they are compiled on this machine, a word when they are
not, and ``python -m pipelines.engine.compiling``, which compiles them before anybody waits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.engine import stages
from pipelines.engine.base import FolderTask

WORDS = "compiles its loops, once on this machine (10 s or so)"


def is_done() -> bool:
    """Whether compiled copies of the loops lie on disk."""
    from astronn.training.compiled import backpropagation

    loop: Any = backpropagation.descend
    name = f"{Path(backpropagation.__file__).stem}.{loop.__name__}-*.nbi"
    kept = loop.stats.cache_path
    return kept is None or any(Path(kept).glob(name))


def tell(task: FolderTask) -> None:
    """Say that the training of a network of features compiles first, if it does."""
    if not is_done():
        stages.print_line(f"{task.describe()}: {WORDS}")


def compile_now() -> None:
    """Train networks for an epoch, which compiles all that trainings need."""
    import numpy as np

    import astronn

    inputs, classes = np.eye(4, dtype=np.float32).repeat(4, 0), np.arange(16) % 4
    for loss in ("cross_entropy", "squared_error"):
        network = astronn.FeedforwardClassifier(
            loss=loss, max_epochs=1, ensemble_size=1, device="cpu", random_state=0
        )
        network.fit(inputs, classes)


if __name__ == "__main__":
    compile_now()
