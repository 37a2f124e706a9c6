"""How much better one classifier is than another on the same objects, in four measures, each with
its interval and p value: on one test set, or in the mean over several that share objects.

Objects that stand alone: accuracy and within-one by the score test of a difference of proportions
(McNemar 1947; Tango 1998), balanced accuracy and macro-F1 by drawing what the table could be from
its posterior (Dirichlet; an object is one cell of reference x A x B). The prior is one object on
which A and B are both right or both wrong and one on which only one of them is, so that with two
classes it is that of Agresti & Min 2005, Stat. Med. 24, 729. Objects in groups, and several test
sets: the jackknife over groups (`astronn.statistics.grouped`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from astronn.errors import AstronnError
from astronn.statistics import grouped
from astronn.statistics.paired_proportions import paired_difference
from astronn.statistics.significance import mcnemar

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "within_one")
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


class Gain(NamedTuple):
    """Measure(A) - measure(B), its interval, and the p value that it is 0; NaN without rows."""

    value: float
    low: float
    high: float
    p_value: float


def paired_measures(
    tests: Sequence[Answers],
    n_classes: int,
    n: int = DRAWS,
    seed: int | Sequence[int] = 0,
    level: float = 0.95,
) -> dict[str, Gain]:
    """The gains of A over B by measure, averaged over the test sets.

    Parameters
    ----------
    tests : sequence of Answers
        One a test set. With several, ``groups`` must be given: sets of several seeds share objects,
        and whole objects (or groups), with what was said of them in every set, are what is drawn.
    n_classes : int
        K; within-one takes them to be in order.
    n : int
        Draws of the posterior.
    seed : int or sequence of int
        Of these draws.
    level : float
        Of the intervals.

    Returns
    -------
    dict of str to Gain
        By the names of MEASURES. A class that neither reference nor prediction has is left out of a
        macro-F1, one without objects out of a balanced accuracy. No rows give NaN.

    Raises
    ------
    AstronnError
        For arrays of different lengths, codes outside 0 to K - 1, several sets without groups.
    """
    _check(tests, n_classes)
    if not all(len(test.reference) for test in tests):
        return dict.fromkeys(MEASURES, Gain(math.nan, math.nan, math.nan, math.nan))
    if tests[0].groups is None:
        return _of_objects(tests[0], n_classes, n, seed, level)
    return _of_groups(tests, n_classes, level)


def _of_objects(
    test: Answers, K: int, n: int, seed: int | Sequence[int], level: float
) -> dict[str, Gain]:
    """Rows that are objects of their own."""
    reference, a, b = (np.asarray(codes) for codes in test[:3])
    units, often = np.unique(_counts(test, K), axis=0, return_counts=True)
    whole = _gains((often @ units)[None].astype(float), 1, K)[0]
    weights = np.concatenate([often, np.full(4 * K, 0.5 / K)])
    rng, atoms = np.random.default_rng(seed), np.concatenate([units, _prior(K)])
    drawn = _gains(rng.standard_gamma(weights, (n, len(weights))) @ atoms, 1, K)
    found = {}
    for i, (name, value) in enumerate(zip(MEASURES, whole, strict=True)):
        if name in ("accuracy", "within_one"):
            near = int(name == "within_one")
            right_a, right_b = (np.abs(codes - reference) <= near for codes in (a, b))
            found[name] = _of_proportions(right_a, right_b, level)
        else:
            low, high = np.quantile(drawn[:, i], [0.5 - level / 2, 0.5 + level / 2])
            ends = min(float(low), float(value)), max(float(high), float(value))
            found[name] = Gain(float(value), *ends, _two_sided(drawn[:, i]))
    return found


def _of_proportions(right_a: np.ndarray, right_b: np.ndarray, level: float) -> Gain:
    """The score interval of a difference in shares and McNemar's p."""
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    found = paired_difference(only_a, only_b, len(right_a), level)
    return Gain(found.value, found.low, found.high, mcnemar(only_a, only_b).p_value)


def _two_sided(draws: np.ndarray) -> float:
    """Twice the posterior's smaller share on one side of 0, never 0 itself."""
    above, at = float((draws > 0).sum()), float((draws == 0).sum())
    share = (min(above, len(draws) - above - at) + at / 2 + 1) / (len(draws) + 2)
    return min(1.0, 2 * share)


def _of_groups(tests: Sequence[Answers], K: int, level: float) -> dict[str, Gain]:
    """The jackknife over groups."""
    units, often = _units(tests, K)
    jackknifed = grouped.jackknife(lambda sums: _gains(sums, len(tests), K), units, often)
    a, b = (_of_one(units, which, K) for which in (0, 1))  # (U, S, 2 K + 1)
    right = slice(K, 2 * K)
    net = (a[..., right].sum(-1) - b[..., right].sum(-1)).any(1)  # (U,)
    near = (a[..., -1] - b[..., -1]).any(1)
    any_ = (a != b).any((1, 2))
    differing = {"accuracy": net, "within_one": near}
    found = {}
    for name, one in zip(MEASURES, jackknifed, strict=True):
        m = int(often[differing.get(name, any_)].sum())
        found[name] = Gain(one.value, *one.interval(level), one.p_value(m))
    return found


def _check(tests: Sequence[Answers], n_classes: int) -> None:
    if not tests:
        raise AstronnError("paired measures need at least one test set, got none")
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


def _units(tests: Sequence[Answers], K: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of each group, (U, S (5 K + 2)) for S test sets side by side, and how often each
    occurs."""
    names = np.concatenate([np.asarray(test.groups) for test in tests])
    width, start = 5 * K + 2, 0
    rows = np.zeros((len(names), len(tests) * width), dtype=np.int32)
    for s, test in enumerate(tests):
        own = slice(start, start + len(test.reference))
        rows[own, s * width : (s + 1) * width] = _counts(test, K)
        start = own.stop
    return np.unique(grouped.sums(rows, names), axis=0, return_counts=True)


def _counts(test: Answers, K: int) -> np.ndarray:
    """For each row of what adds up, (N, 5 K + 2) of 0 and 1: by class, of the reference; given by
    A; given rightly by A; given by B; rightly by B; then within one class by A, by B."""
    one = np.eye(K, dtype=np.int32)
    codes = [np.asarray(codes) for codes in test[:3]]
    reference, a, b = (one[c] for c in codes)  # (N, K)
    near = [(np.abs(c - codes[0]) <= 1)[:, None].astype(np.int32) for c in codes[1:]]
    return np.concatenate([reference, a, a * reference, b, b * reference, *near], axis=1)


def _prior(K: int) -> np.ndarray:
    """The mean row of _counts for an object of each class that both, A alone, B alone or neither
    has right, a wrong class being any of the others: (4 K, 5 K + 2)."""
    one = np.eye(K)
    wrong = (1 - one) / max(K - 1, 1)  # (K, K)
    near = np.abs(np.arange(K)[:, None] - np.arange(K)) == 1
    near_wrong = (wrong * near).sum(1, keepdims=True)  # (K, 1)
    yes = (one, one, np.ones((K, 1)))  # given, rightly, within one
    no = (wrong, 0 * one, near_wrong)
    rows = [
        np.concatenate([one, a[0], a[1], b[0], b[1], a[2], b[2]], axis=1)
        for a, b in ((yes, yes), (yes, no), (no, yes), (no, no))
    ]
    return np.concatenate(rows)


def _gains(sums: np.ndarray, n_tests: int, K: int) -> np.ndarray:
    """The means over test sets of A's measures less B's, (n, 4), from sums (n, S (5 K + 2))."""
    each = sums.reshape(len(sums), n_tests, 5 * K + 2)
    reference = each[..., :K]
    a, b = (_measures(reference, _of_one(sums, which, K)) for which in (0, 1))
    return (a - b).mean(1)


def _of_one(sums: np.ndarray, which: int, K: int) -> np.ndarray:
    """What sums (n, S (5 K + 2)) hold of A (0) or of B (1): (n, S, 2 K + 1)."""
    each = sums.reshape(len(sums), -1, 5 * K + 2)
    first = (1 + 2 * which) * K
    near = 5 * K + which
    return np.concatenate([each[..., first : first + 2 * K], each[..., near : near + 1]], axis=-1)


def _measures(reference: np.ndarray, one: np.ndarray) -> np.ndarray:
    """The four measures of one classifier, (n, S, 4)."""
    K = reference.shape[-1]
    given, right, near = one[..., :K], one[..., K : 2 * K], one[..., -1]
    n, present, seen = reference.sum(-1), reference > 0, reference + given
    tiny = np.finfo(float).tiny
    whole = np.maximum(n, tiny)
    recall = right / np.maximum(reference, tiny)
    f1 = 2 * right / np.maximum(seen, tiny)
    return np.stack(
        [
            right.sum(-1) / whole,
            recall.sum(-1) / np.maximum(present.sum(-1), 1),
            f1.sum(-1) / np.maximum((seen > 0).sum(-1), 1),
            near / whole,
        ],
        axis=-1,
    )
