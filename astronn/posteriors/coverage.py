"""How often sets of classes hold the true one, and how large they are: the test of any set-valued
prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError
from astronn.statistics import metrics


@dataclass(frozen=True)
class Coverage:
    """How often sets held the true class, and how large they were; NaN where there were no
    objects.
    """

    n: int
    coverage: float
    low: float  # 95 per cent Wilson interval
    high: float
    mean_size: float
    empty: float  # fraction of sets without a class
    single: float  # fraction of sets of one class
    by_class: tuple[float, ...]  # coverage of each class's objects, in the order of the classes
    by_size: tuple[float, ...]  # coverage of sets of 0, 1, ... K classes


def coverage(sets: ArrayLike, labels: ArrayLike, classes: Sequence) -> Coverage:
    """The Coverage of sets (N, K) bool, columns in the order of ``classes``, on objects with these
    labels (N,).

    Raises
    ------
    AstronnError
        If ``sets`` is not (N, K).
    """
    S, codes = np.asarray(sets, bool), metrics.encode(labels, classes)
    if S.shape != (len(codes), len(classes)):
        raise AstronnError(
            f"sets must have the shape {(len(codes), len(classes))} (objects, classes), got"
            f" {S.shape}"
        )
    held, size = S[np.arange(len(S)), codes], S.sum(1)
    low, high = metrics.wilson_interval(int(held.sum()), len(S))
    return Coverage(
        len(S),
        _mean(held),
        low,
        high,
        _mean(size),
        _mean(size == 0),
        _mean(size == 1),
        tuple(_mean(held[codes == k]) for k in range(len(classes))),
        tuple(_mean(held[size == k]) for k in range(len(classes) + 1)),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
