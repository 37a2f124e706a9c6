"""What is finished is what was made: a file of results that was altered never makes another
report.
"""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.engine.running import run
from pipelines.errors import PipelineError
from pipelines.store import finished, manifest
from pipelines.tasks.compare import CompareClassifiers

QUICK = {"survey": "digits", "options": {"max_epochs": 1}, "calibrate": False}


def report(results, *baselines) -> CompareClassifiers:
    return CompareClassifiers(**QUICK, baselines=list(baselines), results=str(results))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    assert run([report(folder, "majority_class")])
    return folder


def altered(path) -> None:
    """Everything is predicted as one class."""
    table = pq.read_table(path)
    first = pa.array([table["predicted"][0].as_py()] * len(table), pa.string())
    pq.write_table(
        table.set_column(table.column_names.index("predicted"), "predicted", first), path
    )


@pytest.mark.parametrize(
    "what", ["predictions-feedforward-*/predictions.parquet", "split-*/split.parquet"]
)
def test_a_file_that_was_altered_is_made_anew_and_said_to_be(results, capfd, what):
    first = report(results, "majority_class")
    text = first.path("report.txt").read_text()
    (path,) = results.glob(f"digits/stratified/{what}")
    good = path.read_bytes()
    if "predictions" in what:
        altered(path)
    else:
        path.write_bytes(good[:-9] + bytes(b ^ 1 for b in good[-9:-8]) + good[-8:])
    assert path.read_bytes() != good
    (results / "index.html").unlink()
    for name in ("comparison-*", "report-*"):
        for folder in results.glob(f"digits/stratified/{name}"):
            os.rename(folder, folder.with_name(f".was-{name[:6]}-{len(what)}"))
    assert run([first])
    said = capfd.readouterr().err
    assert f"made anew, for it is not as it was made: {path.name} has other bytes" in said
    assert path.read_bytes() == good and first.path("report.txt").read_text() == text


def test_a_report_that_was_altered_is_made_anew(results):
    task = report(results, "majority_class")
    text = task.path("report.txt").read_text()
    task.path("report.txt").write_text(text.replace("4", "5"))
    assert not task.complete() and run([task])
    assert task.path("report.txt").read_text() == text


MANIFESTS = [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b"9" * 5000]
MANIFESTS += [b'{"outputs": {"x": 1}}', b'{"outputs": {"x": {"sha256": 1, "bytes": "y"}}}']


@pytest.mark.parametrize("content", MANIFESTS)
def test_a_manifest_that_is_none_is_one_line_and_not_taken_for_one(tmp_path, content):
    (tmp_path / manifest.NAME).write_bytes(content)
    with pytest.raises(PipelineError, match=r"manifest\.json: damaged, or no manifest"):
        manifest.read(tmp_path)
    assert manifest.damage(tmp_path, ["x"], "key") == ["manifest.json is damaged"]
    with pytest.raises(PipelineError, match=r"manifest"):
        finished.find(tmp_path.parent, str(tmp_path))


def test_the_manifest_of_another_folder_is_not_this_ones(results, tmp_path):
    task = report(results, "majority_class")
    assert manifest.damage(task.folder(), task.files, task.key()) == []
    assert manifest.damage(task.folder(), task.files, "0" * 16) == [
        "manifest.json is of something else"
    ]
