"""Cells of equal area, groups of close pairs, zones of declination, and the check that no pair
straddles a split.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError
from catalogs.schema import Column
from catalogs.splits import cells as sky
from catalogs.splits import checks, kinds
from catalogs.splits.draw import draw
from catalogs.splits.split import Split
from catalogs.survey import Survey


def catalogue(n=600, seed=0, **changes):
    """n objects of five classes in random places of the sky."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"g{i:04d}" for i in range(n)])
    made = Catalogue(
        survey="sky",
        object_id=ids,
        features=pd.DataFrame({"x": rng.normal(size=n)}),
        columns=(Column("x", "", ""),),
        labels=rng.choice(schemes.load("hubble_5").classes, n),
        scheme=schemes.load("hubble_5"),
        group=ids,
        ra_deg=rng.uniform(0, 360, n),
        dec_deg=np.degrees(np.arcsin(rng.uniform(-1, 1, n))),
    )
    return replace(made, **changes)


def plan(kind, **options):
    return kinds.load(kind)(**options)


@pytest.mark.parametrize("cell_deg", [1.0, 7.3, 30.0, 90.0])
def test_cells_have_equal_areas(cell_deg):
    """The area between two parallels is 2 pi times the difference of their sines, so that of a cell
    is that over its pieces.
    """
    pieces, first, borders = sky._rings(cell_deg)
    area = 2.0 * np.pi * np.diff(borders) / pieces
    assert (
        np.allclose(area, 4.0 * np.pi / pieces.sum(), rtol=1e-9)
        and borders[0] == -1.0
        and borders[-1] == 1.0
    )
    assert np.sqrt(area[0]) == pytest.approx(np.radians(cell_deg), rel=0.3)
    assert first.tolist() == [0, *np.cumsum(pieces)[:-1].tolist()]


def test_random_places_fill_the_cells_evenly():
    rng = np.random.default_rng(1)
    cells = sky.sky_cells(
        rng.uniform(0, 360, 100_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 100_000))), 20.0
    )
    counts = np.bincount(cells)
    assert len(counts) == sky._rings(20.0)[0].sum() and cells.min() == 0
    assert ((counts - counts.mean()) ** 2 / counts.mean()).mean() == pytest.approx(
        1.0, abs=0.5
    )  # as Poisson's


def test_poles_wrap_and_unknown_places():
    cells = sky.sky_cells(
        np.array([0.0, 360.0, -0.0001, 10.0, np.nan]), np.array([90.0, -90.0, 0.0, 90.0, 0.0]), 90.0
    )
    assert cells[1] == 0 and cells[4] == -1 and (cells[:4] < sky._rings(90.0)[0].sum()).all()
    east, west = (sky.sky_cells(np.array([ra]), np.zeros(1), 10.0) for ra in (359.9999, -0.0001))
    assert east == west
    with pytest.raises(CatalogueError, match="cell_deg 0 must be above 0"):
        sky.sky_cells(np.zeros(1), np.zeros(1), 0)


def test_close_pairs_are_those_of_all_angles():
    rng = np.random.default_rng(2)
    ra, dec = (
        rng.uniform(0, 1, 80),
        rng.uniform(88.5, 90, 80),
    )  # near the pole, where right ascensions mean little
    vectors = sky.unit_vectors(ra * 360, dec)
    angle = np.degrees(np.arccos(np.clip(vectors @ vectors.T, -1, 1))) * 3600
    i, j = np.nonzero(np.triu(angle < 600, 1))
    assert {tuple(pair) for pair in sky.close_pairs(vectors, 600).tolist()} == set(
        zip(i.tolist(), j.tolist(), strict=True)
    )


def test_nearest_gives_the_angle_in_arcsec():
    one, other = (
        sky.unit_vectors(np.array([10.0, 50.0]), np.zeros(2)),
        sky.unit_vectors(np.array([10.0]), np.array([1 / 3600])),
    )
    row, angle = sky.nearest(one, other, 30)
    assert (
        row.tolist() == [0, -1] and angle[0] == pytest.approx(1.0, abs=1e-6) and np.isinf(angle[1])
    )
    assert sky.nearest(one, other[:0], 30)[0].tolist() == [-1, -1]


def test_linked_objects_are_one_group():
    groups = sky.joined(6, [np.array(["a", "a", "b", "c", "d", "e"]), np.array([[1, 2], [4, 5]])])
    assert (
        groups[0] == groups[1] == groups[2]
        and groups[4] == groups[5]
        and len(set(groups.tolist())) == 3
    )
    assert len(set(sky.joined(3, [np.arange(3), np.empty((0, 2), int)]).tolist())) == 3


@pytest.mark.parametrize("kind, options", [("sky_cells", {"cell_deg": 15.0}), ("group_folds", {})])
def test_folds_test_every_object_once_and_keep_groups_whole(kind, options):
    plates = np.char.add("plate", (np.arange(600) // 4).astype(str))
    objects = catalogue(group=plates) if kind == "group_folds" else catalogue()
    drawn = [
        draw(objects, plan(kind, n_folds=4, fold=fold, **options), kind, seed=3)
        for fold in range(4)
    ]
    assert sorted(np.concatenate([split.ids("test") for split in drawn])) == sorted(
        objects.object_id
    )
    for split in drawn:
        assert not set(objects.select(split.ids("test")).group) & set(
            objects.select(split.ids("train")).group
        )
        assert split.count("test") == pytest.approx(150, abs=20 if kind == "group_folds" else 90)


def test_cells_stay_whole():
    objects = catalogue()
    split = draw(objects, plan("sky_cells", cell_deg=15.0), "sky", seed=3)
    train, test = (objects.select(split.ids(part)) for part in ("train", "test"))
    cells = [set(sky.sky_cells(part.ra_deg, part.dec_deg, 15.0).tolist()) for part in (train, test)]
    assert not cells[0] & cells[1]


def test_draw_does_not_depend_on_the_order_of_the_rows():
    objects, mixed = catalogue(), np.random.default_rng(4).permutation(600)
    asked = plan("sky_cells", cell_deg=15.0, min_separation_arcsec=1000.0)
    again = draw(objects.select(objects.object_id[mixed]), asked, "sky", seed=5)
    assert again.digest == draw(objects, asked, "sky", seed=5).digest
    assert again.digest != draw(objects, asked, "sky", seed=6).digest


def test_declination_zone_holds_its_southern_border_and_the_pole():
    objects = catalogue(dec_deg=np.tile([-20.0, -17.5, 10.0], 200))
    split = draw(objects, plan("declination", test_dec_deg=(-90.0, -17.5)), "south", seed=0)
    assert set(objects.select(split.ids("test")).dec_deg) == {-20.0}
    north = catalogue(dec_deg=np.tile([90.0, 0.0], 300))
    assert (
        draw(north, plan("declination", test_dec_deg=(80.0, 90.0)), "north", seed=0).count("test")
        == 300
    )


def pairs(n=300, arcsec=5.0):
    """n pairs of objects, the second one so far north of the first."""
    first = catalogue(n)
    return catalogue(
        2 * n,
        ra_deg=np.repeat(first.ra_deg, 2),
        dec_deg=np.repeat(first.dec_deg * 0.9, 2) + np.tile([0.0, arcsec / 3600], n),
    )


def test_pair_on_both_sides_fails_the_check_and_is_named():
    objects = pairs()
    split = draw(objects, plan("stratified", n_train=300, n_test=200), "main", seed=0)
    checks.check_leaks(split, objects, 4.9)
    with pytest.raises(
        CatalogueError,
        match=r"objects closer than 5.1 arcsec in test and train: g\d+ and g\d+ \(5 arcsec\)",
    ):
        checks.check_leaks(split, objects, 5.1)


@pytest.mark.parametrize(
    "kind, options",
    [("stratified", {"n_train": 300, "n_test": 200}), ("sky_cells", {"cell_deg": 10.0})],
)
def test_stated_separation_keeps_pairs_together(kind, options):
    objects = pairs()
    split = draw(objects, plan(kind, min_separation_arcsec=5.1, **options), "main", seed=0)
    part = dict(zip(split.object_id, split.part, strict=True))
    assert all(
        part[a] == part[b]
        for a, b in zip(objects.object_id[::2], objects.object_id[1::2], strict=True)
    )


def test_objects_without_a_position_take_no_part_or_fail_the_check():
    dec = np.where(np.arange(600) < 10, np.nan, catalogue().dec_deg)
    objects = catalogue(dec_deg=dec)
    split = draw(objects, plan("sky_cells", cell_deg=20.0), "sky", seed=0)
    assert (split.part == "").sum() == 10
    whole = draw(objects, plan("stratified", n_train=400, n_test=200), "main", seed=0)
    with pytest.raises(
        CatalogueError,
        match="10 objects without a position, so that no separation can be checked: g0000",
    ):
        checks.check_leaks(whole, objects, 1.0)
    with pytest.raises(
        CatalogueError, match="has no positions, which a split of kind 'declination'"
    ):
        draw(
            catalogue(dec_deg=np.full(600, np.nan)),
            plan("declination", test_dec_deg=(0, 10)),
            "zone",
            seed=0,
        )


def test_fractions_of_a_stratified_split():
    objects = catalogue()
    both = draw(objects, plan("stratified", train_fraction=0.5, test_fraction=0.25), "main", seed=0)
    assert (both.count("train"), both.count("test")) == (300, 150)
    rest = draw(objects, plan("stratified", test_fraction=0.25), "main", seed=0)
    assert (rest.count("train"), rest.count("test")) == (450, 150)
    with pytest.raises(CatalogueError, match="split 'main': test_fraction: no size is given"):
        draw(objects, plan("stratified"), "main", seed=0)


@pytest.mark.parametrize(
    "asked, message",
    [
        (plan("group_folds", n_folds=1), "n_folds: 1 with fold 0: n_folds >= 2 and 0 <= fold"),
        (plan("declination"), r"test_dec_deg: \[\] is not \[south, north\] in degrees"),
        (plan("sky_cells", cell_deg=90.0, n_folds=40), "cannot be dealt into 40 folds"),
    ],
)
def test_faulty_plans(asked, message):
    with pytest.raises(CatalogueError, match=message):
        draw(catalogue(), asked, "main", seed=0)


def test_the_closest_pair_of_the_test_part_and_the_rest():
    """Four objects on the equator at 0, 1, 5 and 7 degrees; 0 and 5 are tested, 7 is in no part."""
    made = catalogue(4, ra_deg=np.array([0.0, 1.0, 5.0, 7.0]), dec_deg=np.zeros(4))
    split = Split("sky", "x", 0, made.object_id, np.array(["test", "train", "test", ""]))
    angle, *names = checks.closest_pair(made, split)
    assert angle == pytest.approx(3600.0) and names == ["g0000", "g0001"]
    nowhere = replace(made, ra_deg=np.full(4, np.nan))
    assert checks.closest_pair(nowhere, split) is None


def test_a_separation_that_is_asked_for_keeps_pairs_together():
    made = catalogue(600)
    made = replace(
        made, ra_deg=np.repeat(made.ra_deg[:300], 2), dec_deg=np.repeat(made.dec_deg[:300], 2)
    )  # pairs at one place
    survey = Survey(
        "sky",
        "",
        "",
        "",
        "hubble_5",
        made.columns,
        (),
        {"s": plan("stratified", n_train=300, n_test=200)},
        None,
    )
    plain, apart = (survey.split(made, "s", 0, min_separation_arcsec=angle) for angle in (0.0, 5.0))
    assert checks.closest_pair(made, plain)[0] == 0.0 and checks.closest_pair(made, apart)[0] > 5.0
    with pytest.raises(
        CatalogueError, match=r"objects closer than 5 arcsec in test and train: g.* \(0 arcsec\)"
    ):
        checks.check_leaks(plain, made, 5.0)
