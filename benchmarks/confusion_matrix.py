"""The confusion matrix of very many labels beside scikit-learn's.

    python -m benchmarks.confusion_matrix            some minutes: 10^8 int64 labels (1.6 GB)
    python -m benchmarks.confusion_matrix --quick    4 x 10^6

Both count the same labels of five classes and must find the same table. The limit is to read both
arrays once, at the rate at which one thread sums an array. Ours counts on all cores that
OMP_NUM_THREADS allows, scikit-learn has no such choice; a row shows one core beside one. Where a
label is one byte ours is faster still; scikit-learn converts it first."""

from __future__ import annotations

import os

import numpy as np
from sklearn.metrics import confusion_matrix

from astronn.statistics import metrics
from benchmarks import common

N_CLASSES, GOAL, MOST_MIB = 5, 40.0, 16.0


def labels(n: int, kind: type) -> tuple[np.ndarray, np.ndarray]:
    """Reference and predicted, which agree for about two thirds."""
    rng = np.random.default_rng(0)
    reference = rng.integers(0, N_CLASSES, n, dtype=np.int8)
    predicted = np.where(
        rng.random(n, dtype=np.float32) < 0.6,
        reference,
        rng.integers(0, N_CLASSES, n, dtype=np.int8),
    )
    return reference.astype(kind), predicted.astype(kind)


def measure(n: int, kind: type, rounds: int, goal: float | None, threads: int) -> dict:
    reference, predicted = labels(n, kind)
    classes = range(N_CLASSES)
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read at each call
    common.timed(
        lambda: metrics.confusion_matrix(reference[:100_000], predicted[:100_000], classes)
    )
    peak = common.peak_mib(lambda: metrics.confusion_matrix(reference, predicted, classes))
    found = (
        metrics.confusion_matrix(reference, predicted, classes),
        confusion_matrix(reference, predicted),
    )
    read = min(common.timed(lambda: (reference.sum(), predicted.sum())).clock for _ in range(3))
    one = common.compare(
        f"confusion matrix of {n:.0e} {np.dtype(kind).name} labels in {N_CLASSES} classes, beside"
        " scikit-learn",
        lambda: metrics.confusion_matrix(reference, predicted, classes),
        lambda: confusion_matrix(reference, predicted),
        rounds=rounds,
        goal=goal,
        device=common.cpu(threads),
        peak_mib=peak,
        equal=np.array_equal(*found) and peak < MOST_MIB,
        limit="summing both arrays",
    )
    return {**one, "limit_share": read / one["ours"]}


def rows(quick: bool) -> list[dict]:
    n, rounds = (4_000_000, 2) if quick else (100_000_000, 3)
    return [
        measure(n, np.int64, rounds, GOAL, common.cores()),
        measure(n, np.int64, 2, None, 1),
        measure(n, np.uint8, 2, None, common.cores()),
    ]


if __name__ == "__main__":
    common.main(__file__, rows)
