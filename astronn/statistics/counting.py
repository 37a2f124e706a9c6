"""Confusion tables from labels or codes, counted in the cache and on all cores."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError
from astronn.statistics.labels import Classes, class_array, encode

# labels counted at a time: the joint codes of a chunk stay in the cache, and memory does not grow
# with N
CHUNK = 131_072
MANY = 2**22  # labels from which on all cores count


def confusion_matrix(reference: ArrayLike, predicted: ArrayLike, classes: Classes) -> np.ndarray:
    """C[i, j] counts objects of reference class classes[i] that were given classes[j]: (K, K)
    int64.

    `reference` and `predicted` are (N,) labels. Integer labels with classes 0, 1, ..., K-1 are
    counted as they stand. No objects give a table of zeros; a label outside the classes raises
    AstronnError.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    predicted : array_like (N,)
        Labels that were given.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    ndarray (K, K) int64
        The counts.

    Raises
    ------
    AstronnError
        For a label outside the classes, lists of unequal length, or classes that are repeated.
    """
    known = class_array(classes)
    reference, predicted = np.asarray(reference), np.asarray(predicted)
    _check_same_length(reference, predicted)
    size = len(known)
    if (
        _are_codes(reference, predicted)
        and known.dtype.kind in "iu"
        and np.array_equal(known, np.arange(size))
    ):
        return confusion_matrix_from_codes(reference, predicted, size)
    parts = [slice(start, start + CHUNK) for start in range(0, len(reference), CHUNK)]
    return sum(
        (
            _count_in_chunks(encode(reference[p], known), encode(predicted[p], known), size)
            for p in parts
        ),
        np.zeros((size, size), np.int64),
    )


def confusion_matrix_from_codes(
    reference: ArrayLike, predicted: ArrayLike, n_classes: int
) -> np.ndarray:
    """C[i, j] counts objects with reference code i and predicted code j: (K, K) int64, K =
    n_classes.

    `reference` and `predicted` are (N,) integers from 0 to n_classes - 1 (uint8 is fastest). The
    count runs in chunks, so memory stays at about 1 MB a core whatever N is; from 4 million labels
    on every core that OMP_NUM_THREADS allows takes its share. A code outside the range raises
    AstronnError.

    Parameters
    ----------
    reference : array_like (N,) of integers
        Numbers of classes, from 0.
    predicted : array_like (N,) of integers
        Numbers of classes, from 0.
    n_classes : int
        K.

    Returns
    -------
    ndarray (K, K) int64
        The counts.

    Raises
    ------
    AstronnError
        For codes that are no integers, outside the range, or lists of unequal length.
    """
    reference, predicted = np.asarray(reference), np.asarray(predicted)
    _check_same_length(reference, predicted)
    if len(reference) and not _are_codes(reference, predicted):
        raise AstronnError(
            f"codes must be integers, got {reference.dtype} and {predicted.dtype}; use"
            " confusion_matrix for labels"
        )
    share = -(-len(reference) // _threads(len(reference)))
    shares = (
        [slice(start, start + share) for start in range(0, len(reference), share)] if share else []
    )
    if len(shares) < 2:
        return _count_in_chunks(reference, predicted, n_classes)
    with ThreadPoolExecutor(len(shares)) as pool:
        counts = pool.map(
            lambda part: _count_in_chunks(reference[part], predicted[part], n_classes), shares
        )
        return np.sum(list(counts), axis=0)  # (K, K)


def _check_same_length(reference: np.ndarray, predicted: np.ndarray) -> None:
    if reference.ndim != 1 or reference.shape != predicted.shape:
        raise AstronnError(
            f"reference and predicted must be lists of one length, got {reference.shape} and"
            f" {predicted.shape}"
        )


def _are_codes(*arrays: np.ndarray) -> bool:
    return all(array.dtype.kind in "iub" for array in arrays)


def _check_codes(what: str, codes: np.ndarray, n_classes: int) -> None:
    if codes.max() >= n_classes or (codes.dtype.kind == "i" and codes.min() < 0):
        wrong = codes[(codes >= n_classes) | (codes < 0)][0]
        raise AstronnError(f"{what} code {wrong} is outside 0 to {n_classes - 1}; check n_classes")


def _threads(n: int) -> int:
    """How many threads count n labels."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return (
        min(cores, int(allowed) if allowed.isdigit() and int(allowed) else cores)
        if n >= MANY
        else 1
    )


def _count_in_chunks(reference: np.ndarray, predicted: np.ndarray, size: int) -> np.ndarray:
    """C[i, j] of codes, checked and counted chunk by chunk."""
    counts, count = (
        np.zeros((size, size), np.int64),
        (_Counter(size) if size * size <= 256 else partial(_count_wide, size)),
    )
    for start in range(0, len(reference), CHUNK):
        part = slice(start, start + CHUNK)
        counts += count(reference[part], predicted[part])
    return counts


def _count_wide(size: int, reference: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """C[i, j] of one chunk of codes of more than 16 classes, by counting the joint code i K + j."""
    _check_codes("reference", reference, size)
    _check_codes("predicted", predicted, size)
    joint = reference.astype(np.intp) * size + predicted.astype(np.intp)
    return np.bincount(joint, minlength=size * size).reshape(size, size)


class _Counter:
    """C[i, j] of one chunk of codes after the other, by counting the joint code i K + j in one
    byte: K <= 16.

    Every step is one call on the whole chunk, into memory that was taken once: threads that take
    and return memory, or come back to the interpreter often, wait for each other."""

    def __init__(self, size: int) -> None:
        self.size, self.small, self.joint = (
            size,
            np.empty(CHUNK, np.uint8),
            np.empty(CHUNK, np.uint8),
        )
        self.high, self.pairs = np.empty(CHUNK // 2, np.uint16), np.empty(CHUNK // 2, np.intp)

    def __call__(self, reference: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        joint, small = self.joint[: len(reference)], self.small[: len(reference)]
        self._as_bytes("reference", reference, joint)
        self._as_bytes("predicted", predicted, small)
        np.multiply(joint, np.uint8(self.size), out=joint)
        np.add(joint, small, out=joint)
        return self._count(joint).reshape(self.size, self.size)

    def _as_bytes(self, what: str, codes: np.ndarray, out: np.ndarray) -> None:
        """Codes below K as uint8; the check of wider ones is a single pass over their bits."""
        np.copyto(out, codes, casting="unsafe")
        if (codes.itemsize > 1 and np.bitwise_or.reduce(codes) >> 8) or out.max() >= self.size:
            _check_codes(what, codes, self.size)

    def _count(self, joint: np.ndarray) -> np.ndarray:
        """How often each of 0, 1, ... K K - 1 occurs, counted as pairs of neighbours: half the
        work.
        """
        n_codes, n = self.size**2, len(joint) // 2
        both, high, pairs = joint[: 2 * n].view(np.uint16), self.high[:n], self.pairs[:n]
        np.right_shift(both, 8, out=high)
        np.multiply(high, np.uint16(256 - n_codes), out=high)
        np.subtract(
            both, high, out=high
        )  # low byte + 256 high byte -> low + K K high: a small table
        np.copyto(pairs, high)
        table = np.bincount(pairs, minlength=n_codes * n_codes).reshape(n_codes, n_codes)
        counts = table.sum(0) + table.sum(1)
        if len(joint) % 2:
            counts[joint[-1]] += 1
        return counts
