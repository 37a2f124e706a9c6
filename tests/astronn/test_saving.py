"""A model written and read back: to the last bit, or refused."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
import torch

import astronn
from astronn import FeedforwardClassifier
from astronn.errors import AstronnError


def table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["colour", "size", "brightness"])
    frame.iloc[::7, 1] = np.nan
    return frame, np.where(frame["colour"] > 0, "E", "Sa+Sb")


def fitted(**options) -> FeedforwardClassifier:
    options = {"max_epochs": 3, "random_state": 0, "device": "cpu", **options}
    return FeedforwardClassifier(**options).fit(*table(), units={"colour": "mag"})


@pytest.fixture
def folder(tmp_path):
    return fitted().save(tmp_path / "model")


def weights_file(folder):
    (path,) = folder.glob("*.safetensors")
    return path


def edit(folder, change) -> None:
    """Edit model.json and make its digest right again, as an earlier or later astronn would have
    written it.
    """
    path = folder / "model.json"
    document = json.loads(path.read_text())
    change(document)
    del document["sha256"]
    path.write_text(json.dumps(document | {"sha256": astronn.saving._digest(document)}))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ensemble_size": 3, "hidden_layers": (4, 2), "class_weight": {"E": 2.0, "Sa+Sb": 1.0}},
        {"loss": "squared_error", "early_stopping": True},
        {"random_state": np.random.RandomState(3), "optimizer": "lbfgs"},
    ],
)
def test_round_trip_to_the_last_bit(options, tmp_path):
    X, _ = table()
    before = fitted(**options)
    after = astronn.load(before.save(tmp_path), device="cpu")
    assert np.array_equal(before.predict_proba(X), after.predict_proba(X))
    assert np.array_equal(before.predict(X), after.predict(X))
    assert (after.feature_units_, after.seed_, after.history_) == (
        {"colour": "mag"},
        before.seed_,
        before.history_,
    )
    assert after.feature_names_in_.tolist() == ["colour", "size", "brightness"]
    expected = before.get_params() | ({"random_state": None} if "random_state" in options else {})
    assert after.get_params() == expected


@pytest.mark.parametrize(
    "labels", [[0, 1], [1.0, 2.0], [True, False], np.array(["a", "bb"], dtype=object)]
)
def test_labels_keep_their_type(labels, tmp_path):
    y = np.array(labels)[np.arange(20) % 2]
    before = FeedforwardClassifier(max_epochs=1, device="cpu").fit(np.arange(20.0)[:, None], y)
    after = astronn.load(before.save(tmp_path))
    assert after.classes_.dtype == before.classes_.dtype
    assert after.classes_.tolist() == before.classes_.tolist()


def test_the_same_model_gives_the_same_bytes(tmp_path):
    one, two = (fitted().save(tmp_path / name) for name in ("one", "two"))
    assert sorted(path.name for path in one.iterdir()) == sorted(
        path.name for path in two.iterdir()
    )
    assert all(path.read_bytes() == (two / path.name).read_bytes() for path in one.iterdir())


def test_saving_again_replaces_the_model_and_leaves_no_scratch(folder):
    fitted(random_state=1).save(folder)
    assert len(list(folder.iterdir())) == 2
    assert astronn.load(folder).seed_ == 1


def test_a_failed_save_leaves_the_old_model(folder, monkeypatch):
    monkeypatch.setattr(astronn.saving.json, "dumps", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        fitted(random_state=1).save(folder)
    monkeypatch.undo()
    assert astronn.load(folder).seed_ == 0


def test_names_and_units_can_be_read_by_anything(folder):
    learned = json.loads((folder / "model.json").read_text())["learned"]
    assert learned["features"] == ["colour", "size", "brightness"]
    assert learned["units"] == {"colour": "mag"}
    assert learned["classes"]["values"] == ["E", "Sa+Sb"]
    assert "network.0.weights.0" in safetensors.numpy.load_file(weights_file(folder))


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(ValueError, match="not fitted yet"):
        FeedforwardClassifier().save(tmp_path)


def test_changed_weights(folder):
    path = weights_file(folder)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(
        AstronnError,
        match=r"weights-.*safetensors was changed after it was written \(SHA-256 differs\)",
    ):
        astronn.load(folder)


def test_missing_weights(folder):
    weights_file(folder).unlink()
    with pytest.raises(
        AstronnError,
        match=r"safetensors is missing; a model needs the weights that its model.json names",
    ):
        astronn.load(folder)


def test_pickled_weights_are_not_read(folder):
    torch.save({"w": torch.zeros(1)}, weights_file(folder))
    with pytest.raises(AstronnError, match="is a pickle; pickles are never read"):
        astronn.load(folder)
    weights_file(folder).write_bytes(pickle.dumps({"w": 1}))
    with pytest.raises(AstronnError, match="is a pickle; pickles are never read"):
        astronn.load(folder)


def test_a_file_is_no_model(tmp_path):
    torch.save({}, tmp_path / "model.pt")
    with pytest.raises(
        AstronnError, match=r"model.pt is a file; a model is a folder .*pickles are never read"
    ):
        astronn.load(tmp_path / "model.pt")


def test_an_edited_document(folder):
    path = folder / "model.json"
    path.write_text(path.read_text().replace('"Sa+Sb"', '"Sc+Sd"'))
    with pytest.raises(
        AstronnError, match=r"model.json was changed after it was written \(digest differs\)"
    ):
        astronn.load(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("[1]", "does not say format 'astronn model'"),
        ('{"format": "other"}', "does not say format"),
    ],
)
def test_not_our_document(folder, content, message):
    (folder / "model.json").write_text(content)
    with pytest.raises(AstronnError, match=message):
        astronn.load(folder)


def test_no_document(tmp_path):
    with pytest.raises(AstronnError, match=r"no model.json there; give a folder written by save"):
        astronn.load(tmp_path / "nowhere")


def test_another_format_version(folder):
    edit(folder, lambda document: document.update(format_version=99))
    with pytest.raises(
        AstronnError,
        match="has format version 99, this astronn reads 2 and older; install the astronn that",
    ):
        astronn.load(folder)


def test_an_unknown_estimator(folder):
    edit(folder, lambda document: document.update(estimator="LOSSES"))
    with pytest.raises(AstronnError, match="unknown estimator 'LOSSES'"):
        astronn.load(folder)


def test_weights_of_another_architecture(folder):
    edit(folder, lambda document: document["learned"]["network"].update(hidden_layers=[99]))
    with pytest.raises(
        AstronnError, match=r"the weights do not match the network of model.json: .*size mismatch"
    ):
        astronn.load(folder)


def test_classes_of_another_number(folder):
    edit(folder, lambda document: document["learned"]["classes"].update(values=["E"]))
    with pytest.raises(
        AstronnError,
        match=r"model.json names 1 classes and 3 features, but the network is for 2 and 3",
    ):
        astronn.load(folder)


MEASURE = """
import resource, sys
import astronn
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    astronn.load(sys.argv[1], device="cpu")
except astronn.errors.AstronnError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("layers", [[40_000, 40_000], [10**9, 10**9], [1] * 20_000])
def test_a_network_larger_than_its_weights_is_refused_before_it_has_memory(folder, layers):
    edit(folder, lambda document: document["learned"]["network"].update(hidden_layers=layers))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said, grown = done.stdout.splitlines()
    assert "describes a network far larger than its weights" in said or "do not match" in said
    assert int(grown) < 300  # MiB


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b"null", b'"text"', b'{"format": "astronn model"}', b"9" * 5000),
        b'{"format": "astronn model", "format_version": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_empty_and_foreign_documents_are_one_line(folder, content):
    (folder / "model.json").write_bytes(content)
    with pytest.raises(AstronnError, match=r"model\.json") as caught:
        astronn.load(folder)
    assert "\n" not in str(caught.value)
