"""The shared task: what changes its key, what it publishes, how it fails."""

import json
import multiprocessing
import os
import re
import subprocess
import sys
from pathlib import Path

import luigi
import pytest
from processes import HANG_S

from pipelines.engine.base import FolderTask
from pipelines.engine.running import run
from pipelines.errors import PipelineError
from pipelines.store import manifest


class Double(FolderTask):
    """Writes twice a number; fails on demand."""

    stage = "double"
    files = ("number.txt",)
    number = luigi.FloatParameter()
    mistake = luigi.Parameter(default="")
    chatty = luigi.BoolParameter(default=False, significant=False)

    def make(self, folder):
        (folder / "number.txt").write_text(str(2 * self.number))
        if self.mistake == "user":
            raise PipelineError("number '3': must be even; give another")
        if self.mistake == "undeclared":
            (folder / "more.txt").write_text("")
        if self.mistake == "missing":
            (folder / "number.txt").unlink()


class Quadruple(FolderTask):
    stage = "quadruple"
    files = ("number.txt",)
    number = luigi.FloatParameter()

    def requires(self):
        return Double(number=self.number, results=self.results)

    def make(self, folder):
        (folder / "number.txt").write_text(
            str(2 * float(self.requires().path("number.txt").read_text()))
        )


class Folderful(FolderTask):
    """Declares a folder's whole content."""

    stage, files = "folderful", ("parts/",)

    def make(self, folder):
        (folder / "parts").mkdir()
        for name in "ab":
            (folder / "parts" / name).write_text(name)


def test_a_file_missing_inside_a_declared_folder_is_noticed_and_made_again(tmp_path):
    task = Folderful(results=str(tmp_path))
    assert run([task]) and task.complete()
    (task.folder() / "parts" / "b").unlink()
    assert not task.complete()
    assert (
        run([Folderful(results=str(tmp_path))])
        and (task.folder() / "parts" / "b").read_text() == "b"
    )


def test_a_task_writes_its_files_and_a_manifest(tmp_path):
    task = Quadruple(number=3, results=str(tmp_path))
    assert run([task])
    assert task.path("number.txt").read_text() == "12.0"
    record = manifest.read(task.folder())
    assert record["parameters"] == {"number": 3}
    assert record["outputs"]["number.txt"]["bytes"] == 4
    assert list(record["upstream"].values()) == [task.requires().key()]
    assert {"torch", "numpy", "python"} <= set(record["versions"])


def test_equal_numbers_share_a_key_and_others_do_not():
    assert Double(number=1).key() == Double(number=1.0).key() == Double(number="1").key()
    assert Double(number=1).key() != Double(number=2).key()


def test_insignificant_parameters_and_the_results_folder_stay_out_of_the_key():
    assert Double(number=1, chatty=True).key() == Double(number=1, results="elsewhere").key()


def test_code_version_and_upstream_change_the_key(monkeypatch):
    before, downstream = Double(number=1).key(), Quadruple(number=1).key()
    monkeypatch.setattr(Double, "code_version", 2)
    luigi.task_register.Register.clear_instance_cache()
    assert Double(number=1).key() != before
    assert Quadruple(number=1).key() != downstream


@pytest.mark.parametrize("mistake", ["user", "undeclared", "missing"])
def test_a_failed_task_publishes_nothing_and_run_says_so(tmp_path, capfd, mistake):
    good, bad = (
        Double(number=1, results=str(tmp_path)),
        Double(number=3, mistake=mistake, results=str(tmp_path)),
    )
    assert not run([good, bad])
    assert good.complete() and not bad.folder().exists()
    assert not list(tmp_path.rglob(".scratch-*"))
    told = capfd.readouterr().err
    expected = {
        "user": "astronn: error: number '3': must be even",
        "undeclared": "['more.txt']",
        "missing": "['number.txt']",
    }
    assert expected[mistake] in told
    assert ("Traceback" in told) == (mistake != "user")


def test_nothing_is_run_twice(tmp_path):
    task = Double(number=1, results=str(tmp_path))
    assert run([task])
    before = task.path("number.txt").stat().st_mtime_ns
    assert run([task])
    assert task.path("number.txt").stat().st_mtime_ns == before


def test_a_folder_that_lost_a_file_is_made_anew(tmp_path):
    task = Double(number=1, results=str(tmp_path))
    assert run([task])
    task.path("number.txt").unlink()
    assert run([task])
    assert task.path("number.txt").read_text() == "2"


def test_unwritable_results_are_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        PipelineError, match=r"results folder .*file.* cannot be written .*another with --results"
    ):
        run([Double(number=1, results=str(tmp_path / "file"))])


def test_two_runs_at_once_give_one_result(tmp_path):
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=run_double, args=(str(tmp_path),)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(HANG_S)
    assert [process.exitcode for process in both] == [0, 0]
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 1


def run_double(results: str) -> None:
    sys.exit(0 if run([Double(number=5, results=results)]) else 1)


FORKED = """
import torch
torch.randn(300, 300) @ torch.randn(300, 300)          # the parent has used OpenMP ...
import luigi
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run

class Multiply(FolderTask):
    stage, files = "multiply", ("sum.txt",)
    def make(self, folder):
        torch.set_num_threads(1)
        a = torch.ones(300, 300)
        # ... and the forked task uses torch again
        (folder / "sum.txt").write_text(str(float((a @ a).sum())))

import sys
sys.exit(0 if run([Multiply(results=sys.argv[1])]) else 1)
"""


def test_a_forked_task_does_not_hang_after_its_parent_used_torch(tmp_path):
    as_users_have_it = {
        name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"
    }
    command = [sys.executable, "-c", FORKED, str(tmp_path)]
    done = subprocess.run(
        command, timeout=HANG_S, capture_output=True, text=True, env=as_users_have_it
    )
    assert done.returncode == 0, done.stderr
    assert next(tmp_path.rglob("sum.txt")).read_text() == str(300.0**3)


LUIGI_TASK = """
import luigi, pipelines
from pipelines.engine.base import FolderTask
class Fails(FolderTask):
    stage, files = "fails", ("x",)
    def make(self, folder):
        raise RuntimeError("on purpose")
"""


def test_luigi_command_returns_30_for_a_failed_task(tmp_path):
    (tmp_path / "failing.py").write_text(LUIGI_TASK)
    words = ["--module", "failing", "Fails", "--local-scheduler", "--results", str(tmp_path / "r")]
    command = [sys.executable, "-m", "luigi", *words]
    environment = {
        "PYTHONPATH": f"{tmp_path}:{Path(manifest.__file__).parents[2]}",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, timeout=HANG_S, capture_output=True, text=True
    )
    assert done.returncode == 30, done.stderr
    assert "on purpose" in done.stderr


def test_manifest_is_json_without_surprises(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    manifest.write(tmp_path, {"task": "T"})
    record = json.loads((tmp_path / "manifest.json").read_text())
    assert record["task"] == "T" and list(record["outputs"]) == ["a.txt"]


def test_a_manifest_names_the_commit_of_a_checkout():
    root = Path(manifest.__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("this is no checkout")
    assert re.fullmatch(r"[0-9a-f]{40}(\+changes)?", manifest.git_commit() or "")
