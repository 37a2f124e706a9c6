"""What a run shows of its stages: one line that changes in a terminal, a line a stage in a log."""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines.engine import compiling, showing, stages
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run
from pipelines.tasks.ingest import SplitCatalogue

ROOT = Path(__file__).resolve().parents[3]


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def stage(name: str, effort: float = 1.0):
    return SimpleNamespace(task_id=name, effort=effort, describe=lambda: name)


@pytest.fixture
def display():
    """Three stages planned, of which the first is done after ten seconds."""

    def make(stream):
        found = stages.Stages(stream, Clock())
        for name in ("files", "model", "report"):
            found.plan(stage(name))
        found.begin(stage("files"))
        found.clock.now = 10.0
        found.end("files", done=True)
        found.begin(stage("model"))
        return found

    return make


def test_a_terminal_has_one_line_that_changes(display):
    found = display(told := Terminal())
    found.clock.now = 20.0
    found.told("model", "network 2 of 3, epoch 7 of at most 50, loss 0.2500")
    assert "\n" not in told.getvalue()
    last = told.getvalue().rpartition(stages.CLEAR)[2]
    assert last.startswith("[1 of 3], 20 s gone, about 40 s left  model: network 2 of 3, epoch 7")
    found.close()
    assert told.getvalue().endswith("astronn: 1 of 3 stages in 20 s\n")


def test_the_line_is_no_longer_than_the_terminal(display, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    found = display(told := Terminal())
    found.clock.now = 11.0
    found.told("model", "epoch 7 of at most 50, loss 0.2500")
    assert all(len(line) < 30 for line in told.getvalue().split(stages.CLEAR))


def test_a_log_has_a_line_a_stage(display):
    found = display(told := io.StringIO())
    found.told("model", "epoch 1 of at most 50, loss 1.0000")
    found.clock.now = 45.0  # too long to be silent
    found.told("model", "epoch 7 of at most 50, loss 0.2500")
    assert told.getvalue().splitlines() == [
        "astronn: 3 stages",
        "[1 of 3] files: done in 10.0 s",
        "[1 of 3], 45 s gone, about 90 s left  model: epoch 7 of at most 50, loss 0.2500",
    ]


def test_what_is_left_counts_effort_and_shares():
    found = stages.Stages(io.StringIO(), Clock())
    for each in (stage("quick", 1.0), stage("slow", 9.0)):
        found.plan(each)
    assert found.left() is None
    found.begin(stage("slow", 9.0))
    found.reached("slow", 0.5)
    found.clock.now = 9.0
    assert found.left() == pytest.approx(9.0 * 5.5 / 4.5)


@pytest.mark.parametrize(
    "epoch, said",
    [
        (7, "network 1 of 3, epoch 7 of at most 50"),
        (50, "network 1 of 3, epoch 50 of at most 50"),
        (51, "network 2 of 3, epoch 1 of at most 50"),
        (150, "network 3 of 3, epoch 50 of at most 50"),
    ],
)
def test_the_member_of_an_ensemble_is_told(epoch, said):
    assert showing._where(epoch, 150, 50) == said
    assert showing._where(epoch, 150, 150) == f"epoch {epoch} of at most 150"


class Telling(FolderTask):
    """Says how far it is, and that something was to be told."""

    stage, files = "telling", ("x",)

    def make(self, folder):
        self.say("something to know")
        self.say("half", 0.5)
        (folder / "x").write_text("1")


def test_a_run_shows_each_stage_of_its_processes_once(tmp_path, capfd):
    assert run([SplitCatalogue(survey="digits", results=str(tmp_path))], shown=True)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "astronn: 3 stages" and lines[-1].startswith("astronn: 3 of 3 stages in ")
    assert [re.sub(r"[\d.]+ s$", "", line) for line in lines[1:-1]] == [
        "[1 of 3] digits files: done in ",
        "[2 of 3] digits catalogue: done in ",
        "[3 of 3] digits stratified split: done in ",
    ]
    assert stages.current() is None


def test_without_a_display_tasks_speak_for_themselves(tmp_path, capfd):
    assert run([Telling(results=str(tmp_path))])
    told = capfd.readouterr().err
    assert "telling: started" in told and "telling: something to know" in told


def test_in_a_terminal_the_line_is_wiped_at_the_end(tmp_path):
    """A whole command under a pseudo-terminal."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "pipelines.cli", "report", "digits", "--no-calibration"]
    words += ["--baseline", "majority_class", "--n-train", "100", "--options", '{"max_epochs": 2}']
    done = subprocess.Popen(
        [*words, "--results", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    told = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        told += chunk
    account = done.stdout.read().decode()
    assert done.wait(60) == 0 and "put" in account and "page: " in account
    lines = told.decode().replace("\r\n", "\n").split("\n")
    assert re.search(r"astronn: 8 of 8 stages in \d+ s$", lines[-2])
    assert "8], " in told.decode() and len(lines) < 6
    assert len(account.splitlines()) + len(lines) <= 60


def test_the_compiled_loops_are_found_once_they_are_there():
    compiling.compile_now()
    assert compiling.is_done()
