"""Leak audit: inputs that know the label suspiciously well, alone or together with the other
inputs.

What a column tells is its cross-validated information: the labels' class frequencies in bins of the
column (equal numbers of objects a bin, each value of a column of few values, each text), learned on
four fifths of the objects, predict the labels of the last fifth; U = mean ln(p(class | bin) /
p(class)) over the entropy of the labels: Theil's uncertainty coefficient (Theil 1970, Am. J.
Sociol. 76, 103), cross-validated. U is 0 for chance (a little below, as it is cross-validated) and
1 for a copy of the label, whatever its codes and its order. No unit and no outlier matters.

Alone: a column is reported when U >= ALONE. The best legitimate columns known here reach 0.32
(RC3's colours), 0.50 (EFIGI's visual bulge-to-total ratio, judged by the experts who gave the type)
and, in the easiest problems, 0.68 (the petal width of Fisher's irises); a copy of the label has
1.00, one with every tenth label drawn anew 0.76. With every fifth drawn anew it has 0.60 and
passes: another expert's types would tell as much.

Combined: a column that was "corrected" with the help of the label hides it in what the other
columns do not explain. The remainder of each column after a least-squares fit of the others (and of
their logarithms, where they are positive and span more than a factor of SPAN) is reported when it
tells at least FACTOR times as much as the column and as the fit do (it is the difference that
knows, not the quantity), and when the column adds at least GAIN of the information that a linear
discriminant of all others lacks. OpenNGC's inclination-corrected SurfBr: remainder 0.17 against
0.04, gain 0.29. The largest legitimate gain with such a remainder was 0.10 (two magnitudes whose
colour is no input of its own). A smaller correction passes: the gain of RC3's SURF_BRTNESS_D25 over
nine other parameters is 0.06. Columns that are exact formulas of others have no remainder. One such
column makes its partners suspicious, too: of those that gain nearly as much as the worst (TIE) the
one that tells most alone is reported, the others are named as what it may be instead; it is taken
out, and the rest are looked at again. With fewer than MIN_OTHERS others nothing is said: the second
of two magnitudes would be reported for the colour that they make.

Either way U must exceed that of every one of PERMUTATIONS shuffles of the labels. The thresholds
were set once, on the catalogues named here. A report is a suspicion, not a proof: a column that is
what it claims to be is to be trusted by name.

The thresholds were chosen on the very data named here: these are calibration cases, not independent
checks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed

if TYPE_CHECKING:
    import pandas as pd

ALONE, GAIN, FACTOR = 0.7, 0.2, 2.0
TIE = 0.9  # of the largest gain
FLOOR = 0.05  # a remainder that tells less is not looked at further
MIN_ROWS, MIN_OTHERS = 60, 4
MAX_ROWS = 20_000  # more objects are sampled: the numbers above do not get sharper
BINS, FEW, FOLDS, PERMUTATIONS = 30, 64, 5, 99
# from its least to its largest value: the logarithm of such a column may matter, besides itself
SPAN = 10.0
EXACT = 1e-8  # a remainder with less of the variance is rounding


@dataclass(frozen=True)
class Leak:
    """One suspicious column: what it (kind 'alone') or its remainder (kind 'combined') tells of the
    label, U; the largest U of shuffled labels; for 'combined' the gain over all other columns, the
    partners that the fit rests on most, and the columns that may be at fault in its place.
    """

    column: str
    kind: str
    information: float
    shuffled: float
    gain: float = 0.0
    partners: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind == "alone":
            return f"column {self.column!r} alone tells {self.information:.0%} of the label"
        instead = (
            f" (or else {listed(map(repr, self.instead))} is at fault)" if self.instead else ""
        )
        return (
            f"column {self.column!r} less a combination of {listed(self.partners)} tells"
            f" {self.information:.0%} of the label, and {self.gain:.0%} of what all other inputs"
            f" leave open{instead}"
        )


def audit(
    features: pd.DataFrame,
    labels: np.ndarray,
    *,
    seed: int = 0,
    bands: Collection[str] = (),
) -> list[Leak]:
    """The suspicious columns of numbers or text, worst first, those alone before the combined ones;
    [] if there are none, or fewer than MIN_ROWS labelled objects. labels: (N,) text, '' where there
    is none (those objects are left out). bands: columns that are magnitudes of one object in
    several bands: one less a combination of the others is a colour, which may know the class, and
    is not reported.
    """
    labels = np.asarray(labels, dtype=str)
    if len(labels) != len(features):
        raise CatalogueError(
            f"{len(labels)} labels for {len(features)} rows; remedy: give one a row"
        )
    rows = np.flatnonzero(labels != "")
    rng = np.random.default_rng([seed, *b"leaks"])
    if len(rows) > MAX_ROWS:
        rows = np.sort(rng.choice(rows, MAX_ROWS, replace=False))
    classes, label = np.unique(labels[rows], return_inverse=True)
    if len(rows) < MIN_ROWS or len(classes) < 2:
        return []
    columns = {name: _values(features[name].to_numpy()[rows]) for name in features}
    alone = [leak for name, values in columns.items() if (leak := _alone(name, values, label, rng))]
    suspects = {leak.column for leak in alone}
    numeric = {
        n: v
        for n, v in columns.items()
        if v.dtype.kind == "f" and n not in suspects and np.isfinite(v).any()
    }
    combined = _combined(numeric, label, rng, frozenset(bands))
    return sorted(alone, key=lambda leak: -leak.information) + list(combined)


def _values(values: np.ndarray) -> np.ndarray:
    """A column as float64 if it holds numbers, as text otherwise."""
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    return np.array(
        ["" if value is None or value != value else str(value) for value in values.tolist()],
        dtype=str,
    )


def information(values: np.ndarray, label: np.ndarray) -> float:
    """Theil's U of one column, the larger one of all objects (a missing value is a bin of its own)
    and of those that know it.

    values: (N,) float64 with NaN, or text; label: (N,) int64 class numbers. -inf with fewer than
    MIN_ROWS objects."""
    known = np.isfinite(values) if values.dtype.kind == "f" else values != ""
    found = _uncertainty(_bins(values[known]), label[known])
    if known.all() or known.sum() == 0:
        return found
    with_missing = np.zeros(len(values), dtype=np.int64)
    with_missing[known] = _bins(values[known]) + 1
    return max(found, _uncertainty(with_missing, label))


def _bins(values: np.ndarray) -> np.ndarray:
    """The bin of each value, (N,) int64: its own for text and columns of few values, else one of
    BINS equally filled ones.
    """
    distinct, code = np.unique(values, return_inverse=True)
    if values.dtype.kind != "f" or len(distinct) <= FEW:
        return code
    count = max(2, min(BINS, len(values) // 20))
    edges = np.quantile(values, np.linspace(0.0, 1.0, count + 1)[1:-1])
    return np.searchsorted(edges, values, side="right")


def _uncertainty(code: np.ndarray, label: np.ndarray) -> float:
    """Theil's U of bins (N,): cross-validated over FOLDS, each bin's frequencies drawn to the
    whole's with the weight of K objects.
    """
    if len(code) < MIN_ROWS or len(np.unique(label)) < 2:
        return -np.inf
    n_bins, k = int(code.max()) + 1, int(label.max()) + 1
    fold = np.random.default_rng(len(code)).permutation(len(code)) % FOLDS
    counts = np.bincount((fold * n_bins + code) * k + label, minlength=FOLDS * n_bins * k).reshape(
        FOLDS, n_bins, k
    )
    whole = counts.sum(axis=0)
    log_ratio = np.empty(len(code))
    for i in range(FOLDS):
        train, test = whole - counts[i], fold == i
        prior = (train.sum(axis=0) + 0.5) / (train.sum() + 0.5 * k)  # (K,)
        posterior = (train + k * prior) / (train.sum(axis=1, keepdims=True) + k)  # (bins, K)
        log_ratio[test] = np.log(posterior[code[test], label[test]] / prior[label[test]])
    return float(log_ratio.mean() / _entropy(label))


def _entropy(label: np.ndarray) -> float:
    share = np.bincount(label) / len(label)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def _shuffled(values: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> float:
    """The largest U of a column over PERMUTATIONS shuffles of the labels."""
    return max(information(values, rng.permutation(label)) for _ in range(PERMUTATIONS))


def _alone(
    name: str, values: np.ndarray, label: np.ndarray, rng: np.random.Generator
) -> Leak | None:
    uncertainty = information(values, label)
    if uncertainty < ALONE:
        return None
    shuffled = _shuffled(values, label, rng)
    return Leak(name, "alone", uncertainty, shuffled) if uncertainty > shuffled else None


def _combined(
    columns: dict[str, np.ndarray],
    label: np.ndarray,
    rng: np.random.Generator,
    bands: frozenset[str] = frozenset(),
) -> Iterator[Leak]:
    """The columns whose remainder tells too much, one after the other, each looked for without
    those before it.
    """
    columns = dict(columns)
    while len(columns) > MIN_OTHERS:
        found = [leak for name in columns if (leak := _remainder(name, columns, label))]
        found = [item for item in found if not {item[0].column, *item[0].partners} <= bands]
        if not found:
            return
        largest = max(leak.gain for leak, _, _ in found)
        tied = [item for item in found if item[0].gain >= TIE * largest]
        leak, rest, known = max(tied, key=lambda item: information(columns[item[0].column], label))
        shuffled = _shuffled(rest, label[known], rng)
        if leak.information > shuffled:
            instead = tuple(other.column for other, _, _ in tied if other.column != leak.column)
            yield replace(leak, shuffled=shuffled, instead=instead)
        del columns[leak.column]


def _remainder(
    name: str, columns: dict[str, np.ndarray], label: np.ndarray
) -> tuple[Leak, np.ndarray, np.ndarray] | None:
    """The leak that the remainder of one column is, if it is one, with the remainder and the mask
    of its objects.
    """
    values = columns[name]
    known = np.isfinite(values)
    others = [
        other
        for other in columns
        if other != name and np.isfinite(columns[other][known]).mean() > 0.5
    ]
    for other in others:
        known = known & np.isfinite(columns[other])
    if len(others) < MIN_OTHERS or known.sum() < MIN_ROWS or np.ptp(values[known]) == 0.0:
        return None
    matrix, sources = _with_logarithms([columns[other][known] for other in others])  # (n, terms)
    target, truth = _standard(values[known, None])[:, 0], label[known]
    weights = np.linalg.pinv(matrix.T @ matrix, rcond=EXACT) @ (matrix.T @ target)
    fit = matrix @ weights
    rest = target - fit
    if rest.var() < EXACT * target.var():
        return None
    uncertainty = information(rest, truth)
    if uncertainty < FLOOR or uncertainty < FACTOR * max(
        information(target, truth), information(fit, truth)
    ):
        return None
    base = max(0.0, _discriminant(matrix, truth))
    gain = (_discriminant(np.column_stack([matrix, target]), truth) - base) / (1.0 - base)
    if gain < GAIN:
        return None
    partners = tuple(
        dict.fromkeys(others[sources[i]] for i in np.argsort(-np.abs(weights), kind="stable"))
    )[:3]
    return Leak(name, "combined", uncertainty, 0.0, gain, partners), rest, known


def _with_logarithms(columns: list[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """The columns, and the logarithms of those that are positive and span more than a factor of
    SPAN (magnitudes go with the logarithm of an axis or a flux), standardised, (n, terms); and the
    number of the column that each term is made of.
    """
    terms = list(enumerate(columns))
    terms += [
        (i, np.log10(values))
        for i, values in terms
        if values.min() > 0.0 and values.max() > SPAN * values.min()
    ]
    return _standard(np.stack([values for _, values in terms], axis=1)), [i for i, _ in terms]


def _standard(matrix: np.ndarray) -> np.ndarray:
    """Columns less their mean over their standard deviation, (n, F); 0 for a constant one."""
    centred = matrix - matrix.mean(axis=0)
    scale = centred.std(axis=0)
    return centred / np.where(scale > 0.0, scale, 1.0)


def _discriminant(matrix: np.ndarray, label: np.ndarray) -> float:
    """Theil's U of Fisher's linear discriminant with one covariance for all classes,
    cross-validated; matrix (n, F) standardised.
    """
    k = int(label.max()) + 1
    fold = np.random.default_rng(len(label)).permutation(len(label)) % FOLDS
    log_ratio = np.empty(len(label))
    for i in range(FOLDS):
        train, test = fold != i, fold == i
        x, y = matrix[train], label[train]
        counts = np.bincount(y, minlength=k)
        means = np.stack(
            [x[y == c].mean(axis=0) if counts[c] else np.zeros(x.shape[1]) for c in range(k)]
        )  # (K, F)
        within = x - means[y]
        covariance = within.T @ within / len(x) + 1e-6 * np.eye(
            x.shape[1]
        )  # a little ridge: formulas of others are allowed
        directions = np.linalg.solve(covariance, means.T)  # (F, K)
        prior = (counts + 0.5) / (len(x) + 0.5 * k)
        score = matrix[test] @ directions - 0.5 * (means.T * directions).sum(axis=0) + np.log(prior)
        score -= score.max(axis=1, keepdims=True)
        log_posterior = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
        own = label[test]
        log_ratio[test] = log_posterior[np.arange(len(own)), own] - np.log(prior[own])
    return float(log_ratio.mean() / _entropy(label))
