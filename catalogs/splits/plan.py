"""How a split is drawn: its kind and what the kind needs."""

from __future__ import annotations

from dataclasses import dataclass

FOLDED = ("group_folds", "sky_cells", "by_group")  # kinds whose folds test every object once


@dataclass(frozen=True)
class SplitPlan:
    """How a split is drawn from a catalogue's labelled objects.

    kind 'stratified': n_train and n_test objects, every class in the same proportion in both. kind
    'holdout': the objects whose `flag` is true are the test part, the others the training part,
    whatever the seed (n_train and n_test are None). kind 'by_group': whole groups are dealt into
    five folds of like class mix; fold number `fold` is the test part, the next one the validation
    part, the other three train. Only objects that know all inputs named in `needs` take part.

    kind 'group_folds': whole groups are dealt into n_folds folds of like class mix; fold number
    `fold` is the test part, all others train. kind 'sky_cells': the same with whole cells of the
    sky, about cell_deg on a side. kind 'declination': the test part is the zone test_dec_deg,
    (south, north) in degrees. Instead of n_train and n_test 'stratified' takes fractions of the
    objects. With min_separation_arcsec objects closer than that count as one group, objects without
    a position take no part, and a closer pair in two parts is an error."""

    kind: str
    description: str
    n_train: int | None = None
    n_test: int | None = None
    flag: str = ""
    needs: tuple[str, ...] = ()
    fold: int = 0
    n_folds: int = 5
    train_fraction: float | None = None
    test_fraction: float | None = None
    cell_deg: float = 0.0
    test_dec_deg: tuple[float, float] | None = None
    min_separation_arcsec: float = 0.0
