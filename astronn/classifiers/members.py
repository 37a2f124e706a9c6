"""What classifiers of images and of sequences share: labels, weights of classes, and the history of
several networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from astronn import options
from astronn.errors import AstronnError
from astronn.training.loop import History, Progress

NOT_NEGATIVE = options.real(0, include_low=True)
FLAG = options.one_of([True, False])
CLASS_WEIGHT = options.Rule(
    lambda v: v is None or v == "balanced" or isinstance(v, Mapping) or NOT_NEGATIVE.holds(v),
    "None, 'balanced', a dictionary or a number >= 0",
)


def labels_of(y: Any, n: int, name: str, noun: str) -> np.ndarray:
    """y as an array of ``n`` class labels, one for each of the ``noun``; other lengths and kinds
    raise AstronnError.
    """
    labels = column_or_1d(y.detach().cpu().numpy() if isinstance(y, torch.Tensor) else y)
    if len(labels) != n:
        raise AstronnError(
            f"{name} has {len(labels)} entries for {n} {noun}s; give one for each {noun}"
        )
    check_classification_targets(labels)
    return labels


def class_weights(
    rule: Mapping | str | float | None, classes: np.ndarray, codes: np.ndarray
) -> np.ndarray:
    """The weight of each object from that of its class, (N,) float32; an exponent e gives n ** -e,
    scaled to mean 1.
    """
    if isinstance(rule, Mapping | str | None):
        return compute_class_weight(rule, classes=classes, y=classes[codes])[codes].astype(
            np.float32
        )
    weights = np.bincount(codes).astype(float)[codes] ** -float(rule)
    return (weights / weights.mean()).astype(np.float32)


def member_progress(
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
