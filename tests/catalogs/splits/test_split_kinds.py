"""What every kind of split must be, for all that are found; and that draws stay what they were."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from catalogs import surveys
from catalogs.errors import CatalogueError, Faults
from catalogs.splits import kinds
from catalogs.splits.draw import draw
from catalogs.survey_toml.sections import Section
from catalogs.survey_toml.splits import read_splits

KINDS = kinds.names()
RECORDED = json.loads(Path(__file__).with_name("split_digests.json").read_text())


@pytest.fixture(scope="module")
def sky():
    """Simulated galaxies in random groups at random places, some of them flagged."""
    catalogue = surveys.load("simulated_eso_lv").ingest({})
    rng, n = np.random.default_rng(5), len(catalogue)
    return replace(
        catalogue,
        group=np.array([f"p{i}" for i in rng.integers(0, 200, n)]),
        ra_deg=rng.uniform(0, 360, n),
        dec_deg=np.degrees(np.arcsin(rng.uniform(-1, 1, n))),
        flags=pd.DataFrame({"south": rng.random(n) < 0.02}),
    )


def read(content):
    faults = Faults("survey.toml")
    return read_splits(Section("splits", content, faults)), faults.messages


def test_the_kinds_are_found_by_their_files():
    assert {"stratified", "holdout", "group_folds", "declination"} <= set(KINDS)


def test_an_unknown_kind_is_answered_with_the_choices():
    with pytest.raises(CatalogueError, match="unknown kind of split 'random'; choose one of: by_g"):
        kinds.load("random")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_called_as_its_file_and_says_what_it_is(kind):
    plan = kinds.load(kind)()
    assert plan.kind == kind and plan.description == plan.summary
    with pytest.raises(FrozenInstanceError, match="description"):
        plan.description = "other"


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_becomes_splits_whose_parts_hold_every_labelled_object(kind, sky):
    found, faults = read({"s": {"kind": kind, **kinds.load(kind).example}})
    assert not faults and found
    catalogue = replace(sky, group=sky.object_id)
    for plan in found.values():
        flags = plan.flags(lambda column: sky.group)
        catalogue = replace(catalogue, flags=pd.DataFrame(flags, index=range(len(sky))))
    drawn = [draw(catalogue, plan, name, seed=1) for name, plan in found.items()]
    labelled = sorted(catalogue.object_id[catalogue.labels != ""])
    for plan, split in zip(found.values(), drawn, strict=True):
        assert sorted(split.object_id[split.part != ""]) == labelled
        assert split.count("train") and split.count("test")
        assert plan.has_validation == bool(split.count("validation"))
    if len(drawn) > 1:  # the folds test each object once
        assert sorted(np.concatenate([split.ids("test") for split in drawn])) == labelled
        assert [p.fold_of for p in found.values()] == [(i, len(drawn)) for i in range(len(drawn))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_the_wrong_kind_is_a_fault(kind):
    plan = kinds.load(kind)
    keys = [each.name for each in fields(plan) if "kind" in each.metadata]
    for key in keys:
        _, faults = read({"s": {"kind": kind, **kinds.load(kind).example, key: {}}})
        assert any(message.startswith(f"splits.s.{key}: {{}} is not") for message in faults), key
    _, faults = read({"s": {"kind": kind, **kinds.load(kind).example, "sise": 3}})
    assert any("splits.s.sise: unknown key" in message for message in faults)


@pytest.mark.parametrize("kind", KINDS)
def test_a_negative_separation_is_refused(kind):
    options = {**kinds.load(kind).example, "min_separation_arcsec": -1.0}
    _, faults = read({"s": {"kind": kind, **options}})
    assert [m.split(";")[0] for m in faults] == ["splits.s.min_separation_arcsec: is negative"]


@pytest.mark.parametrize("asked", RECORDED["plans"])
def test_draws_are_those_of_version_0_1(asked, sky):
    kind, *options, seed = asked.split(" ")
    options = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(" ".join(options)).items()
    }
    if kind in ("holdout", "declination", "sky_cells") or "min_separation_arcsec" in options:
        sky = replace(sky, group=sky.object_id)
    split = draw(sky, kinds.load(kind)(**options), "s", int(seed))
    assert split.digest == RECORDED["plans"][asked]


def test_every_kind_has_a_recorded_draw():
    assert {asked.split(" ")[0] for asked in RECORDED["plans"]} >= {
        "by_group",
        "declination",
        "group_folds",
        "holdout",
        "sky_cells",
        "stratified",
    }


def test_a_column_says_all_three_parts_and_who_takes_none(sky):
    values = np.array(["train", "val", "test", "odd"])[np.arange(len(sky)) % 4]
    content = {"kind": "holdout", "column": "set", "test": "test", "validation": ["val"]}
    for known, others in (({}, "train"), ({"train": ["train"]}, "")):
        found, faults = read({"s": {**content, **known}})
        assert not faults
        plan = found["s"]
        flags = plan.flags(lambda column: values)
        catalogue = replace(sky, group=sky.object_id, flags=pd.DataFrame(flags))
        split = draw(catalogue, plan, "s", seed=1)
        assert plan.has_validation
        order = np.argsort(catalogue.object_id)
        named = {"train": "train", "val": "validation", "test": "test", "odd": others}
        expected = np.array([named[value] for value in values])
        expected[catalogue.labels == ""] = ""
        place = {name: row for row, name in enumerate(catalogue.object_id.tolist())}
        rows = [place[name] for name in split.object_id.tolist()]
        assert len(order) == len(sky) and split.part.tolist() == expected[rows].tolist()


def test_a_value_is_of_one_part():
    content = {"kind": "holdout", "column": "set", "test": ["a"], "validation": ["a"]}
    _, faults = read({"s": content})
    assert any("'a' is given to two parts" in fault for fault in faults)
