"""Intervals of statistics that are no proportions (balanced accuracy, macro-F1, kappas, Matthews).

Objects that stand alone: what the table could be is drawn from its posterior, a Dirichlet
distribution over the cells whose prior is one object in its own class and one in another, spread
evenly; so the prior of the accuracy is uniform. A percentile bootstrap cannot draw what it has not
seen: of 60 objects at an accuracy of .97 its intervals covered .69 to .84, these .92 to .97
(tests/reports/measures/test_coverage.py). Where a class has fewer than FEW objects the means over
classes are marked, because no interval here holds its .95 for every truth.

Objects in groups: the jackknife over groups (`astronn.statistics.grouped`), on the scale of the
logit, or of ln(1 - x) for what may be negative, so that no end is above 1.

References: Gelman et al. 2013, Bayesian Data Analysis, section 3.4 (multinomial and Dirichlet);
Efron & Tibshirani 1993, ch. 11."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from astronn.statistics import grouped

LEVEL = 0.95
DRAWS = 2000  # percentile ends of a 95 per cent interval then vary by about 3 per cent of its width
BLOCK = 2_000_000  # cells of drawn tables held at a time: 16 MB
FEW = 10  # objects of a class under which a mean over classes has no interval that surely holds
OVER_CLASSES = frozenset({"balanced_accuracy", "macro_f1"})
MAY_BE_NEGATIVE = frozenset({"kappa", "quadratic_kappa", "matthews"})

Functions = Mapping[str, Callable[[np.ndarray], np.ndarray]]
Ends = tuple[float, float]
NONE: Ends = (math.nan, math.nan)


def of_objects(counts: np.ndarray, functions: Functions, seed: Sequence[int]) -> dict[str, Ends]:
    """The interval of each of the `functions` of a table of counts (K, K), by name.

    The value of the table itself is always inside. NaN for an empty table, and for a statistic
    that is undefined in every draw."""
    K = len(counts)
    if not counts.sum():
        return dict.fromkeys(functions, NONE)
    right = np.eye(K, dtype=bool)
    prior = np.where(right, 1 / K, 1 / max(K * (K - 1), 1))
    step = max(1, BLOCK // (K * K))
    drawn: dict[str, list[np.ndarray]] = {key: [] for key in functions}
    for block, start in enumerate(range(0, DRAWS, step)):
        rng = np.random.default_rng([*seed, block])
        size = (min(step, DRAWS - start), K, K)
        tables = rng.standard_gamma(np.broadcast_to(counts + prior, size))
        tables[:, counts.sum(1) + counts.sum(0) == 0, :] = 0.0  # a class that is nowhere stays so
        for key, function in functions.items():
            drawn[key].append(function(tables))
    return {
        key: _around(float(np.asarray(functions[key](counts))), np.concatenate(parts))
        for key, parts in drawn.items()
    }


def of_groups(tables: np.ndarray, functions: Functions) -> dict[str, Ends]:
    """The interval of each of the `functions` of the sum of tables (G, K, K), one a group; NaN
    where the statistic or its error is undefined."""
    G, K, _ = tables.shape
    names = list(functions)

    def all_of(flat: np.ndarray) -> np.ndarray:
        found = [functions[name](flat.reshape(-1, K, K)) for name in names]
        return np.stack(found, axis=1)  # (n, M)

    found = grouped.jackknife(all_of, tables.reshape(G, -1))
    t = grouped.t_quantile(LEVEL, G)
    return {
        name: _transformed(one.value, t * one.error, name in MAY_BE_NEGATIVE)
        for name, one in zip(names, found, strict=True)
    }


def group_tables(codes: tuple[np.ndarray, np.ndarray], groups: np.ndarray, size: int) -> np.ndarray:
    """The confusion table of every group: (G, K, K) int64."""
    names, member = np.unique(groups, return_inverse=True)
    width = size * size
    joint = member.reshape(-1) * width + codes[0] * size + codes[1]
    return np.bincount(joint, minlength=len(names) * width).reshape(len(names), size, size)


def few(key: str, totals: np.ndarray) -> bool:
    """Whether a statistic rests on a class of fewer than FEW objects, of totals (K,)."""
    present = totals[totals > 0]
    return key in OVER_CLASSES and bool(len(present)) and int(present.min()) < FEW


def _around(value: float, draws: np.ndarray) -> Ends:
    """The central 95 per cent of the draws (B,), stretched to hold the value."""
    known = draws[~np.isnan(draws)]
    if not len(known) or math.isnan(value):
        return NONE
    low, high = np.quantile(known, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return min(float(low), value), max(float(high), value)


def _transformed(value: float, half: float, may_be_negative: bool) -> Ends:
    """value -+ half, made symmetric on the scale of the logit or of ln(1 - value)."""
    top = 1 - value
    if not (half > 0 and top > 0) or (not may_be_negative and value <= 0):
        return NONE
    if may_be_negative:
        factor = math.exp(half / top)
        return max(-1.0, 1 - top * factor), 1 - top / factor
    odds, factor = value / top, math.exp(half / (value * top))
    return odds / (odds + factor), odds * factor / (odds * factor + 1)
