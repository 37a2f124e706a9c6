"""Objects from a pipe: the posteriors of a file's objects, one answer for each in their order."""

import io
import json
import os
import select
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import HANG_S

import astronn
from catalogs.errors import CatalogueError
from catalogs.recipes.inputs import Blanks, Input
from catalogs.recipes.recipe import Recipe
from catalogs.survey_toml import expressions
from pipelines.bulk import stream
from pipelines.bulk.job import Job
from pipelines.errors import PipelineError

ROOT = Path(__file__).resolve().parents[3]
NAMES = ["B", "R", "z"]


def galaxies(n=500, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=NAMES)
    frame.loc[::7, "R"] = np.nan
    frame["object_id"] = [f"g{k}" for k in range(n)]
    return frame


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    frame = galaxies(seed=1)
    labels = np.where(frame.z < frame.B, "E", "S")
    model = astronn.FeedforwardClassifier((6,), max_epochs=20, device="cpu", random_state=0)
    folder = tmp_path_factory.mktemp("stream") / "model"
    model.fit(frame[NAMES], labels).save(folder)
    return folder


def lines(frame) -> bytes:
    return frame.to_json(orient="records", lines=True, double_precision=15).encode()


def answers(model, sent: bytes, **how) -> list[dict]:
    out = io.StringIO()
    counts = stream.answer(Job(str(model), (), "-", **how), io.BytesIO(sent), out)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert counts.answered == len(found)
    assert counts.failed == sum("error" in one for one in found)
    return found


def test_posteriors_are_those_of_predict_proba(model):
    found, frame = answers(model, lines(galaxies()), keep=("z",)), galaxies()
    assert [one["object_id"] for one in found] == frame.object_id.tolist()
    P = astronn.load(model, device="cpu").predict_proba(frame[NAMES])
    said = np.array([[one["posteriors"]["E"], one["posteriors"]["S"]] for one in found])
    assert np.abs(said - P).max() < 2e-6
    assert [one["predicted"] for one in found] == np.where(P[:, 0] > 0.5, "E", "S").tolist()
    assert [one["z"] for one in found] == pytest.approx(frame.z.tolist(), rel=1e-14)


def test_what_is_no_object_has_an_answer_of_its_own(model):
    good = lines(galaxies(3)).splitlines()
    sent = [
        good[0],
        b"nonsense",
        b"",
        b"[1, 2]",
        b'{"object_id": "x", "B": 1.0}',
        good[1],
        b'{"object_id": "x", "B": "bright", "R": 1, "z": 2}',
        b'{"object_id": "x", "B": [1, 2], "R": 1, "z": 2}',
        b'{"object_id": "x", "B": 1e999, "R": 1, "z": 2}',
        b'{"object_id": "x", "B": {"value": 1}, "R": 1, "z": 2}',
        b'{"object_id": "x", "B": [[1]], "R": 1, "z": 2}',
        b"\xff\xfe",
        good[2],
    ]
    found = answers(model, b"\n".join(sent))
    names = [one.get("object_id") for one in found]
    assert names == ["g0", *3 * [None], "g1", *6 * [None], "g2"]
    for one, why in zip(
        [one["error"] for one in found if "error" in one],
        [
            *("not JSON", "not a JSON object", "missing column 'R'", "'bright'", "arrays", "inf"),
            *("numbers and texts", "arrays", "not JSON"),
        ],
        strict=True,
    ):
        assert why in one
    alone = answers(model, good[1])
    assert found[4]["posteriors"] == pytest.approx(alone[0]["posteriors"], abs=1e-6)


def test_a_whole_number_beyond_64_bits_names_an_object_and_is_an_input(model):
    name = 123456789012345678901234567890
    sent = {"object_id": name, "B": 10**25, "R": 1, "z": 2}
    (found,) = answers(model, json.dumps(sent).encode())
    assert found["object_id"] == str(name) and set(found["posteriors"]) == {"E", "S"}


def test_an_empty_pipe_has_no_answer(model):
    assert answers(model, b"") == [] == answers(model, b"\n\n")


def test_a_recipe_is_followed(model, tmp_path):
    """Sentinels, an expression, an element of an array, a value within a value."""
    astronn.load(model, device="cpu").save(tmp_path / "model")
    inputs = (
        Input("B", "candidate.mag", Blanks((-999.0,))),
        Input("R", expressions.parse("red - blue")),
        Input("z", "shape[1]"),
    )
    (tmp_path / "model" / "recipe.json").write_text(Recipe(inputs, ("name",)).text())
    sent = [
        {"name": 7, "candidate": {"mag": 0.5}, "red": 2, "blue": 1.5, "shape": [9.0, -1.0]},
        {"name": 8, "candidate": {"mag": -999}, "red": None, "blue": 1.5, "shape": [9.0, -1.0]},
    ]
    found = answers(tmp_path / "model", "\n".join(map(json.dumps, sent)).encode())
    X = pd.DataFrame({"B": [0.5, np.nan], "R": [0.5, np.nan], "z": [-1.0, -1.0]})
    P = astronn.load(model, device="cpu").predict_proba(X)
    assert [one["name"] for one in found] == [7, 8]
    assert np.abs([one["posteriors"]["E"] for one in found] - P[:, 0]).max() < 2e-6


def test_avro_packets_are_answered_like_lines(model):
    fastavro = pytest.importorskip("fastavro", reason="the extra avro")
    fields = [{"name": n, "type": ["null", "double"]} for n in NAMES]
    fields.append({"name": "object_id", "type": "string"})
    frame = galaxies(30).astype(object).where(lambda f: f.notna(), None)
    packets = io.BytesIO()
    for record in frame.to_dict("records"):  # each is a file of its own, as ZTF sends them
        fastavro.writer(packets, {"type": "record", "name": "alert", "fields": fields}, [record])
    found, wanted = answers(model, packets.getvalue()), answers(model, lines(galaxies(30)))
    assert [one["object_id"] for one in found] == [one["object_id"] for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one["posteriors"] == pytest.approx(other["posteriors"], abs=1e-6)
    with pytest.raises(CatalogueError, match="Avro"):
        answers(model, packets.getvalue()[:-20])


@pytest.mark.parametrize(
    ("how", "rule"),
    [({"format": "fits"}, "json or avro"), ({"features": ("B",)}, "3 features, but 1 were given")],
)
def test_what_cannot_be_asked_for_is_refused(model, how, rule):
    with pytest.raises(PipelineError, match=rule):
        answers(model, lines(galaxies(2)), **how)


def test_the_command_answers_while_the_pipe_is_open(model):
    command = [sys.executable, "-m", "pipelines.cli", "classify", str(model), "-"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    ) as running:
        for line in lines(galaxies(2)).splitlines():
            running.stdin.write(line + b"\n")
            running.stdin.flush()
            assert select.select([running.stdout], [], [], HANG_S)[0]
            assert "posteriors" in json.loads(running.stdout.readline())
        _, said = running.communicate(b"nonsense\n", timeout=HANG_S)
    assert running.returncode == 1
    assert said.decode().splitlines()[-1] == "astronn: 3 objects, 1 of them errors"
