"""Leak audit: inputs that know the label suspiciously well, alone, beside the other inputs, or all
together.

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

Bookkeeping: a column that is named for how objects were observed (plate, date, field, file) and
tells more than BOOKKEEPING. Which plate an object stands on is no measurement of it.

Combined: a column that was "corrected" with the help of the label hides it in what the other
columns do not explain. Its gain is the share of the information that a linear discriminant of all
other columns (and of their logarithms, where they are positive and span more than a factor of SPAN)
lacks and that the column adds. The gain grows with the correction. It is reported from GAIN on; a
smaller one, from SMALL_GAIN on, if the column stands alone with it (no other's is above TIE of it)
and its remainder after a least-squares fit of the others tells at least FACTOR times as much as the
column and as the fit do: it is the difference that knows, not the quantity. Honest columns gained
at most 0.26 (the u and z magnitudes of stars, galaxies and quasars, about as much each; without
them 0.06). Of columns that gain nearly as much as the worst the one whose remainder tells most is
reported, the others are named as what may be at fault instead; it is taken out, and the rest are
looked at again. With fewer than MIN_OTHERS others nothing is said: the second of two magnitudes
would be reported for the colour that they make. Two columns corrected alike hide each other.

Together: a decision tree of all columns that are left, cross-validated, is right for TOGETHER of
the objects and leaves at most a tenth of what the commonest class leaves: the columns that it uses
hold the label between them, as vote fractions do.

How often leaks of which size are found, and honest columns blamed, on five real surveys stands in
docs/explanation/leaks.md (benchmarks/leaks.py measures it). Alone and combined, U must also exceed
that of every one of PERMUTATIONS shuffles of the labels. A report is a suspicion, not a proof: a
column that is what it claims to be is to be trusted by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.information import (
    FOLDS,
    MIN_ROWS,
    discriminant,
    information,
    standardised,
    with_logarithms,
)

if TYPE_CHECKING:
    import pandas as pd

ALONE, GAIN, SMALL_GAIN, FACTOR = 0.7, 0.35, 0.2, 2.0
TIE = 0.75  # of the largest gain
FLOOR = 0.05  # a remainder that tells less is not looked at further
BOOKKEEPING = 0.1
TOGETHER, REST = 0.97, 0.1  # right of all, and errors left of those of the commonest class
# how an object was observed or filed, as whole words of a column's name
BOOKS = re.compile(
    r"plate(id)?|mjd|jd|hjd|(obs)?date|night|run|rerun|camcol|field(id)?|fib(er|re)(id)?|ccd|chip"
    r"|detector|exposure|frame|pointing|tile|file(name)?|row|index"
)
MIN_OTHERS = 4
SHARED = 0.25  # of the objects that have a column, those that must have another beside it
MAX_ROWS = 20_000  # more objects are sampled: the numbers above do not get sharper
PERMUTATIONS = 99
EXACT = 1e-8  # a remainder with less of the variance is rounding


@dataclass(frozen=True)
class Leak:
    """One suspicious column: what it (kinds 'alone', 'bookkeeping') or its remainder (kind
    'combined') tells of the label, U; the largest U of shuffled labels; for 'combined' the gain
    over all other columns, the partners that the fit rests on most, and the columns that may be at
    fault in its place.

    Kind 'together': the column that a tree uses most, the others it uses as partners, and as
    information the share of objects that the tree has right."""

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
        if self.kind == "bookkeeping":
            return (
                f"column {self.column!r} tells {self.information:.0%} of the label by bookkeeping:"
                " it says how an object was observed or filed, not what it is"
            )
        if self.kind == "together":
            columns = listed(map(repr, (self.column, *self.partners)))
            return (
                f"a decision tree on {columns} is right for {self.information:.1%} of the objects:"
                " together they may be the label"
            )
        instead = (
            f" (or else {listed(map(repr, self.instead))} is at fault)" if self.instead else ""
        )
        return (
            f"column {self.column!r} less a combination of {listed(self.partners)} tells"
            f" {self.information:.0%} of the label, and {self.gain:.0%} of what all other inputs"
            f" leave open{instead}"
        )


def audit(features: pd.DataFrame, labels: np.ndarray, *, seed: int = 0) -> list[Leak]:
    """The suspicious columns of numbers or text, worst first: alone, then bookkeeping, combined,
    together; [] if there are none, or fewer than MIN_ROWS labelled objects. labels: (N,) text,
    '' where there is none (those objects are left out).

    Raises
    ------
    CatalogueError
        If there are not as many labels as rows.
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
    alone += _bookkeeping({n: v for n, v in columns.items() if n not in _names(alone)}, label, rng)
    numeric = {
        n: v
        for n, v in columns.items()
        if v.dtype.kind == "f" and n not in _names(alone) and np.isfinite(v).any()
    }
    combined = list(_combined(numeric, label, rng))
    left = {n: v for n, v in numeric.items() if n not in _names(combined)}
    together = _together(left, label)
    return [
        *sorted(alone, key=lambda leak: -leak.information),
        *combined,
        *([] if together is None else [together]),
    ]


def _names(leaks: list[Leak]) -> set[str]:
    return {leak.column for leak in leaks}


def _values(values: np.ndarray) -> np.ndarray:
    """A column as float64 if it holds numbers, as text otherwise."""
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    return np.array(
        ["" if value is None or value != value else str(value) for value in values.tolist()],
        dtype=str,
    )


def _shuffled(values: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> float:
    """The largest U of a column over PERMUTATIONS shuffles of the labels."""
    return max(information(values, rng.permutation(label)) for _ in range(PERMUTATIONS))


def _alone(
    name: str, values: np.ndarray, label: np.ndarray, rng: np.random.Generator
) -> Leak | None:
    told = information(values, label)
    if told < ALONE:
        return None
    shuffled = _shuffled(values, label, rng)
    return Leak(name, "alone", told, shuffled) if told > shuffled else None


def _bookkeeping(
    columns: dict[str, np.ndarray], label: np.ndarray, rng: np.random.Generator
) -> list[Leak]:
    """Columns named for how objects were observed that tell what they are."""
    found = []
    for name, values in columns.items():
        words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
        told = information(values, label) if any(map(BOOKS.fullmatch, words)) else -np.inf
        if told >= BOOKKEEPING:
            shuffled = _shuffled(values, label, rng)
            found += [Leak(name, "bookkeeping", told, shuffled)] if told > shuffled else []
    return found


@dataclass(frozen=True)
class _Remainder:
    """What is left of a column after a fit of the others, (n,), on the objects `known`, (N,) bool;
    what it, the column and the fit tell; the gain, and the columns that the fit rests on."""

    name: str
    rest: np.ndarray
    known: np.ndarray
    told: float
    plain: float
    gain: float
    partners: tuple[str, ...]


def _combined(
    columns: dict[str, np.ndarray], label: np.ndarray, rng: np.random.Generator
) -> Iterator[Leak]:
    """The columns that gain too much, one after the other, each looked for without those before
    it.
    """
    columns = dict(columns)
    while len(columns) > MIN_OTHERS:
        found = [one for name in columns if (one := _remainder(name, columns, label))]
        worst = _worst(found)
        if worst is None:
            return
        shuffled = _shuffled(worst.rest, label[worst.known], rng)
        if worst.told > shuffled:
            numbers = (worst.told, shuffled, worst.gain)
            yield Leak(worst.name, "combined", *numbers, worst.partners, _tied(found, worst))
        del columns[worst.name]


def _worst(found: list[_Remainder]) -> _Remainder | None:
    """The column to report of those that gain something; None if the gains are honest ones."""
    known = [one for one in found if one.told >= FLOOR]
    if not known:
        return None
    largest = max(one.gain for one in known)
    near = [one for one in known if one.gain >= TIE * largest]
    worst = max(near, key=lambda one: one.told)
    if worst.gain >= GAIN:
        return worst
    alone = len(near) == 1 and worst.gain >= SMALL_GAIN
    return worst if alone and worst.told >= FACTOR * worst.plain else None


def _tied(found: list[_Remainder], worst: _Remainder) -> tuple[str, ...]:
    """The columns that may be at fault in place of the one that is reported."""
    near = [one.name for one in found if one.gain >= TIE * worst.gain and one.told >= FLOOR]
    return tuple(name for name in near if name != worst.name)


def _remainder(name: str, columns: dict[str, np.ndarray], label: np.ndarray) -> _Remainder | None:
    """The remainder of one column; None where it is an exact formula of others, or constant, or
    too few objects have it and the others.
    """
    values = columns[name]
    known = np.isfinite(values)
    others = [
        other
        for other in columns
        if other != name and np.isfinite(columns[other][known]).mean() > SHARED
    ]
    for other in others:
        known = known & np.isfinite(columns[other])
    if len(others) < MIN_OTHERS or known.sum() < MIN_ROWS or np.ptp(values[known]) == 0.0:
        return None
    matrix, sources = with_logarithms([columns[other][known] for other in others])  # (n, terms)
    target, truth = standardised(values[known, None])[:, 0], label[known]
    weights = np.linalg.pinv(matrix.T @ matrix, rcond=EXACT) @ (matrix.T @ target)
    fit = matrix @ weights
    rest = target - fit
    if rest.var() < EXACT * target.var() or len(np.unique(truth)) < 2:
        return None
    base = max(0.0, discriminant(matrix, truth))
    gain = (discriminant(np.column_stack([matrix, target]), truth) - base) / (1.0 - base)
    if gain < SMALL_GAIN * TIE:
        return None
    partners = tuple(
        dict.fromkeys(others[sources[i]] for i in np.argsort(-np.abs(weights), kind="stable"))
    )[:3]
    plain = max(information(target, truth), information(fit, truth))
    return _Remainder(name, rest, known, information(rest, truth), plain, gain, partners)


def _together(columns: dict[str, np.ndarray], label: np.ndarray) -> Leak | None:
    """The columns with which a decision tree (Breiman et al. 1984) nearly has the label, if it
    does; errors of objects that were not among those it grew on."""
    if len(columns) < 2:
        return None
    from sklearn.tree import DecisionTreeClassifier  # slow to import, and only this needs it

    matrix = np.stack([np.where(np.isfinite(v), v, np.nan) for v in columns.values()], axis=1)
    matrix = np.clip(matrix, -1e37, 1e37).astype(np.float32)  # (n, F), as the tree takes them
    fold = np.random.default_rng(len(label)).permutation(len(label)) % FOLDS
    right, use = np.zeros(len(label), dtype=bool), np.zeros(len(columns))
    for i in range(FOLDS):
        tree = DecisionTreeClassifier(min_samples_leaf=3, random_state=0)
        tree.fit(matrix[fold != i], label[fold != i])
        right[fold == i] = tree.predict(matrix[fold == i]) == label[fold == i]
        use += tree.feature_importances_ / FOLDS
    commonest = np.bincount(label).max() / len(label)
    if right.mean() < TOGETHER or 1 - right.mean() > REST * (1 - commonest):
        return None
    names, order = list(columns), np.argsort(-use, kind="stable")
    used = [names[j] for j in order if use[j] >= 0.02]
    return Leak(used[0], "together", float(right.mean()), float(commonest), 0.0, tuple(used[1:]))
