"""Folds of whole groups: no group in two folds, and in every fold nearly the same number of objects
of every class.
"""

from __future__ import annotations

import numpy as np

from catalogs import texts
from catalogs.errors import CatalogueError


def deal_groups(
    labels: np.ndarray, groups: np.ndarray, rng: np.random.Generator, n_folds: int
) -> np.ndarray:
    """The fold of each object, (N,) int64 in 0..n_folds - 1, -1 where the label is ''.

    Groups are drawn one after the other, with a chance proportional to their size (Efraimidis &
    Spirakis 2006), so that large ones tend to come early, and each goes to the fold that lacks its
    objects most: where the sum over classes of (objects there / objects of the class) squared grows
    least. A fold without any object of a class is an error.

    Raises
    ------
    CatalogueError
        If a fold would be without any object of a class.
    """
    labels, groups = np.asarray(labels, dtype=str), np.asarray(groups, dtype=str)
    rows = np.flatnonzero(labels != "")
    classes, _, code, _ = texts.encoded(labels[rows])
    names, _, group, _ = texts.encoded(groups[rows])
    counts = np.zeros((len(names), len(classes)))
    np.add.at(counts, (group, code), 1.0)
    fold_of = _folds_of_groups(counts, rng, n_folds)
    held = np.stack(
        [counts[fold_of == fold].sum(axis=0) for fold in range(n_folds)]
    )  # (folds, classes)
    absent = classes[(held == 0).any(axis=0)]
    if len(absent) or not len(rows):
        raise CatalogueError(
            f"{len(rows)} labelled objects in {len(names)} groups cannot be dealt into {n_folds}"
            f" folds with every class in each; missing somewhere: {', '.join(absent) or 'all'};"
            " remedy: use a scheme with fewer classes or more groups"
        )
    folds = np.full(len(labels), -1, dtype=np.int64)
    folds[rows] = fold_of[group]
    return folds


def _folds_of_groups(counts: np.ndarray, rng: np.random.Generator, n_folds: int) -> np.ndarray:
    """The fold of each group, (G,), from the numbers of objects by group and class (G, K)."""
    share = counts / counts.sum(axis=0)
    order = np.argsort(-(rng.random(len(counts)) ** (1.0 / counts.sum(axis=1))), kind="stable")
    filled = np.zeros((n_folds, counts.shape[1]))
    fold_of = np.empty(len(counts), dtype=np.int64)
    for group in order:
        cost = ((filled + share[group]) ** 2 - filled**2).sum(axis=1)
        fold = int(np.argmin(cost))
        filled[fold] += share[group]
        fold_of[group] = fold
    return fold_of
