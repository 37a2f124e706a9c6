"""Drawn at random in every class: the same mix of classes in training and test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from catalogs import texts
from catalogs.errors import CatalogueError, listed
from catalogs.keys import Rule, key
from catalogs.splits.plan import Candidates, SplitPlan
from catalogs.splits.seeds import stream
from catalogs.splits.sharing import largest_remainder
from catalogs.splits.split import TEST, TRAIN, UNUSED

SIZES = ("n_train", "n_test", "train_fraction", "test_fraction")


@dataclass(frozen=True, kw_only=True)
class Stratified(SplitPlan):
    """`n_train` and `n_test` objects, or such fractions of all labelled ones, every class in the
    same proportion in both. A part that no size is given for takes what the other leaves.
    """

    n_train: int | None = key(int, None)
    n_test: int | None = key(int, None)
    train_fraction: float | None = key(float, None)
    test_fraction: float | None = key(float, None)

    kind: ClassVar[str] = "stratified"
    summary: ClassVar[str] = "drawn by class"
    example: ClassVar[Mapping[str, object]] = {"test_fraction": 0.3}
    has_sizes: ClassVar[bool] = True

    def rules(self) -> Iterator[Rule]:
        if all(getattr(self, name) is None for name in SIZES):
            yield "test_fraction", "no size is given", f"give {' or '.join(SIZES)}"
        for name in ("train_fraction", "test_fraction"):
            fraction = getattr(self, name)
            if fraction is not None and not 0.0 < fraction < 1.0:
                yield name, f"{fraction:g} is outside (0, 1)", "give a fraction such as 0.3"
        if (self.train_fraction or 0.0) + (self.test_fraction or 0.0) > 1.0:
            yield "train_fraction", "the fractions add up to more than 1", "make them smaller"
        for name in ("n_train", "n_test"):
            n = getattr(self, name)
            if n is not None and n < 1:
                yield name, f"{n} is not 1 or more", "give a positive number"
        yield from super().rules()

    def sizes(self, n: int) -> tuple[int, int]:
        """The numbers to train and to test out of n objects."""
        train, test = self.n_train, self.n_test
        if train is None and self.train_fraction is not None:
            train = int(self.train_fraction * n)
        if test is None and self.test_fraction is not None:
            test = round(self.test_fraction * n)
        if train is None:
            return n - (test or 0), test or 0
        return train, n - train if test is None else test

    def parts(self, drawn_from: Candidates) -> np.ndarray:
        """The part of each object, (N,) str; see `SplitPlan.parts`."""
        labels = drawn_from.labels
        n_train, n_test = self.sizes(int((labels != "").sum()))
        return stratified(
            labels,
            n_train,
            n_test,
            drawn_from.seed,
            drawn_from.groups,
            object_id=drawn_from.object_id,
        )


def stratified(
    labels: np.ndarray,
    n_train: int,
    n_test: int,
    seed: int,
    groups: np.ndarray | None = None,
    *,
    object_id: np.ndarray | None = None,
) -> np.ndarray:
    """The part of each object, (N,) of 'train', 'test' or '': n_train and n_test objects with the
    class mix of the whole.

    Objects without a label ('') are never drawn. The share of each class is rounded by largest
    remainders, so the sums are exact. Objects of one group stay together: a group counts for the
    class of its first object, and the numbers of a class are then met to within one group. With
    `object_id` the draw does not depend on the order of the rows. Too few objects, or a class that
    would be absent from a part, is an error."""
    labels = np.asarray(labels, dtype=str)
    part = np.full(len(labels), UNUSED, dtype="<U5")
    rows = np.flatnonzero(labels != "")
    if object_id is not None:
        rows = rows[texts.order(np.asarray(object_id, dtype=str)[rows])]
    classes, _, _, counts = texts.encoded(labels[rows])
    shares = _shares(classes, counts, n_train, n_test)

    if (
        groups is not None and object_id is not None and np.array_equal(groups, object_id)
    ):  # each its own group
        # in the order of the names, that of rows
        first = group = np.arange(len(rows))
        size = np.ones(len(rows), dtype=np.int64)
    elif groups is None:
        _, first, group, size = np.unique(rows, True, True, True)
    else:
        _, first, group, size = texts.encoded(np.asarray(groups, dtype=str)[rows])
    group_label = labels[rows][first]  # (G,) the class that each of G groups counts for
    key = stream(seed).random(len(first))  # (G,) groups are taken in the order of their keys
    group_part = np.full(len(first), UNUSED, dtype="<U5")
    for name, (n_class_train, n_class_test) in zip(classes, shares, strict=True):
        members = np.flatnonzero(group_label == name)
        members = members[np.argsort(key[members], kind="stable")]
        filled = np.cumsum(size[members])
        group_part[members[filled <= n_class_train + n_class_test]] = TEST
        group_part[members[filled <= n_class_train]] = TRAIN
    part[rows] = group_part[group]
    return part


def _shares(classes: np.ndarray, counts: np.ndarray, n_train: int, n_test: int) -> np.ndarray:
    """The numbers to train and to test of each class, (K, 2) integers that add up to n_train and
    n_test.
    """
    asked, there = n_train + n_test, int(counts.sum())
    if min(n_train, n_test) < 1 or asked > there:
        raise CatalogueError(
            f"a split of {n_train} to train and {n_test} to test needs at least 1 each and {asked}"
            f" labelled objects, found {there}; remedy: ask for smaller parts (n_train, n_test)"
        )
    total = largest_remainder(counts, asked)
    train = largest_remainder(total, n_train)
    shares = np.stack([train, total - train], axis=1)
    absent = classes[(shares == 0).any(axis=1)]
    if len(absent):
        have = dict(zip(classes.tolist(), counts.tolist(), strict=True))
        raise CatalogueError(
            f"class {listed(absent)} would be absent from a part of {n_train} to train and {n_test}"
            f" to test (labelled objects: {have}); remedy: use larger parts, or a scheme with fewer"
            " classes"
        )
    return shares
