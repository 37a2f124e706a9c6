"""What every task of the pipeline shares: its key, its folder, its manifest, and how it fails."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import luigi
import luigi.worker
from luigi.task import flatten

from astronn.errors import AstronnError
from catalogs.errors import CatalogueError, listed
from catalogs.names import shown
from pipelines.engine import faults, processes, settings, stages
from pipelines.engine.repeat import luigi_line
from pipelines.errors import PipelineError
from pipelines.store import manifest
from pipelines.store.keys import canonical, digest, renamed
from pipelines.store.publish import UNFINISHED, published, workshop
from reports.errors import ReportError

settings.apply_luigi_defaults()
luigi.worker.Worker = processes.Worker  # type: ignore[misc]  # for the `luigi` command and luigi.build as well

LOG_EVERY_S = 30.0  # a line of a long task in a log
USER_ERRORS = (AstronnError, CatalogueError, PipelineError, ReportError)


class FolderTask(luigi.Task):
    """One folder of results, addressed by the digest of all that made it and published whole.

    A subclass names the ``stage`` and the ``files`` it writes, raises ``code_version`` whenever the
    same parameters would give other bytes, and writes the files in ``make``."""

    stage: ClassVar[str]
    code_version: ClassVar[int] = 1
    retry_count = 1  # what failed once in a run would fail again: every random choice is seeded
    effort: ClassVar[float] = 0.3  # seconds on a small survey, for what is left of a run
    _said = 0.0  # when the last line was printed, by the monotonic clock
    heavy: ClassVar[
        tuple[str, ...]
    ] = ()  # modules that make() needs and that take seconds to import

    results = luigi.Parameter(
        default=settings.default_results(),
        description="the folder under which all results are written",
    )

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that ``make`` writes; one that ends in '/' is a folder's whole
        content.
        """
        raise NotImplementedError

    @property
    def resumable(self) -> bool:
        """Whether make() leaves unfinished work in ``unfinished()`` and goes on from it."""
        return False

    def make(self, folder: Path) -> dict | None:
        """Write every file of ``files`` into ``folder``; what is returned is added to the
        manifest.
        """
        raise NotImplementedError

    def label(self) -> str:
        """The part of the folder's name that a person reads."""
        return self.stage

    def inputs(self) -> dict[str, str]:
        """Name and SHA-256 of each file from outside the pipeline that the task reads."""
        return {}

    def parameters(self) -> dict:
        """The significant parameters in canonical form, without the results folder."""
        values = {}
        for name, parameter in self.get_params():
            if parameter.significant and name != "results":
                value = getattr(self, name)
                is_text_of_number = isinstance(value, str) and isinstance(
                    parameter, (luigi.IntParameter, luigi.FloatParameter)
                )
                values[name] = canonical(parameter.parse(value) if is_text_of_number else value)
        return values

    def upstream(self) -> list[FolderTask]:
        return flatten(self.requires())

    def key(self) -> str:
        """The digest of task, code version, parameters, inputs and the keys of everything
        upstream.
        """
        if not hasattr(self, "_key"):
            self._key = digest(
                {
                    "task": self.task_family,
                    "code_version": self.code_version,
                    "parameters": self.parameters(),
                    "inputs": self.inputs(),
                    "upstream": [task.key() for task in self.upstream()],
                }
            )
        return self._key

    def place(self) -> tuple[str, ...]:
        """The folders between the results folder and this task's own."""
        return ()

    def folder(self) -> Path:
        return Path(self.results).joinpath(*self.place(), f"{self.label()}-{self.key()}")

    def unfinished(self) -> Path:
        """The folder for work that outlives a kill, of a ``resumable`` task; it is removed when the
        result is published.
        """
        return self.folder().with_name(f"{UNFINISHED}{self.folder().name}")

    def path(self, name: str) -> Path:
        """The path of one of the declared files."""
        if name not in self.files:
            raise KeyError(
                f"{self.task_family} declares no file {name!r}; it writes: {', '.join(self.files)}"
            )
        return self.folder() / name

    def output(self) -> dict[str, luigi.LocalTarget]:
        names = (*self.files, manifest.NAME)
        return {name: luigi.LocalTarget(str(self.folder() / name)) for name in names}

    def complete(self) -> bool:
        """Whether every file is there with the bytes that were made, which are looked at once a
        run.
        """
        return not self.damage()

    def damage(self) -> list[str]:
        """What is not as it was made, a few words a file; what was never made is that too."""
        return manifest.damage(self.folder(), self.files, self.key())

    def deps(self):
        """The tasks this one waits for. Luigi asks only when the task must run: the process that
        tasks are forked from begins to import what this one needs, which spares every task the
        seconds it takes. What is further up may be read as well: whatever is damaged of it is
        made anew before.
        """
        processes.prepare(self, self.heavy)
        if (shown := stages.current()) is not None:
            shown.plan(self)
        near = super().deps()
        return [*near, *(task for task in above(near) if not task.complete())]

    def run(self) -> None:
        started, clock = datetime.datetime.now(datetime.UTC), time.perf_counter()
        self._tell_stage("started")
        if self.folder().exists() and (damage := self.damage()):
            self.say(f"made anew, for it is not as it was made: {listed(damage)}")
            shutil.rmtree(self.folder())
        kept = workshop(self.unfinished()) if self.resumable else contextlib.nullcontext()
        with kept:
            if self.resumable and self.complete():
                return  # another process, which held the unfinished work, has made it
            duration = self._publish(started, clock)
        self._tell_stage(f"done in {duration:.1f} s")

    def _publish(self, started: datetime.datetime, clock: float) -> float:
        """Make the folder and publish it; return the seconds since ``clock``."""
        with published(self.folder()) as folder:
            extra = self.make(folder) or {}
            self._check_files(folder)
            duration = time.perf_counter() - clock
            manifest.write(
                folder,
                {**self.record(), **extra, "started": started.isoformat(), "duration_s": duration},
            )
        renamed(folder, self.folder())
        return duration

    def _check_files(self, folder: Path) -> None:
        """What is declared must be there, and nothing else; a name that ends in '/' declares a
        folder's whole content.
        """
        missing = [name for name in self.files if not (folder / name).exists()]
        written = {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        }
        declared = tuple(name for name in self.files if name.endswith("/"))
        undeclared = sorted(
            name for name in written - set(self.files) if not name.startswith(declared)
        )
        if missing or undeclared:
            raise RuntimeError(
                f"{self.task_family} did not write {missing} and wrote undeclared {undeclared}"
            )

    def record(self) -> dict:
        """The part of the manifest that is known before the work: what the key was made of."""
        return {
            "task": self.task_family,
            "key": self.key(),
            "code_version": self.code_version,
            "parameters": self.parameters(),
            "inputs": self.inputs(),
            "upstream": {task.folder().name: task.key() for task in self.upstream()},
            "repeat": luigi_line(self),
        }

    def _tell_stage(self, text: str) -> None:
        """Tell where the task stands, which a run that shows its stages knows by itself."""
        if stages.shown_by_caller():
            return
        self.say(text)

    def say(self, text: str, fraction: float | None = None) -> None:
        """Tell a person at the terminal, the log, and ``luigid``'s page how far the task is
        (fraction from 0 to 1). A terminal has a bar for the fraction; a log gets a line now and
        then; a run that shows its stages puts the fraction there.
        """
        shows = sys.stderr.isatty() or stages.shown_by_caller()
        if fraction is None or (not shows and time.monotonic() - self._said > LOG_EVERY_S):
            self._said = time.monotonic()
            stages.print_line(f"{self.describe()}: {text}")
        if self.set_status_message:
            self.set_status_message(text)
        if fraction is not None and self.set_progress_percentage:
            self.set_progress_percentage(round(100 * fraction))

    def describe(self) -> str:
        """The task in words."""
        return " ".join((*self.place(), self.label()))

    def on_failure(self, exception: BaseException) -> str:
        """One line for a mistake of the user's and a fault of the machine, the whole traceback for
        a mistake of ours.
        """
        fault = faults.in_words(exception)
        if isinstance(exception, USER_ERRORS):
            message = f"astronn: error: {shown(exception)}"
        elif fault is not None:
            message = f"astronn: error: {self.describe()}: {shown(fault)}"
        else:
            message = "".join(traceback.format_exception(exception)).rstrip()
        stages.print_line(message)
        return message


def above(tasks: Sequence[luigi.Task]) -> list[FolderTask]:
    """All that ``tasks`` were made from, near and far, once each."""
    found: dict[str, FolderTask] = {}
    ahead = list(tasks)
    while ahead:
        task = ahead.pop()
        more = {
            each.task_id: each for each in flatten(task.requires()) if each.task_id not in found
        }
        found |= more
        ahead += more.values()
    return list(found.values())


@FolderTask.event_handler(luigi.Event.PROCESS_FAILURE)
def _process_died(task: FolderTask, message: str) -> None:
    """Say in one line why the process of a task has ended without a word; the message ends with the
    exit code.
    """
    words = faults.of_exit(int(message.rsplit(" ", 1)[-1]), processes.SILENT_S)
    stages.print_line(f"astronn: error: {task.describe()}: {words}")
