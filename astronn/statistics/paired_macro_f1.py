"""The paired bootstrap of a difference in macro-F1, on one test set or in the mean over several
that share objects.

Reference: Efron & Tibshirani 1993, An Introduction to the Bootstrap, section 13.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from astronn.errors import AstronnError
from astronn.statistics.significance import Interval, group_sums, resample_sums

DRAWS = 2000  # percentile ends of a 95 per cent interval then vary by about 3 per cent of its width


class Answers(NamedTuple):
    """What two classifiers said of one test set: numbers of classes (N,) from 0, and the object (or
    group) of each row.

    ``groups`` None: every row is an object of its own. In several test sets an object has one name.
    """

    reference: np.ndarray
    a: np.ndarray
    b: np.ndarray
    groups: np.ndarray | None = None


def paired_macro_f1(
    tests: Sequence[Answers],
    n_classes: int,
    n: int = DRAWS,
    seed: int | Sequence[int] = 0,
    level: float = 0.95,
) -> Interval:
    """Macro-F1(A) - macro-F1(B), averaged over the test sets, with the percentile interval of a
    bootstrap over objects.

    Whole objects (or groups) are drawn, each with what both classifiers said of it in every test
    set that it is in: sets of several seeds, which share objects, are then not taken for
    independent ones. With several sets ``groups`` must be given. A class that neither reference nor
    prediction has is left out of a macro-F1. No rows give NaN.

    Parameters
    ----------
    tests : sequence of Answers
        What both classifiers said of each test set, (N,) each.
    n_classes : int
        K.
    n : int
        How many resamples.
    seed : int or sequence of int
        Where the draws start.
    level : float
        The share of the draws between the ends.

    Returns
    -------
    Interval
        The mean difference and its ends.

    Raises
    ------
    AstronnError
        For no test set, several without groups, lists of unequal length, or numbers outside the
        classes.
    """
    _check(tests, n_classes)
    if not all(len(test.reference) for test in tests):
        return Interval(math.nan, math.nan, math.nan)
    units, multiplicity = _units(tests, n_classes)
    gains = _gain(resample_sums(units, n, seed, multiplicity), len(tests), n_classes)
    low, high = np.quantile(gains, [0.5 - level / 2, 0.5 + level / 2])
    whole = units.sum(0) if multiplicity is None else multiplicity @ units
    return Interval(
        float(_gain(whole[None].astype(float), len(tests), n_classes)[0]), float(low), float(high)
    )


def _check(tests: Sequence[Answers], n_classes: int) -> None:
    if not tests:
        raise AstronnError("a difference in macro-F1 needs at least one test set, got none")
    if len(tests) > 1 and any(test.groups is None for test in tests):
        raise AstronnError(
            "several test sets may share objects: give the groups of each, such as the names of its"
            " objects"
        )
    for test in tests:
        columns = [np.asarray(values) for values in test if values is not None]
        if any(column.shape != (len(test.reference),) for column in columns):
            raise AstronnError(
                "reference, a, b and groups must be lists of one length, got"
                f" {', '.join(str(c.shape) for c in columns)}"
            )
        if any(
            column.size and not (column.min() >= 0 and column.max() < n_classes)
            for column in columns[:3]
        ):
            raise AstronnError(
                f"numbers of classes must lie between 0 and {n_classes - 1}; encode reference, a"
                " and b alike"
            )


def _units(tests: Sequence[Answers], K: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Counts of each unit, (U, 5 K) for each test set side by side, and how often it occurs (None:
    once).
    """
    if tests[0].groups is None:
        cells = (np.asarray(tests[0].reference) * K + tests[0].a) * K + tests[0].b
        found, multiplicity = np.unique(cells, return_counts=True)
        return _counts(Answers(found // K**2, found // K % K, found % K), K), multiplicity
    _, member = np.unique(
        np.concatenate([np.asarray(test.groups) for test in tests]), return_inverse=True
    )
    rows, width, start = np.zeros((len(member), len(tests) * 5 * K), dtype=np.int32), 5 * K, 0
    for s, test in enumerate(tests):
        own = slice(start, start + len(test.reference))
        rows[own, s * width : (s + 1) * width] = _counts(test, K)
        start = own.stop
    pooled, multiplicity = np.unique(
        group_sums(rows, member.reshape(-1)), axis=0, return_counts=True
    )
    return pooled, multiplicity


def _counts(test: Answers, K: int) -> np.ndarray:
    """By class, for each row: of the reference; given by A, by B; rightly by A, by B: (N, 5 K) of 0
    and 1.
    """
    one = np.eye(K, dtype=np.int32)
    reference, a, b = (one[np.asarray(codes)] for codes in test[:3])  # (N, K)
    return np.concatenate([reference, a, b, a * reference, b * reference], axis=1)


def _gain(sums: np.ndarray, n_tests: int, K: int) -> np.ndarray:
    """The mean over test sets of macro-F1(A) - macro-F1(B), (n,), from sums (n, n_tests 5 K) of
    such counts.
    """
    reference, *given = np.moveaxis(sums.reshape(len(sums), n_tests, 5, K), 2, 0)  # (n, n_tests, K)
    a, b = (_macro_f1(reference, given[i], given[i + 2]) for i in (0, 1))
    return (a - b).mean(1)


def _macro_f1(reference: np.ndarray, given: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The mean over classes of 2 right / (reference + given); classes in neither are left out; 0
    where nothing was drawn.
    """
    seen = reference + given
    return (2 * right / np.maximum(seen, 1)).sum(-1) / np.maximum((seen > 0).sum(-1), 1)
