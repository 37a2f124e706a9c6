"""Splits: exact numbers, the class mix kept, the same for any order of rows, nobody on both
sides.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.errors import CatalogueError
from catalogs.splits.checks import check_leaks
from catalogs.splits.draw import draw
from catalogs.splits.kinds.holdout import Holdout, held_out
from catalogs.splits.kinds.stratified import Stratified, stratified
from catalogs.splits.sharing import largest_remainder
from catalogs.splits.split import Split

LABELS = np.repeat(["E", "S0", "Irr", ""], [461, 871, 368, 50])
PLAN = Stratified(n_train=2, n_test=2)


def test_largest_remainder_of_table_2():
    """1,700 and 3,517 of the class totals of Storrie-Lombardi et al. 1992, Table 2."""
    total = largest_remainder(np.array([311, 587, 1611, 760, 248]), 5217)
    assert total.tolist() == [461, 871, 2390, 1127, 368]
    assert (total - largest_remainder(total, 1700)).tolist() == [311, 587, 1611, 760, 248]


@given(
    counts=st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(sum),
    total=st.integers(0, 1000),
)
def test_largest_remainder_adds_up_and_is_within_one_of_the_quota(counts, total):
    shares = largest_remainder(np.array(counts), total)
    assert shares.sum() == total
    assert np.all(np.abs(shares - np.array(counts) * total / sum(counts)) < 1)


def test_numbers_and_class_mix():
    part = stratified(LABELS, 500, 1000, seed=1)
    assert (part == "train").sum() == 500 and (part == "test").sum() == 1000
    assert (part[LABELS == ""] == "").all()
    assert [(LABELS[part == "test"] == name).sum() for name in ("E", "S0", "Irr")] == [
        271,
        512,
        217,
    ]


def test_same_seed_same_split_and_another_seed_another():
    assert (stratified(LABELS, 500, 1000, 1) == stratified(LABELS, 500, 1000, 1)).all()
    assert (stratified(LABELS, 500, 1000, 1) != stratified(LABELS, 500, 1000, 2)).any()


def test_order_of_rows_does_not_matter():
    ids = np.array([f"NGC{number}" for number in range(len(LABELS))])
    order = np.random.default_rng(0).permutation(len(LABELS))
    straight = stratified(LABELS, 500, 1000, 3, ids, object_id=ids)
    shuffled = stratified(LABELS[order], 500, 1000, 3, ids[order], object_id=ids[order])
    assert (shuffled == straight[order]).all()


def test_each_object_is_as_likely_as_another_to_train():
    """Binomial(200, 1/3): six standard deviations are 40."""
    hits = sum(
        stratified(np.repeat(["a", "b"], 15), 10, 20, seed) == "train" for seed in range(200)
    )
    assert np.all(np.abs(hits - 200 / 3) < 40)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), sizes=st.lists(st.integers(1, 4), min_size=40, max_size=60))
def test_groups_stay_together(seed, sizes):
    groups = np.repeat([f"g{number}" for number in range(len(sizes))], sizes)
    labels = np.resize(["a", "b", "a", "b", "b"], len(groups))
    part = stratified(labels, 15, 20, seed, groups)
    assert all(len(set(part[groups == group])) == 1 for group in set(groups))
    for name, asked in (("train", 15), ("test", 20)):
        assert (
            abs((part == name).sum() - asked) <= 2 * 2 * 4
        )  # within one group at each end of each of two classes


@pytest.mark.parametrize(
    ("n_train", "n_test", "seed", "message"),
    [
        (
            1000,
            1000,
            0,
            (
                "needs at least 1 each and 2000 labelled objects, found 1700; remedy: ask for"
                " smaller parts"
            ),
        ),
        (0, 10, 0, "needs at least 1 each"),
        (
            1,
            20,
            0,
            "class E, Irr would be absent|class .* would be absent from a part of 1 to train",
        ),
        (10, 20, -1, "seed -1 must be a whole number"),
        (10, 20, 1.5, "seed 1.5 must be a whole number"),
    ],
)
def test_stratified_faults(n_train, n_test, seed, message):
    with pytest.raises(CatalogueError, match=message):
        stratified(LABELS, n_train, n_test, seed)


def test_holdout_takes_whole_groups_and_no_unlabelled():
    labels, is_test = np.array(["E", "E", "", "S0"]), np.array([True, False, True, False])
    assert held_out(labels, is_test).tolist() == ["test", "train", "", "train"]
    assert held_out(labels, is_test, np.array(["p", "p", "q", "r"])).tolist() == [
        "test",
        "test",
        "",
        "train",
    ]
    with pytest.raises(CatalogueError, match="no labelled object to test"):
        held_out(labels, np.zeros(4, dtype=bool))


def test_drawn_split_is_sorted_and_uses_only_what_is_eligible(small):
    split = draw(small, replace(PLAN, needs=("mag",)), "s", 1)
    assert split.object_id.tolist() == list("abcdef")
    assert split.part[[4, 5]].tolist() == ["", ""]  # e has no label, f no magnitude
    assert split.count("train") == split.count("test") == 2
    shuffled = draw(small.select(list("fedcba")), replace(PLAN, needs=("mag",)), "s", 1)
    assert shuffled.digest == split.digest


def test_flag_is_held_out_whatever_the_seed(small):
    splits = [draw(small, Holdout(flag="south"), "s", seed) for seed in (1, 2)]
    assert splits[0].ids("test").tolist() == ["d", "f"] and splits[0].digest == splits[1].digest


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Holdout(flag="north"), "has no flag 'north' to hold out; it has: south"),
        (replace(PLAN, needs=("colour",)), "has no input colour, which the split needs"),
    ],
)
def test_plan_faults(small, plan, message):
    with pytest.raises(CatalogueError, match=message):
        draw(small, plan, "s", 1)


def test_leaks_are_all_named(small):
    small = replace(small, group=["g", "g", "f", "a", "e", "c"])  # d and b are one group
    ids = np.array(["a", "a", "b", "d", "e", "z"])
    split = Split(
        "small", "s", 0, ids, np.array(["train", "test", "train", "test", "test", "train"])
    )
    message = (
        "does not have: z.*same object is in training and test: a.*same group .*: a, g.*without a"
        " label: e"
    )
    with pytest.raises(CatalogueError, match=message):
        check_leaks(split, small)


def test_split_round_trip_and_digest(small, tmp_path):
    split = draw(small, PLAN, "s", 7)
    split.write(tmp_path / "s.parquet")
    read = Split.read(tmp_path / "s.parquet")
    assert (read.digest, read.seed, read.name, read.survey) == (split.digest, 7, "s", "small")
    assert (
        read.object_id.tolist() == split.object_id.tolist()
        and read.part.tolist() == split.part.tolist()
    )
    assert len({draw(small, PLAN, "s", seed).digest for seed in range(20)}) > 5


def test_a_catalogue_is_no_split(small, tmp_path):
    small.write(tmp_path / "c.parquet")
    with pytest.raises(
        CatalogueError, match="split of format 1 expected, found catalogue of format 1"
    ):
        Split.read(tmp_path / "c.parquet")
