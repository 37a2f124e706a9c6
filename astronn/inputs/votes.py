"""Votes in place of labels: how many people saw each class in an object."""

from __future__ import annotations

from typing import Any

import numpy as np

from astronn.errors import AstronnError
from astronn.inputs.tables import plain


def are_votes(y: Any) -> bool:
    """Whether y has a column for each of several classes, (N, K)."""
    shape = np.asarray(plain(y)).shape
    return len(shape) == 2 and shape[1] > 1


def read(y: Any, n: int, name: str, noun: str) -> tuple[np.ndarray, np.ndarray]:
    """The names of the classes, sorted, and votes (n, K) float32 in their order.

    Names are a frame's columns, or 0 .. K - 1. AstronnError for another length, negative, missing
    or infinite votes, and objects without any."""
    names = np.array(getattr(y, "columns", range(np.asarray(plain(y)).shape[1])))
    try:
        counts = np.asarray(plain(y), dtype=float)
    except (TypeError, ValueError) as error:
        raise AstronnError(
            f"{name} has votes that are no numbers ({error}); give counts"
        ) from error
    if len(counts) != n:
        raise AstronnError(f"{name} has {len(counts)} entries for {n} {noun}s; give one for each")
    bad = ~(np.isfinite(counts) & (counts >= 0)).all(axis=1)
    if bad.any():
        first = int(bad.argmax())
        raise AstronnError(
            f"{name} must hold votes that are finite and >= 0, not {counts[first].tolist()} for"
            f" {noun} {first} ({bad.sum()} such); leave such {noun}s out"
        )
    nobody = counts.sum(axis=1) == 0
    if nobody.any():
        raise AstronnError(
            f"{name} has no vote for {noun} {int(nobody.argmax())} ({nobody.sum()} such); leave"
            f" {noun}s without votes out"
        )
    order = np.argsort(names)
    return names[order], counts[:, order].astype(np.float32)


def plurality(votes: np.ndarray) -> np.ndarray:
    """The number of the class with most votes, (N,) int64; the first of equal ones."""
    return votes.argmax(axis=1)
