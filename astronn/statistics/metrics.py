"""Confusion tables of labels, and every number that follows from one. numpy only.

Throughout, C[i, j] counts objects of reference class i that were given class j: rows are the
reference, columns the prediction. Functions of a table take an array (..., K, K), so that a stack
of bootstrap tables (B, K, K) costs one call; they return a float for one table and an array for a
stack. What cannot be computed (no objects, a class that is never predicted) is NaN, never 0, unless
the docstring says which convention makes it a number.

References: Cohen 1960, Educ. Psychol. Meas. 20, 37; Cohen 1968, Psychol. Bull. 70, 213; Gorodkin
2004, Comput. Biol. Chem. 28, 367; Wilson 1927, JASA 22, 209; Brier 1950, Mon. Weather Rev. 78, 1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError

Classes: TypeAlias = Sequence[Any] | np.ndarray  # K different names, all text or all numbers

# labels counted at a time: the joint codes of a chunk stay in the cache, and memory does not grow
# with N
CHUNK = 131_072
MANY = 2**22  # labels from which on all cores count


def encode(labels: ArrayLike, classes: Classes) -> np.ndarray:
    """codes[n] is the place of labels[n] in `classes`: (N,) int64.

    Labels and classes are both text or both numbers. A label that is not among the classes (a NaN,
    an empty string) raises AstronnError that names it, how often it occurs and where first. No
    labels give no codes.

    Parameters
    ----------
    labels : array_like (N,)
        Text or numbers, as the classes are.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    ndarray (N,) int64
        The places.

    Raises
    ------
    AstronnError
        For a label outside the classes, labels that are not one list, text beside numbers, or
        classes that are repeated.
    """
    known = _class_array(classes)
    values = _label_array(labels, known)
    order = np.argsort(known)
    place = np.searchsorted(known, values, sorter=order)
    codes = order[np.minimum(place, len(known) - 1)].astype(np.int64, copy=False)
    wrong = np.flatnonzero(known[codes] != values)
    if len(wrong):
        raise AstronnError(
            f"label {str(values[wrong[0]])!r} (object {wrong[0]}, {len(wrong)} in all are outside"
            f" the classes) is not one of: {', '.join(map(str, known))}; add the class to the"
            " scheme or leave the object out"
        )
    return codes


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
    known = _class_array(classes)
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


def accuracy(C: ArrayLike) -> float | np.ndarray:
    """Accuracy is the number right over the number of objects; NaN for an empty table.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    return _ratio(np.trace(C, axis1=-2, axis2=-1), C.sum((-2, -1)))


def completeness(C: ArrayLike) -> np.ndarray:
    """completeness[i] is the fraction of the objects of class i that were given class i: (..., K);
    NaN for an empty class.

    Also called recall, sensitivity or producer's accuracy.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    ndarray (..., K)
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    return np.atleast_1d(_ratio(_diagonal(C), C.sum(-1)))


def purity(C: ArrayLike) -> np.ndarray:
    """purity[j] is the fraction of the objects given class j that are of class j: (..., K); NaN for
    a class never given.

    Also called precision, reliability or user's accuracy.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    ndarray (..., K)
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    return np.atleast_1d(_ratio(_diagonal(C), C.sum(-2)))


def balanced_accuracy(C: ArrayLike) -> float | np.ndarray:
    """Balanced accuracy is the mean completeness of the classes that have objects; NaN for an empty
    table.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    present = C.sum(-1) > 0
    recall = np.where(present, completeness(C), 0.0)
    return _ratio(recall.sum(-1), present.sum(-1))


def macro_f1(C: ArrayLike) -> float | np.ndarray:
    """Macro-F1 is the mean over classes of F1 = 2 C[i, i] / (row sum + column sum); NaN for an
    empty table.

    A class that is never given to its objects counts 0; a class absent from both reference and
    prediction is left out.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    seen = C.sum(-1) + C.sum(-2)
    f1 = np.where(seen > 0, _ratio(2 * _diagonal(C), seen), 0.0)
    return _ratio(f1.sum(-1), (seen > 0).sum(-1))


def cohen_kappa(C: ArrayLike, weights: str | None = None) -> float | np.ndarray:
    """Cohen's kappa is 1 - (observed disagreement) / (disagreement expected from the margins)
    (Cohen 1960, eq. 1).

    weights="quadratic" counts a disagreement of classes i and j as (i - j)^2 (Cohen 1968), for
    classes in their order. NaN where no disagreement is expected (empty, or every object in one
    cell).

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.
    weights : None or "quadratic"
        What a disagreement costs: 1, or the squared distance of the classes.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        Up to 1; 0 is chance.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    AstronnError
        For other weights.
    """
    C = _tables(C)
    cost = _disagreement(C.shape[-1], weights)
    total = C.sum((-2, -1))[..., None, None]
    expected = _ratio(C.sum(-1)[..., :, None] * C.sum(-2)[..., None, :], total)
    ratio = _ratio(
        np.asarray((cost * C).sum((-2, -1))), np.asarray((cost * expected).sum((-2, -1)))
    )
    return 1.0 - ratio


def matthews(C: ArrayLike) -> float | np.ndarray:
    """The Matthews coefficient is the correlation of reference and prediction as 1-of-K vectors
    (Gorodkin 2004, eq. 8).

    0 by convention where reference or prediction is constant (no correlation can be seen); NaN for
    an empty table.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From -1 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    row, column, total = C.sum(-1), C.sum(-2), C.sum((-2, -1))
    covariance = np.trace(C, axis1=-2, axis2=-1) * total - (row * column).sum(-1)
    spread = np.sqrt((total**2 - (row**2).sum(-1)) * (total**2 - (column**2).sum(-1)))
    value = np.where(spread > 0, _ratio(covariance, spread), 0.0)
    return _number(np.where(total > 0, value, np.nan))


def within_one(C: ArrayLike) -> float | np.ndarray:
    """Within one is the fraction of objects given their class or a neighbour of it, for classes in
    order; NaN if empty.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    C = _tables(C)
    near = _disagreement(C.shape[-1], "quadratic") <= 1
    return _ratio((C * near).sum((-2, -1)), C.sum((-2, -1)))


def no_information_rate(C: ArrayLike) -> float | np.ndarray:
    """The no-information rate is the fraction of objects in the largest reference class: what one
    constant answer scores.

    Parameters
    ----------
    C : array_like (..., K, K)
        Confusion tables: C[i, j] counts objects of class i that were given class j.

    Returns
    -------
    float, or ndarray (...) for a stack of tables
        From 0 to 1; NaN for an empty table.

    Raises
    ------
    AstronnError
        For a table that is not square, or has a negative or missing cell.
    """
    rows = _tables(C).sum(-1)
    return _ratio(rows.max(-1), rows.sum(-1))


majority_rate = no_information_rate  # its name in 0.1.0


def wilson_interval(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple:
    """The Wilson score interval is the set of proportions that k of n does not reject (Wilson
    1927): (low, high).

    k and n are numbers or arrays. NaN where n = 0. `level` is the two-sided confidence, between 0
    and 1.

    Parameters
    ----------
    k : array_like (...)
        How many.
    n : array_like (...)
        Of how many.
    level : float
        The confidence.

    Returns
    -------
    low, high : floats, or ndarrays (...)
        The ends, from 0 to 1.

    Raises
    ------
    AstronnError
        For a level outside 0 to 1, or k outside 0 to n.
    """
    k, n = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    if not 0 < level < 1:
        raise AstronnError(f"level must lie between 0 and 1, got {level}; use 0.95 for 95 per cent")
    if ((k < 0) | (k > n)).any():
        raise AstronnError(
            f"k of n needs 0 <= k <= n, got k = {k.tolist()}, n = {n.tolist()}; check the counts"
        )
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p, shrink = _ratio(k, n), 1 + np.asarray(_ratio(z * z, n))
    centre = (p + _ratio(z * z, 2 * n)) / shrink
    half = z / shrink * np.sqrt(_ratio(p * (1 - p), n) + _ratio(z * z, 4 * n * n))
    return _number(np.where(k == 0, 0 * centre, centre - half)), _number(
        np.where(k == n, 1 + 0 * centre, centre + half)
    )


def top_k_right(
    reference: ArrayLike, posteriors: ArrayLike, classes: Classes, k: int = 2
) -> np.ndarray:
    """right[n] says whether the reference class of object n is among its k most probable classes:
    (N,) bool.

    `posteriors` is (N, K) in the order of `classes`; equal posteriors rank in that order, as argmax
    does, so that k = 1 is the hard answer. A posterior that is not a number raises AstronnError.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.
    k : int
        From 1 to K.

    Returns
    -------
    ndarray (N,) bool
        Object by object.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    AstronnError
        For k outside 1 to K.
    """
    codes, P = _posteriors(reference, posteriors, classes)
    if not 1 <= k <= P.shape[1]:
        raise AstronnError(f"k must lie between 1 and the {P.shape[1]} classes, got {k}")
    own = np.take_along_axis(P, codes[:, None], axis=1)  # (N, 1)
    first = np.arange(P.shape[1]) < codes[:, None]
    ahead = (own < P) | ((own == P) & first)
    return ahead.sum(1) < k


def top_k_accuracy(
    reference: ArrayLike, posteriors: ArrayLike, classes: Classes, k: int = 2
) -> float:
    """Top-k accuracy is the fraction of objects whose class is among the k most probable
    (`top_k_right`); NaN if empty.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.
    k : int
        From 1 to K.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    AstronnError
        For k outside 1 to K.
    """
    right = top_k_right(reference, posteriors, classes, k)
    return float(right.mean()) if len(right) else float("nan")


def brier_score(reference: ArrayLike, posteriors: ArrayLike, classes: Classes) -> float:
    """The Brier score is the mean over objects of sum_k (p_k - y_k)^2, from 0 to 2 (Brier 1950);
    NaN if empty.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    float
        From 0, the best, to 2.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    """
    codes, P = _posteriors(reference, posteriors, classes)
    own = np.take_along_axis(P, codes[:, None], axis=1)[:, 0]
    return float(np.mean((P**2).sum(1) - 2 * own + 1)) if len(P) else float("nan")


def log_loss(reference: ArrayLike, posteriors: ArrayLike, classes: Classes) -> float:
    """Log loss is the mean over objects of -ln(posterior of the reference class), in nats; NaN if
    empty.

    A posterior of exactly 0 counts as the smallest step of its float type (1.2e-7 for float32), or
    one object would make the mean infinite.

    Parameters
    ----------
    reference : array_like (N,)
        Labels of the reference.
    posteriors : array_like (N, K)
        Posterior probabilities, in the order of `classes`.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    float
        Nats, from 0, the best.

    Raises
    ------
    AstronnError
        For a label outside the classes, posteriors of another shape, or one that is not finite.
    """
    step = np.finfo(
        np.asarray(posteriors).dtype if np.asarray(posteriors).dtype.kind == "f" else float
    ).eps
    codes, P = _posteriors(reference, posteriors, classes)
    own = np.take_along_axis(P, codes[:, None], axis=1)[:, 0]
    return float(-np.log(np.maximum(own, step)).mean()) if len(P) else float("nan")


def _class_array(classes: Classes) -> np.ndarray:
    """The classes as a 1-d array of text or numbers, refused when empty or repeated."""
    known = np.asarray(list(classes))
    if known.dtype.kind == "O":
        known = known.astype(str)
    if known.ndim != 1 or not len(known) or len(np.unique(known)) != len(known):
        raise AstronnError(f"classes must be a list of different names, got {list(classes)}")
    return known


def _label_array(labels: ArrayLike, known: np.ndarray) -> np.ndarray:
    """The labels as a 1-d array that compares with the classes: text with text, numbers with
    numbers.
    """
    values = np.asarray(labels)
    text = known.dtype.kind in "US"
    if values.dtype.kind not in "US" and values.dtype.kind in "OT" and text:
        values = values.astype(str)
    if values.ndim != 1:
        raise AstronnError(f"labels must be one-dimensional, got the shape {values.shape}")
    if len(values) and (values.dtype.kind in "US") != text:
        raise AstronnError(
            f"labels are {values.dtype} and classes are {known.dtype}; give both as text or both as"
            " numbers"
        )
    return values


def _posteriors(
    reference: ArrayLike, posteriors: ArrayLike, classes: Classes
) -> tuple[np.ndarray, np.ndarray]:
    """Reference codes (N,) and posteriors (N, K) float64, checked against each other."""
    codes, P = encode(reference, classes), np.asarray(posteriors, float)
    if P.shape != (len(codes), len(classes)):
        raise AstronnError(
            f"posteriors must have the shape {(len(codes), len(classes))} (objects, classes), got"
            f" {P.shape}"
        )
    bad = np.flatnonzero(~np.isfinite(P).all(1))
    if len(bad):
        raise AstronnError(
            f"posteriors of {len(bad)} objects are not finite, the first is object {bad[0]}; mend"
            " the classifier"
        )
    return codes, P


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


def _tables(C: ArrayLike) -> np.ndarray:
    """The tables as float64 (..., K, K), refused when not square or negative."""
    C = np.asarray(C, float)
    if C.ndim < 2 or C.shape[-1] != C.shape[-2] or not C.shape[-1]:
        raise AstronnError(f"a confusion table must be square (..., K, K), got the shape {C.shape}")
    if not (C >= 0).all():
        raise AstronnError(
            "a confusion table holds counts, got a negative or missing cell; supply the full table"
        )
    return C


def _diagonal(C: np.ndarray) -> np.ndarray:
    return np.diagonal(C, axis1=-2, axis2=-1)


def _disagreement(size: int, weights: str | None) -> np.ndarray:
    """cost[i, j] of giving class j to an object of class i: (K, K)."""
    if weights not in (None, "quadratic"):
        raise AstronnError(f"unknown weights {weights!r}; choose None or 'quadratic'")
    i = np.arange(size)
    return 1.0 - np.eye(size) if weights is None else (i[:, None] - i[None, :]) ** 2.0


def _ratio(numerator: ArrayLike, denominator: ArrayLike) -> float | np.ndarray:
    """numerator / denominator, NaN where the denominator is 0."""
    a, b = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    return _number(np.divide(a, b, out=np.full(a.shape, np.nan), where=b != 0))


def _number(value: np.ndarray) -> float | np.ndarray:
    """A Python float for a 0-d array, the array itself otherwise."""
    return value if np.ndim(value) else float(value)
