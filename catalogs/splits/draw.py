"""A split of a catalogue by a plan: drawn by seed, by class and by group, the same whatever the
order of the input's rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catalogs import texts
from catalogs.errors import CatalogueError, listed
from catalogs.splits import cells
from catalogs.splits.checks import check_leaks
from catalogs.splits.plan import Candidates, SplitPlan
from catalogs.splits.split import Split

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue


def draw(catalogue: Catalogue, plan: SplitPlan, name: str, seed: int) -> Split:
    """The split of a catalogue by a plan. Objects without a label, or without an input or a
    position that the plan needs, are unused.

    Raises
    ------
    CatalogueError
        If the plan has impossible values, the catalogue lacks what it needs, a part or a class in
        it would be empty, or a group or a close pair would stand in two parts.
    """
    plan.check(name)
    drawn_from = candidates(catalogue, plan, seed)
    part = plan.parts(drawn_from)
    texts.give_back()
    split = Split(catalogue.survey, name, int(seed), drawn_from.object_id, part)
    check_leaks(split, catalogue, plan.min_separation_arcsec)
    return split


def candidates(catalogue: Catalogue, plan: SplitPlan, seed: int) -> Candidates:
    """All N objects of the catalogue as the plan looks at them."""
    order = texts.order(catalogue.object_id)
    eligible = (catalogue.labels != "") & _known(catalogue, plan) & _placed(catalogue, plan)
    labels = np.where(eligible, catalogue.labels, "")
    return Candidates(catalogue, order, labels[order], groups(catalogue, plan)[order], seed)


def _known(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    missing = [name for name in plan.needs if name not in catalogue.features]
    if missing:
        raise CatalogueError(
            f"catalogue {catalogue.survey!r} has no input {listed(missing)}, which the split needs"
        )
    return catalogue.features[list(plan.needs)].notna().all(axis=1).to_numpy(dtype=bool)


def _placed(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    """Which objects have the position that the plan needs, (N,); all of them for a plan that needs
    none. CatalogueError if it is needed and no object has one.
    """
    if not plan.needs_positions and plan.min_separation_arcsec <= 0.0:
        return np.ones(len(catalogue), dtype=bool)
    has = np.isfinite(catalogue.ra_deg) & np.isfinite(catalogue.dec_deg)
    if not has.any():
        raise CatalogueError(
            f"catalogue {catalogue.survey!r} has no positions, which a split of kind {plan.kind!r}"
            f" with min_separation_arcsec {plan.min_separation_arcsec:g} needs; remedy: give the"
            " columns of RA and Dec, or choose another split"
        )
    return has


def groups(catalogue: Catalogue, plan: SplitPlan) -> np.ndarray:
    """The groups that the plan keeps together, (N,) text in the catalogue's order: its own, joined
    with those that the plan adds.
    """
    links = plan.links(catalogue)
    if not links:
        return catalogue.group
    group = cells.joined(len(catalogue), [catalogue.group, *links])
    return _named_after_first(group, catalogue.object_id)


def _named_after_first(group: np.ndarray, object_id: np.ndarray) -> np.ndarray:
    """Each group under the name of its alphabetically first object: the names do not depend on the
    order of the rows.
    """
    order = texts.order(object_id)
    found = texts.encoded(group[order])
    names = np.empty(len(group), dtype=object_id.dtype)
    names[order] = object_id[order][found.first][found.codes]
    return names
