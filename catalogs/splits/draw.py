"""Training and test parts: drawn by seed, by class and by group, the same whatever the order of the
input's rows.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, Faults, listed
from catalogs.splits import sky as sky_splits
from catalogs.splits.group_folds import group_folds
from catalogs.splits.plan import SplitPlan
from catalogs.splits.split import TEST, TRAIN, UNUSED, VALIDATION, Split

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue

KINDS = ("stratified", "holdout", "by_group", "group_folds", "sky_cells", "declination")


def draw(catalogue: Catalogue, plan: SplitPlan, name: str, seed: int) -> Split:
    """The split of a catalogue by a plan. Objects without a label, or without an input that the
    plan needs, are unused.
    """
    order = np.argsort(catalogue.object_id, kind="stable")
    eligible = (
        (catalogue.labels != "") & _known(catalogue, plan) & sky_splits.placed(catalogue, plan)
    )
    labels = np.where(eligible, catalogue.labels, "")[order]
    groups = sky_splits.groups(catalogue, plan)[order]
    if plan.kind == "stratified":
        n_train, n_test = _sizes(plan, int(eligible.sum()))
        part = stratified(
            labels, n_train, n_test, seed, groups, object_id=catalogue.object_id[order]
        )
    elif plan.kind == "holdout":
        part = holdout(labels, _flag(catalogue, plan)[order], groups)
    elif plan.kind == "by_group":
        part = by_group(labels, groups, _stream(seed), plan.fold)
    elif plan.kind in sky_splits.FOLDED:
        part = folded(labels, groups, _stream(seed), plan.n_folds, plan.fold)
    elif plan.kind == "declination":
        part = holdout(labels, sky_splits.in_zone(catalogue, plan)[order], groups)
    else:
        raise CatalogueError(
            f"split {name!r}: unknown kind {plan.kind!r}; choose one of: {', '.join(KINDS)}"
        )
    split = Split(catalogue.survey, name, int(seed), catalogue.object_id[order], part)
    check_leaks(split, catalogue, plan.min_separation_arcsec)
    return split


def _sizes(plan: SplitPlan, n: int) -> tuple[int, int]:
    """The numbers to train and to test of a stratified plan: as given, or fractions of n objects (a
    part that no number is given for takes what the other leaves).
    """
    train = (
        plan.n_train
        if plan.n_train is not None
        else None
        if plan.train_fraction is None
        else int(plan.train_fraction * n)
    )
    test = (
        plan.n_test
        if plan.n_test is not None
        else None
        if plan.test_fraction is None
        else round(plan.test_fraction * n)
    )
    if train is None and test is None:
        raise CatalogueError(
            "a stratified split without a size; remedy: give n_train, n_test, train_fraction or"
            " test_fraction"
        )
    return n - test if train is None else train, n - train if test is None else test


def _known(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    missing = [name for name in plan.needs if name not in catalogue.features]
    if missing:
        raise CatalogueError(
            f"catalogue {catalogue.survey!r} has no input {listed(missing)}, which the split needs"
        )
    return catalogue.features[list(plan.needs)].notna().all(axis=1).to_numpy(dtype=bool)


def _flag(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    if plan.flag not in catalogue.flags:
        choices = ", ".join(catalogue.flags.columns) or "none"
        raise CatalogueError(
            f"catalogue {catalogue.survey!r} has no flag {plan.flag!r} to hold out; it has:"
            f" {choices}"
        )
    return catalogue.flags[plan.flag].to_numpy(dtype=bool)


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
        rows = rows[np.argsort(np.asarray(object_id, dtype=str)[rows], kind="stable")]
    classes, counts = np.unique(labels[rows], return_counts=True)
    shares = _shares(classes, counts, n_train, n_test)

    names = rows if groups is None else np.asarray(groups, dtype=str)[rows]
    _, first, group, size = np.unique(
        names, return_index=True, return_inverse=True, return_counts=True
    )
    group_label = labels[rows][first]  # (G,) the class that each of G groups counts for
    key = _stream(seed).random(len(first))  # (G,) groups are taken in the order of their keys
    group_part = np.full(len(first), UNUSED, dtype="<U5")
    for name, (n_class_train, n_class_test) in zip(classes, shares, strict=True):
        members = np.flatnonzero(group_label == name)
        members = members[np.argsort(key[members], kind="stable")]
        filled = np.cumsum(size[members])
        group_part[members[filled <= n_class_train + n_class_test]] = TEST
        group_part[members[filled <= n_class_train]] = TRAIN
    part[rows] = group_part[group]
    return part


def _stream(seed: int) -> np.random.Generator:
    if isinstance(seed, bool) or int(seed) != seed or seed < 0:
        raise CatalogueError(
            f"seed {seed!r} must be a whole number, 0 or more; remedy: give such a number"
        )
    return np.random.default_rng([int(seed), *b"split"])


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


def largest_remainder(counts: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers proportional to `counts`, (K,), with the sum `total`: quotas rounded down, the
    rest given to the largest remainders (the first of equal ones).
    """
    counts = np.asarray(counts, dtype=np.int64)
    scaled, whole = counts * total, max(int(counts.sum()), 1)
    shares = scaled // whole
    order = np.argsort(-(scaled % whole), kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return shares


def holdout(
    labels: np.ndarray, is_test: np.ndarray, groups: np.ndarray | None = None
) -> np.ndarray:
    """The part of each object, (N,): 'test' where `is_test`, 'train' elsewhere, '' without a label.

    A group with an object in the test part is there as a whole. An empty part is an error.
    """
    labels = np.asarray(labels, dtype=str)
    is_test = np.asarray(is_test, dtype=bool)
    if groups is not None:
        groups = np.asarray(groups, dtype=str)
        is_test = np.isin(groups, groups[is_test])
    part = np.where(is_test, TEST, TRAIN)
    part = np.where(labels == "", UNUSED, part)
    for name in (TRAIN, TEST):
        if not (part == name).any():
            raise CatalogueError(
                f"the held-out split has no labelled object to {name}; remedy: hold out another"
                " part"
            )
    return part


def by_group(
    labels: np.ndarray, groups: np.ndarray, rng: np.random.Generator, fold: int
) -> np.ndarray:
    """The part of each object, (N,): fold number `fold` of five is 'test', the next (cyclically)
    'validation', the other three 'train'; '' without a label. Groups stay whole. With the same draw
    the five choices of `fold` test every labelled object once.
    """
    folds = group_folds(labels, groups, rng, 5)
    part = np.where(
        (folds - fold) % 5 == 0, TEST, np.where((folds - fold) % 5 == 1, VALIDATION, TRAIN)
    )
    return np.where(np.asarray(labels, dtype=str) == "", UNUSED, part)


def folded(
    labels: np.ndarray, groups: np.ndarray, rng: np.random.Generator, n_folds: int, fold: int
) -> np.ndarray:
    """The part of each object, (N,): fold number `fold` of n_folds is 'test', the others 'train';
    '' without a label. Groups stay whole. With the same draw the n_folds choices of `fold` test
    every labelled object once.
    """
    if not (n_folds >= 2 and 0 <= fold < n_folds):
        raise CatalogueError(
            f"fold {fold} of {n_folds}: 0 <= fold < n_folds, n_folds 2 or more; remedy: give such"
            " numbers"
        )
    folds = group_folds(labels, groups, rng, n_folds)
    return np.where(folds < 0, UNUSED, np.where(folds == fold, TEST, TRAIN))


def check_leaks(split: Split, catalogue: Catalogue, min_separation_arcsec: float = 0.0) -> None:
    """Raise CatalogueError if the same object or the same group stands in two parts, or an
    unlabelled or unknown object in one, or if two objects closer than `min_separation_arcsec` stand
    in two parts; all faults at once.
    """
    faults = Faults(f"split {split.name!r} of {split.survey!r}")
    used = split.part != UNUSED
    rows = _positions(catalogue.object_id, split.object_id[used])
    strangers = split.object_id[used][rows < 0]
    if len(strangers):
        faults.add(
            f"objects that the catalogue does not have: {listed(strangers)}",
            "draw the split from this catalogue",
        )
    for what, values in (("object", split.object_id[used]), ("group", catalogue.group[rows])):
        members = {
            name: set(values[(split.part[used] == name) & (rows >= 0)])
            for name in (TRAIN, VALIDATION, TEST)
        }
        for one, other in combinations(members, 2):
            both = sorted(members[one] & members[other])
            if both:
                where = f"{one.replace(TRAIN, 'training')} and {other}"
                faults.add(
                    f"the same {what} is in {where}: {listed(both)}", "draw it again by group"
                )
    unlabelled = split.object_id[used][(rows >= 0) & (catalogue.labels[rows] == "")]
    if len(unlabelled):
        faults.add(
            f"objects without a label: {listed(unlabelled)}", "draw the split from labelled objects"
        )
    if min_separation_arcsec > 0.0:
        part = np.where(rows >= 0, split.part[used], UNUSED)
        sky_splits.check_separation(catalogue, rows, part, min_separation_arcsec, faults)
    faults.raise_if_any()


def _positions(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The row of each asked name among the known ones, -1 if it is not there."""
    import pandas as pd

    return pd.Index(known).get_indexer(asked)
