"""Marks, models and names of a bulk job that another hand has written: one line each."""

import numpy as np
import pandas as pd
import pytest

import astronn
from pipelines.bulk import run
from pipelines.bulk.job import Job
from pipelines.errors import PipelineError
from pipelines.tasks.classify_files import ClassifyFiles

FOREIGN = [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b"9" * 5000, b'{"key": "other"}']


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marks")
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)), columns=["B", "R"])
    model = astronn.FeedforwardClassifier((3,), max_epochs=1, device="cpu", random_state=0)
    model.fit(X, np.where(X.B > 0, "E", "S")).save(folder / "model")
    X.assign(object_id=np.arange(200), predicted=1).to_parquet(folder / "x.parquet")
    return folder


def job(place, output, **more) -> Job:
    return Job(str(place / "model"), (str(place / "x.parquet"),), str(output), **more)


@pytest.mark.parametrize("content", FOREIGN)
def test_foreign_marks(place, tmp_path, content):
    (tmp_path / "_job.json").write_bytes(content)
    with pytest.raises(PipelineError, match="holds the parts of another job"):
        run.classify(job(place, tmp_path), threads=1)
    (tmp_path / "_SUCCESS.json").write_bytes(content)
    sources = [str(place / "x.parquet")]
    task = ClassifyFiles(model=str(place / "model"), sources=sources, results=str(tmp_path))
    assert not task.complete()


@pytest.mark.parametrize("content", FOREIGN)
def test_foreign_models(place, tmp_path, content):
    (tmp_path / "model.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.json.*; ") as caught:
        run.classify(Job(str(tmp_path), job(place, "").inputs, str(tmp_path / "out")))
    assert "\n" not in str(caught.value)


def test_a_part_that_was_removed_is_made_again(place, tmp_path):
    sources = [str(place / "x.parquet")]
    task = ClassifyFiles(model=str(place / "model"), sources=sources, results=str(tmp_path))
    run.classify(task.job(), threads=1)
    assert task.complete()
    (part,) = tmp_path.glob("part-*.parquet")
    part.unlink()
    assert not task.complete()


@pytest.mark.parametrize("alpha", [float("nan"), 0.0, 1.0, -1.0, float("inf")])
def test_an_alpha_that_is_no_fraction(place, tmp_path, alpha):
    labelled = tmp_path / "predictions.parquet"
    labelled.touch()
    with pytest.raises(PipelineError, match="alpha must be"):
        run.classify(job(place, tmp_path / "out", alpha=alpha, calibration=str(labelled)))
