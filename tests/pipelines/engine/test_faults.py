"""Faults of the machine: one line that names the cause and the remedy, nothing lost, nothing
half-made published.
"""

import errno
import os
import signal
import subprocess
import sys
import time

import luigi
import numpy as np
import pytest
import torch
from processes import HANG_S

from pipelines.engine import faults
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run
from reports.errors import ReportError


class Small(FolderTask):
    """A finished neighbour."""

    stage, files = "small", ("x",)

    def make(self, folder):
        (folder / "x").write_text("1")


class Faulty(FolderTask):
    """Does what is asked of it to itself."""

    stage, files, heavy = "faulty", ("x",), ("torch",)
    fault = luigi.Parameter()

    def make(self, folder):
        {
            "memory": lambda: np.ones(1 << 50),
            "torch": lambda: torch.ones(1 << 50),
            "limit": lambda: self._with_little_memory(),
            "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "hung up": lambda: self._hang_up(),
            "left": lambda: os._exit(3),
            "fills": lambda: (folder / "x").write_bytes(bytes(1 << 20)),
            "user": lambda: self._refuse(),
        }[self.fault]()

    def _hang_up(self):
        signal.signal(
            signal.SIGHUP, signal.SIG_DFL
        )  # nohup, under which the tests may run, has it ignored
        os.kill(os.getpid(), signal.SIGHUP)

    def _with_little_memory(self):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (1 << 34, 1 << 34))
        return bytearray(1 << 35)

    def _refuse(self):
        raise ReportError("No space left on device is only quoted here")


SAID = {
    "memory": "out of memory (Unable to allocate",
    "torch": "out of memory",
    "limit": "out of memory (the system gave no more); remedy: use fewer --workers",
    "killed": (
        "its process was killed (SIGKILL): as a rule the system ran out of memory; remedy: use"
        " fewer --workers"
    ),
    "hung up": "its process ended by SIGHUP; remedy: run the same command again",
    "left": "its process ended by exit code 3",
}


@pytest.mark.parametrize("fault", SAID)
def test_a_worker_that_dies_or_has_no_memory_says_so_in_one_line(tmp_path, capfd, fault):
    good, bad = Small(results=str(tmp_path)), Faulty(fault=fault, results=str(tmp_path))
    assert not run([bad, good])
    assert good.complete() and not bad.folder().exists()
    told = [line for line in capfd.readouterr().err.splitlines() if "error" in line]
    assert (
        len(told) == 1 and told[0].startswith("astronn: error: faulty: ") and SAID[fault] in told[0]
    )


def test_a_mistake_of_the_users_keeps_its_own_words(tmp_path, capfd):
    assert not run([Faulty(fault="user", results=str(tmp_path))])
    assert "astronn: error: No space left on device is only quoted here\n" in capfd.readouterr().err


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True
    ).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_room(small_disk, capfd):
    good, bad = Small(results=str(small_disk)), Faulty(fault="fills", results=str(small_disk))
    assert run([good]) and not run([bad])
    told = capfd.readouterr().err
    assert (
        "astronn: error: faulty: a file cannot be read or written: there is no space left on the"
        " disk" in told
    )
    assert "Traceback" not in told and good.complete() and not bad.folder().exists()
    assert not list(small_disk.rglob(".scratch*"))
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert run([bad]) and bad.path("x").stat().st_size == 1 << 20


def test_a_disk_that_has_become_read_only_is_refused_before_any_work(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(
        ValueError,
        match=r"results folder .*disk.* cannot be written \(Read-only file system\); choose",
    ):
        run([Small(results=str(small_disk))])


@pytest.mark.parametrize("number", faults.DISK)
def test_every_fault_of_the_disk_has_cause_path_and_remedy(number):
    words = faults.in_words(OSError(number, os.strerror(number), "/results/x"))
    assert (
        faults.DISK[number] in words
        and "(/results/x); remedy: " in words
        and "what was finished stays" in words
    )


@pytest.mark.parametrize("text", faults.TEXTS)
def test_words_of_other_libraries_are_known(text):
    words = faults.in_words(RuntimeError(f"Error while serializing: {text} (os error 28)"))
    assert faults.TEXTS[text] in words and "remedy" in words


def test_other_errors_keep_their_traceback():
    assert faults.in_words(OSError(errno.ENOENT, "No such file or directory")) is None
    assert faults.in_words(ValueError("broken")) is None


JUMPS = """
import sys, time
real = time.time
jump = 0.0
time.time = lambda: real() + jump

import luigi, luigi.scheduler
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run

class First(FolderTask):
    stage, files = "first", ("x",)
    def make(self, folder):
        time.sleep(1.0)
        (folder / "x").write_text("1")

class Second(First):
    stage = "second"
    def requires(self):
        return First(results=self.results)

import threading
def later():
    global jump
    time.sleep(0.6)
    jump = float(sys.argv[2])
threading.Thread(target=later, daemon=True).start()
sys.exit(0 if run([Second(results=sys.argv[1])]) else 1)
"""


@pytest.mark.parametrize("jump", [86400.0, -86400.0], ids=["a day ahead", "a day back"])
def test_a_clock_that_jumps_during_a_task_does_no_harm(tmp_path, jump):
    done = subprocess.run(
        [sys.executable, "-c", JUMPS, str(tmp_path), str(jump)],
        timeout=HANG_S,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*/x"))) == 2


def test_a_machine_that_slept_does_not_take_its_own_worker_for_dead(monkeypatch):
    """Luigi prunes workers not heard of for 60 s before it asks who is asking: a suspended laptop
    failed its own run.
    """
    scheduler = luigi.interface._WorkerSchedulerFactory().create_local_scheduler()
    for name in ("running", "waiting"):
        scheduler.add_task(worker="own", task_id=name, family=name, params={})
    assert scheduler.get_work(worker="own")["task_id"] == "running"
    now = time.time()
    monkeypatch.setattr(luigi.scheduler.time, "time", lambda: now + 130)
    scheduler.get_work(worker="own")
    assert {"running"} <= set(scheduler.task_list("RUNNING", ""))
    assert not scheduler.task_list("FAILED", "", limit=False)


def test_a_fetched_file_that_is_damaged_before_it_is_read_is_found_and_fetched_anew(
    tmp_path, monkeypatch
):
    from pipelines.errors import PipelineError
    from pipelines.tasks.ingest import FetchSurvey

    own = tmp_path / "NGC.csv"
    own.write_bytes(b"Name;Type\n" * 99)
    task = FetchSurvey(
        survey="openngc", inputs_from={"NGC.csv": str(own)}, results=str(tmp_path / "results")
    )
    assert run([task]) and task.paths() == {"NGC.csv": own}
    own.write_bytes(b"Name;Type\n" * 98 + b"Name;Typf\n")
    words = r"NGC.csv: the bytes are not those that were fetched .*remedy: run the same command"
    with pytest.raises(PipelineError, match=words):
        task.paths()
    assert not task.complete()
