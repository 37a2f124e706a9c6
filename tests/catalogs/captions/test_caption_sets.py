"""Sets of described pictures: what every one of them must be, and what the composed ones show."""

import re

import numpy as np
import pytest

from catalogs import captions, surveys
from catalogs.captions._own import own
from catalogs.captions.task import Captions, CaptionTask, of_survey
from catalogs.errors import CatalogueError
from catalogs.images.stack import ImageStack
from catalogs.simulations import digit_strings, galaxy_strings
from catalogs.simulations import galaxies as simulate

NAMES = captions.names()
SIZES = {"train": 12, "test": 6}


def walks(task: CaptionTask, caption: str) -> bool:
    """Whether the automaton of the task allows the caption."""
    state = "start"
    for token in caption.split():
        state = task.moves.get(state, {}).get(token)
    return state in task.ends


@pytest.fixture(scope="module")
def composed():
    return {
        name: captions.load(name).build(SIZES, 3) for name in NAMES if captions.load(name).build
    }


def test_the_sets_are_found_by_their_files():
    assert {"digit_strings", "simulated_galaxies", "galaxy_zoo1"} <= set(NAMES)
    with pytest.raises(
        CatalogueError,
        match=r"unknown set of captions 'mnist'; choose one of: digit_strings, galaxy_zoo1",
    ):
        captions.load("mnist")


@pytest.mark.parametrize("name", NAMES)
def test_every_set_describes_itself(name):
    task = captions.load(name)
    assert task.name == name and task.title and task.citation and task.moves and task.ends
    assert ("simulated" in task.title.lower()) == task.simulated
    assert (task.build is None) == bool(task.survey) == (task.sequences is not None)
    tokens = {token for after in task.moves.values() for token in after}
    assert (
        set(task.look_at) | set(task.by_place) | {t for slot in task.slots.values() for t in slot}
        <= tokens
    )
    assert set(task.classes) <= tokens


def test_composed_captions_keep_the_grammar_and_come_again(composed):
    for name, made in composed.items():
        task = captions.load(name)
        assert all(walks(task, caption) for caption in made.caption)
        again = task.build(SIZES, 3)
        assert (
            again.caption.tolist() == made.caption.tolist()
            and (again.stack.pixels == made.stack.pixels).all()
        )
        assert task.build(SIZES, 4).caption.tolist() != made.caption.tolist()
        assert [len(made.rows(part)) for part in ("train", "validation", "test")] == [12, 0, 6]


def test_every_region_that_a_token_speaks_of_is_a_plane(composed):
    for name, made in composed.items():
        for caption in made.caption:
            assert set(captions.load(name).regions_of(caption)) - {""} <= set(made.regions.bands)


def test_a_set_on_disk_is_the_same_set(composed, tmp_path):
    made = composed["simulated_galaxies"]
    made.write(tmp_path)
    read = Captions.read(tmp_path)
    assert (
        read.caption.tolist() == made.caption.tolist() and read.part.tolist() == made.part.tolist()
    )
    assert (read.stack.pixels == made.stack.pixels).all() and (
        read.regions.pixels == made.regions.pixels
    ).all()


def test_digits_stand_apart_inside_the_picture_in_their_order():
    made = digit_strings.compose(40, 0, "train")
    for caption, boxes in zip(made.digits, made.boxes):
        boxes = boxes[boxes[:, 0] >= 0]
        centres = boxes[:, 1::2].mean(1)
        assert (
            len(boxes) == len(caption.split()) in (3, 4, 5)
            and boxes.min() >= 0
            and boxes.max() <= digit_strings.SIDE
        )
        assert np.diff(centres).min() >= digit_strings.APART
        cover = np.zeros((digit_strings.SIDE, digit_strings.SIDE), int)
        for top, left, bottom, right in boxes:
            cover[top:bottom, left:right] += 1
        assert cover.max() == 1


def test_training_and_test_digits_are_of_different_people():
    train, test = (range(*half.indices(1797)) for half in digit_strings.HALVES.values())
    assert set(train) | set(test) == set(range(1797)) and not set(train) & set(test)


def test_the_digit_in_the_square_is_the_one_that_is_said():
    """A nearest neighbour among the shapes of the half, shrunk back to 8 x 8, reads four in five of
    the squares.
    """
    from sklearn.datasets import load_digits

    bunch, made = load_digits(), digit_strings.compose(60, 1, "test")
    shapes, labels = (
        bunch.images[digit_strings.HALVES["test"]],
        bunch.target[digit_strings.HALVES["test"]],
    )
    right = []
    for image, caption, boxes in zip(made.images, made.digits, made.boxes):
        for digit, (top, left, bottom, right_edge) in zip(caption.split(), boxes):
            square = image[0, top:bottom, left:right_edge].astype(float)
            at = (np.arange(8) + 0.5) * len(square) / 8
            small = square[np.ix_(at.astype(int), at.astype(int))]
            small = (small - small.mean()) / small.std()
            known = (shapes - shapes.mean((1, 2), keepdims=True)) / shapes.std(
                (1, 2), keepdims=True
            )
            right.append(str(labels[((known - small) ** 2).sum((1, 2)).argmin()]) == digit)
    assert np.mean(right) > 0.8


def test_galaxies_are_built_as_they_are_described():
    truth = galaxy_strings.truth(300, 0)
    for row in truth.itertuples():
        tokens = row.caption.split()
        assert (row.bar_length > 0) == (tokens[0] in ("SAB", "SB")) and (row.ring_radius > 0) == (
            "(r)" in tokens
        )
        assert (row.bulge_share == 1) == tokens[0].startswith("E") and (row.inclination > 80) == (
            "edge-on" in tokens
        )
        if tokens[0].startswith("E"):
            assert (
                tokens[0] == f"E{round(10 * (1 - row.axis_ratio))}"
                or abs(10 * (1 - row.axis_ratio) % 1 - 0.5) < 1e-9
            )
    bulge = truth[truth["caption"].str.startswith("S")].groupby(
        truth["caption"].str.extract(r" ([a-d])")[0]
    )["bulge_share"]
    assert bulge.mean().is_monotonic_decreasing


def test_bar_ring_and_arms_have_light_where_they_are_named():
    truth = galaxy_strings.truth(60, 1)
    row = truth[truth["caption"].str.match(r"SB \(r\) c")].iloc[0]
    light = dict(zip(simulate.COMPONENTS, simulate.components(row, 64)))
    assert min(light[name].sum() for name in ("bar", "ring", "arms", "bulge")) > 0.02
    elliptical = truth[truth["caption"].str.startswith("E")].iloc[0]
    assert simulate.components(elliptical, 64)[1:].sum() == 0


def test_galaxy_zoo1_paths_follow_the_classes(mirror):
    survey, task = surveys.load("galaxy_zoo1"), captions.load("galaxy_zoo1")
    files = {file.name: mirror / "galaxy_zoo1" / file.name for file in survey.files}
    if not all(path.is_file() for path in files.values()):
        pytest.skip("the mirror does not hold galaxy_zoo1")
    said, catalogue = task.sequences(files), survey.ingest(files).labelled()
    assert all(walks(task, caption) for caption in said.values()) and len(said) == 5343 - 56
    labels = {
        "elliptical": r"smooth",
        "spiral": r"spiral (anti)?clockwise",
        "edge-on": r"spiral edge-on",
        "merger": "merger",
    }
    assert all(
        re.search(labels[label], said[name])
        for name, label in zip(catalogue.object_id, catalogue.labels)
    )
    shown = ImageStack(catalogue.object_id, np.zeros((len(catalogue), 1, 2, 2), np.uint8), ("g",))
    made = of_survey(task, files, shown, seed=0)
    groups = [set(made.group[made.rows(part)]) for part in ("train", "validation", "test")]
    assert len(made) == 5287 and not groups[0] & groups[2] and not groups[0] & groups[1]


def test_captions_of_your_own_for_the_pictures_of_a_survey(tmp_path):
    survey = surveys.load("simulated_galaxies")
    catalogue = survey.ingest({}).labelled()
    table = tmp_path / "votes.csv"
    lines = [
        f"{name},{label.replace(' ', '-')} seen"
        for name, label in zip(catalogue.object_id, catalogue.labels)
    ]
    table.write_text("object_id,caption\n" + "\n".join(lines[:3900]) + "\n")
    task = own(survey, "simulated_galaxies", table)
    shown = ImageStack(
        catalogue.object_id[:3000], np.zeros((3000, 3, 2, 2), np.uint8), survey.images.bands
    )
    made = of_survey(task, {}, shown, seed=0, n_train=200, n_test=100)
    assert [len(made.rows(part)) for part in ("train", "test")] == [200, 100] and made.caption[
        0
    ].endswith(" seen")
    table.write_text("object_id,caption\na,one\na,two\n")
    with pytest.raises(
        CatalogueError, match=r"objects with two captions: a; remedy: keep one each"
    ):
        task.sequences({})
    with pytest.raises(CatalogueError, match=r"survey 'openngc' has no pictures to be described"):
        own(surveys.load("openngc"), "openngc", table)


def test_what_does_not_belong_together_is_refused_at_once():
    stack = ImageStack(np.array(["a", "b"]), np.zeros((2, 1, 2, 2), np.uint8), ("g",))
    with pytest.raises(
        CatalogueError,
        match=r"pictures .* are not those of the objects.*parts 'all'.*without a caption: c",
    ):
        Captions(["a", "c"], ["x", " "], ["train", "all"], ["a", "c"], stack)


def test_digits_to_learn_from_are_distorted_and_test_digits_never(monkeypatch):
    """Without strength the distortion is the plain drawing; with it, ink moves by less than two
    pixels of the scanned digit.
    """
    shape = np.zeros((8, 8))
    shape[2:6, 3:5] = 1.0
    plain = digit_strings._drawn(shape, 16, 5.0)
    for name in ("BENT", "SLANT", "STRETCH", "STROKE"):
        monkeypatch.setattr(digit_strings, name, 0.0)
    assert digit_strings._bent(np.random.default_rng(0), shape, 16, 5.0) == pytest.approx(plain)
    still = {half: digit_strings.compose(4, 3, half).images for half in ("train", "test")}
    monkeypatch.undo()
    moved = {half: digit_strings.compose(4, 3, half).images for half in ("train", "test")}
    assert (moved["test"] == still["test"]).all() and (moved["train"] != still["train"]).any()
    bent = digit_strings._bent(np.random.default_rng(0), shape, 16, 5.0)
    near = np.array(
        [
            np.abs(plain - np.roll(bent, (y, x), (0, 1))).sum()
            for y in range(-4, 5)
            for x in range(-4, 5)
        ]
    )
    assert 0 < near.min() < 0.5 * plain.sum()
