"""Labels, groups and weights of classes, as every classifier takes them: one for each object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from astronn.errors import AstronnError
from astronn.inputs.tables import plain


class Targets(NamedTuple):
    """What a network learns of N objects, and the class by which each is weighed and set aside."""

    codes: np.ndarray  # (N,) or (N, T) int64, class or token numbers
    classes: np.ndarray  # (N,) int64, numbers of classes


def one_per_object(values: Any, n: int, name: str, noun: str) -> np.ndarray:
    """``values`` as an array (n,); another length or shape raises AstronnError.

    ``noun`` is what messages call an object."""
    given = plain(values)
    found = np.asarray(given)
    if found.ndim not in (1, 2) or len(found) != n:
        size = f"{len(found)} entries" if found.ndim else "no entries"
        raise AstronnError(f"{name} has {size} for {n} {noun}s; give one for each {noun}")
    return column_or_1d(given)


def labels_of(y: Any, n: int, name: str, noun: str) -> np.ndarray:
    """y as an array (n,) of class labels; other lengths and kinds raise AstronnError."""
    labels = one_per_object(y, n, name, noun)
    check_classification_targets(labels)
    return labels


def groups_of(groups: Any, n: int, noun: str) -> np.ndarray:
    """``groups`` as an array (n,); a missing group raises AstronnError: is it one group or many?"""
    found = one_per_object(groups, n, "groups", noun)
    missing = np.array([one is None or one != one for one in found.tolist()], dtype=bool)
    if missing.any():
        raise AstronnError(
            f"groups has {missing.sum()} missing values, the first for {noun}"
            f" {int(missing.argmax())}; give every {noun} a group"
        )
    return found


def sample_weights(
    given: Any, classes: np.ndarray, noun: str, *, every_class: bool = True
) -> np.ndarray | None:
    """The weights that ``fit`` was given, scaled to mean 1, (N,) float32; None where it was given
    none, or where all are equal.

    Scaled so, the mean loss is that of objects repeated as often as their weights say. ``classes``
    (N,) are the numbers of the objects' classes. AstronnError for another length, for negative,
    missing or infinite weights, and for a class of which every object has weight 0 (not
    ``every_class``: where all objects have)."""
    if given is None:
        return None
    try:
        weights = one_per_object(given, len(classes), "sample_weight", noun).astype(float)
    except (TypeError, ValueError) as error:
        if isinstance(error, AstronnError):
            raise
        raise AstronnError(
            f"sample_weight is no list of numbers ({error}); give a number for each {noun}"
        ) from error
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        first = int(bad.argmax())
        raise AstronnError(
            f"sample_weight must be finite and >= 0, not {weights[first]} for {noun} {first}"
            f" ({bad.sum()} such); give 0 to leave {noun}s out"
        )
    empty = np.flatnonzero(np.bincount(classes, weights=weights) == 0)
    if len(empty) and (every_class or not weights.any()):
        first = int((classes == empty[0]).argmax())
        raise AstronnError(
            f"sample_weight is zero for every {noun} of the class of {noun} {first}; leave that"
            " class out, or give one of them a weight"
        )
    if (weights == weights[0]).all():
        return None
    return (weights / weights.mean()).astype(np.float32)


def class_weights(
    rule: Mapping | str | float | None,
    classes: np.ndarray,
    codes: np.ndarray,
    own: np.ndarray | None = None,
) -> np.ndarray:
    """The weight of each object from that of its class, (N,) float32; an exponent e gives n ** -e,
    scaled to mean 1.

    n is the number of the class's objects, or the sum of their weights ``own`` (N,)."""
    if rule == "balanced" and own is not None:
        sums = np.bincount(codes, weights=own)
        return (own.sum() / (len(classes) * sums))[codes].astype(np.float32)
    if isinstance(rule, Mapping | str | None):
        of_class = compute_class_weight(rule, classes=classes, y=classes[codes])
        return of_class[codes].astype(np.float32)
    weights = np.bincount(codes, weights=own).astype(float)[codes] ** -float(rule)
    return (weights / np.average(weights, weights=own)).astype(np.float32)


def weights_like(codes: np.ndarray, training: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weights of further objects: those that the objects of their class have in training.

    ``codes`` (M,) are their classes, -1 for one that training does not hold: its weight is 1.
    ``training`` and ``weights`` are (N,)."""
    of_class = np.ones(max(training.max(), codes.max(initial=0)) + 2, dtype=np.float32)
    of_class[training] = weights
    return of_class[codes]


def as_tensor(values: np.ndarray, device: torch.device) -> torch.Tensor:
    """The array, of any shape (N, ...), on ``device``."""
    return torch.from_numpy(np.ascontiguousarray(values)).to(device)
