"""What every survey must be, for all that are found; those that need files are read from the
mirror.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from catalogs import schemes, surveys
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError

NAMES = surveys.names()


@cache
def catalogue_of(name: str, mirror: Path | None) -> Catalogue:
    survey = surveys.load(name)
    files = {file.name: mirror / (file.survey or name) / file.name for file in survey.files}
    absent = [path.name for path in files.values() if not path.is_file()]
    if absent:
        pytest.skip(f"the mirror does not hold {', '.join(absent)} of {name}")
    return survey.ingest(files)


@pytest.fixture(params=NAMES)
def made(request):
    """A survey and its catalogue."""
    survey = surveys.load(request.param)
    mirror = request.getfixturevalue("mirror") if survey.files else None
    return survey, catalogue_of(request.param, mirror)


def test_the_surveys_are_found_by_their_files():
    assert {"digits", "openngc", "simulated_catalogue"} <= set(NAMES)


def test_unknown_survey_is_answered_with_the_choices():
    with pytest.raises(
        CatalogueError,
        match=r"^unknown survey 'eso'; choose one of: .*digits, .*simulated_catalogue",
    ):
        surveys.load("eso")


def test_listing_surveys_needs_no_heavy_library():
    code = (
        "from catalogs import surveys; import sys; [surveys.load(name) for name in"
        " surveys.names()]; print([name for name in ('pandas', 'pyarrow', 'astropy',"
        " 'requests', 'sklearn') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    assert (
        subprocess.check_output([sys.executable, "-c", code], text=True, cwd=root).strip() == "[]"
    )


@pytest.mark.parametrize("name", NAMES)
def test_survey_describes_itself(name):
    from astropy import units as u

    survey = surveys.load(name)
    assert (
        survey.name == name
        and survey.title
        and survey.citation
        and survey.licence
        and survey.splits
    )
    assert survey.scheme in schemes.names()
    assert (
        set(survey.automatic_features) <= {column.name for column in survey.columns}
        and survey.automatic_features
    )
    assert all(column.description for column in survey.columns)
    for column in survey.columns:
        u.Unit(column.unit)  # raises where astropy does not know the unit
    assert ("simulated" in survey.title) == survey.simulated
    for file in survey.files:
        pinned = len(file.sha256) == 64 and file.bytes > 0
        assert (pinned and file.url.startswith("https://")) or (file.unpublished and not file.url)


@pytest.mark.parametrize("name", NAMES)
def test_wrong_set_of_files_is_refused(name):
    with pytest.raises(
        CatalogueError, match=f"survey '{name}' is made from .*not expected: other.txt"
    ):
        surveys.load(name).ingest({"other.txt": Path("other.txt")})


def test_catalogue_is_what_the_survey_says(made):
    survey, catalogue = made
    later = (
        survey.measures_images or survey.light_curves
    )  # these are measured after the table is read
    described = () if later else survey.columns
    assert catalogue.survey == survey.name and catalogue.columns == described
    assert catalogue.scheme.name == survey.scheme and catalogue.simulated == survey.simulated
    assert all(count > 0 for count in catalogue.class_counts().values())


def test_files_of_the_survey_have_the_pinned_size_and_checksum(made, request):
    from catalogs.files.digests import sha256_of

    survey, _ = made
    for file in survey.files:
        path = request.getfixturevalue("mirror") / (file.survey or survey.name) / file.name
        assert (path.stat().st_size, sha256_of(path)) == (file.bytes, file.sha256)


def test_ingest_again_is_the_same_and_survives_a_round_trip(made, tmp_path):
    _, catalogue = made
    catalogue.write(tmp_path / "a.parquet")
    read = Catalogue.read(tmp_path / "a.parquet")
    assert read.features.equals(catalogue.features) and (read.labels == catalogue.labels).all()
    assert (read.object_id == catalogue.object_id).all() and read.flags.equals(catalogue.flags)
    assert read.provenance == catalogue.provenance


def test_every_split_has_the_numbers_it_promises_and_leaks_nothing(made):
    survey, catalogue = made
    for name, plan in survey.splits.items():
        split = survey.split(catalogue, name, seed=1)
        if plan.kind == "stratified":
            assert (split.count("train"), split.count("test")) == (plan.n_train, plan.n_test)
        assert not set(split.ids("train")) & set(split.ids("test"))
        order = np.random.default_rng(1).permutation(len(catalogue))
        assert (
            survey.split(catalogue.select(catalogue.object_id[order]), name, seed=1).digest
            == split.digest
        )


def test_splits_are_those_of_version_0_1(made):
    survey, catalogue = made
    path = Path(__file__).parents[1] / "splits" / "split_digests.json"
    recorded = json.loads(path.read_text())["surveys"]
    if survey.name not in recorded:
        pytest.skip("no split of this survey was recorded")
    drawn = {
        f"{name}/{seed}": survey.split(catalogue, name, seed).digest
        for name in survey.splits
        for seed in (0, 7)
    }
    assert {name: drawn[name] for name in recorded[survey.name]} == recorded[survey.name]


def test_every_class_stands_in_both_parts_in_proportion(made):
    survey, catalogue = made
    name, plan = next(iter(survey.splits.items()))
    if plan.kind == "by_group":
        pytest.skip("whole groups keep the proportion only nearly")
    split = survey.split(catalogue, name, seed=2)
    train, test = (catalogue.select(split.ids(part)).class_counts() for part in ("train", "test"))
    ratio = split.count("train") / split.count("test")
    assert all(
        abs(train[name] - ratio * test[name]) < 1 + ratio for name in train
    )  # each is rounded by less than 1


def test_smaller_parts_can_be_asked_for(made):
    survey, catalogue = made
    if "stratified" not in survey.splits:
        pytest.skip("this survey has no split of stratified parts")
    n_train, n_test = (min(size, len(catalogue.labelled()) // 3) for size in (300, 150))
    split = survey.split(catalogue, "stratified", 1, n_train=n_train, n_test=n_test)
    assert (split.count("train"), split.count("test")) == (n_train, n_test)


def test_unknown_split_and_fixed_parts(made):
    survey, catalogue = made
    with pytest.raises(
        CatalogueError,
        match=f"unknown split 'half' of .*; choose one of: {next(iter(survey.splits))}",
    ):
        survey.split(catalogue, "half", 1)
    if "eso_region" in survey.splits:
        with pytest.raises(
            CatalogueError,
            match="'eso_region' of 'openngc' has fixed parts; remedy: leave out n_train",
        ):
            survey.split(catalogue, "eso_region", 1, n_train=10)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_all_or_those_asked_for(name):
    survey = surveys.load(name)
    assert survey.inputs() == tuple(column.name for column in survey.columns)
    assert survey.inputs(reversed(survey.inputs())) == survey.inputs()[::-1]
    with pytest.raises(CatalogueError, match="unknown input 'colour'; remedy: choose among"):
        survey.inputs(["colour"])
    with pytest.raises(CatalogueError, match="must be at least one, each once"):
        survey.inputs([])


@pytest.mark.parametrize("name", ["SurfBr", "surf_br", "SURF-BR"])
def test_the_leaking_surface_brightness_is_refused_by_name(name):
    message = (
        f"input '{name}' refused because it was corrected for inclination by a type-dependent"
        " amount: it leaks the label"
        r".*remedy: leave 'SurfBr' out"
    )
    with pytest.raises(CatalogueError, match=message):
        surveys.load("openngc").inputs(["b_mag", name])
