"""The line from a set of described pictures to scores and maps, in small."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import astronn
from astronn.errors import AstronnError
from catalogs.errors import CatalogueError
from pipelines.cli import main
from pipelines.engine.running import run
from pipelines.tasks.caption_report import ScoreCaptions

SMALL = {
    "max_epochs": 1,
    "warm_up": 0,
    "attention_units": 8,
    "hidden": 16,
    "network_options": {"maps": 4, "blocks": [1, 1]},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return str(tmp_path_factory.mktemp("results"))


def described(results, captions="simulated_galaxies", **given):
    return ScoreCaptions(
        captions=captions, options=SMALL, n_train=30, n_test=20, results=results, **given
    )


def test_from_pictures_to_scores_maps_and_tables(results):
    task = described(results)
    assert run([task])
    scores = json.loads(task.path("scores.json").read_text())
    assert (
        scores["n"] == 20
        and scores["legal_rate"] == 1
        and scores["simulated"]
        and scores["turned_likeness"]["8"] > 0.999
    )
    bar = scores["attention_on"]["bar"]
    assert bar["n"] > 0 and 0 <= bar["hit"] <= 1 and 0 < bar["even_hit"] < 0.5
    assert (
        "attention on" in task.path("scores.txt").read_text()
        and task.path("maps.png").read_bytes()[1:4] == b"PNG"
    )
    assert "Last token, soft attention" in task.path("report.txt").read_text()
    assert (
        '<img src="maps.png" alt="Where the network looked' in task.path("report.html").read_text()
    )


def test_the_command_says_the_same(results):
    words = [
        "describe",
        "simulated_galaxies",
        "--options",
        json.dumps(SMALL),
        "--n-train",
        "30",
        "--n-test",
        "20",
    ]
    said = CliRunner().invoke(main, [*words, "--results", results, "--json"])
    assert said.exit_code == 0 and json.loads(said.stdout) == json.loads(
        described(results).path("scores.json").read_text()
    )


def test_what_is_wrong_is_said_before_any_work(results):
    with pytest.raises(
        CatalogueError, match=r"unknown set of captions 'cats'; choose one of: digit_strings"
    ):
        described(results, captions="cats").check()
    with pytest.raises(AstronnError, match=r"attention must be one of 'hard', 'soft', not 'firm'"):
        described(results, attention="firm").check()


def test_hard_attention_goes_on_from_the_network_with_soft_attention(results):
    """Its own options are not the other's, and a set described with soft attention before is not
    trained again.
    """
    soft, hard = (described(results, attention=name) for name in ("soft", "hard"))
    options = {**SMALL, "attention_options": {"reward": 0.5}}
    asked = (
        ScoreCaptions(**{**hard.param_kwargs, "options": options})
        .requires()["said"]
        .requires()["model"]
    )
    trained = soft.requires()["said"].requires()["model"]
    assert asked.requires()["start"].key() == trained.key() != asked.key()
    assert run([soft]) and run([hard])
    manifest = json.loads(
        (hard.requires()["said"].requires()["model"].folder() / "manifest.json").read_text()
    )
    assert manifest["upstream"][trained.folder().name] == trained.key()
    model = astronn.load(
        hard.requires()["said"].requires()["model"].folder() / "model", device="cpu"
    )
    assert model.attention == "hard" and model.start_
    assert json.loads(hard.path("scores.json").read_text())["attention"] == "hard"


def test_captions_of_your_own_change_the_key_by_their_bytes(results, tmp_path):
    keys = []
    for word in ("round", "flat"):
        table = tmp_path / f"{word}.csv"
        table.write_text(f"object_id,caption\nsim_00001,{word}\n")
        keys.append(described(results, table=str(table)).key())
    assert len({*keys, described(results).key()}) == 3


def test_maps_are_drawn_one_beside_another(tmp_path):
    from reports.drawings.attention_maps import draw, lit, shown

    rng = np.random.default_rng(0)
    images, maps = rng.integers(0, 256, (2, 1, 16, 16)).astype(np.uint8), rng.random((2, 3, 16, 16))
    draw(tmp_path / "maps.png", images=images, maps=maps, said=["1 2 3", "4"], true=["1 2", "4"])
    assert (tmp_path / "maps.png").stat().st_size > 5000
    dark = lit(shown(images[0]), np.zeros((16, 16)))
    weights = np.zeros((16, 16))
    weights[4, 9] = 1.0
    bright = lit(shown(images[0]), weights) - dark
    assert np.argwhere(bright.max(2) > 0.05).tolist() == [
        [4, 9]
    ]  # the light falls where the weight is
