"""What a run shows of its stages: one line that changes in a terminal, a line a stage in a log.

The run's own process shows; the processes of tasks only tell it, through their connections. A run
of the ``luigi`` command has no such display: its tasks speak for themselves."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol, TextIO

CLEAR = "\r\x1b[K"  # the line that the cursor is on
SURE = 0.1  # of the work: before, nobody knows how long the rest takes
LONG = 5.0  # effort of a stage that a log names when it begins, too
LOG_EVERY_S = 30.0  # a line of a long stage in a log
BETWEEN_S = 0.1  # two changes of the line


class Stage(Protocol):
    """A task, as far as it is shown."""

    task_id: str
    effort: ClassVar[float]  # seconds on a small survey

    def describe(self) -> str:
        """The task in words."""


class Stages:
    """The stages of one run: how many, which run now, what they say, and what that leaves to do."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stream = stream or sys.stderr
        self.moves = self.stream.isatty()
        self.clock, self.started = clock, clock()
        self.planned: dict[str, Stage] = {}
        self.running: dict[str, tuple[float, str, float]] = {}  # since when, what it says, share
        self.ended: set[str] = set()
        self.shown_at = self.logged_at = self.started

    def plan(self, task: Stage) -> None:
        """A stage that must run."""
        self.planned.setdefault(task.task_id, task)

    def begin(self, task: Stage) -> None:
        """The stage runs from now on."""
        self.plan(task)
        if not self.moves and not self.running and not self.ended:
            self.say(f"astronn: {len(self.planned)} stages")
        self.running[task.task_id] = (self.clock(), "", 0.0)
        if not self.moves and task.effort >= LONG:
            self.say(f"{self.count()} {task.describe()}: started")
        self.draw()

    def told(self, task_id: str, text: str) -> None:
        """What a running stage says of itself."""
        if task_id in self.running:
            since, _, share = self.running[task_id]
            self.running[task_id] = (since, text, share)
            self.draw()

    def reached(self, task_id: str, share: float) -> None:
        """How much of a running stage is done, from 0 to 1."""
        if task_id in self.running:
            since, text, _ = self.running[task_id]
            self.running[task_id] = (since, text, share)

    def end(self, task_id: str, *, done: bool) -> None:
        """The stage is over; one that failed has said why."""
        if task_id not in self.running:
            return
        since, *_ = self.running.pop(task_id)
        self.ended.add(task_id)
        took = f"{'done' if done else 'failed'} in {self.clock() - since:.1f} s"
        if not self.moves:
            self.say(f"{self.count()} {self.planned[task_id].describe()}: {took}")
        self.draw()

    def count(self) -> str:
        """ "[ 7 of 24]": stages that are over, and all."""
        n = str(len(self.planned))
        return f"[{len(self.ended):{len(n)}} of {n}]"

    def line(self) -> str:
        """How far the run is, in a line."""
        parts = [self.count(), f"{_in_words(self.clock() - self.started)} gone"]
        left = self.left()
        parts += [f"about {_in_words(left)} left"] if left is not None else []
        running = [
            ": ".join(filter(None, [self.planned[task_id].describe(), text]))
            for task_id, (_, text, _) in reversed(self.running.items())
        ]
        telling = sorted(running, key=lambda text: ": " not in text)[:1]
        more = [f"and {len(running) - 1} more"] if len(running) > 1 else []
        return ", ".join(parts) + "  " + ", ".join(telling + more)

    def left(self) -> float | None:
        """Seconds to go, by the effort of what is done and what is not; None while too little is
        done to tell.
        """
        whole = sum(task.effort for task in self.planned.values())
        done = sum(self.planned[task_id].effort for task_id in self.ended)
        done += sum(
            share * self.planned[task_id].effort for task_id, (_, _, share) in self.running.items()
        )
        if done < SURE * whole or not whole:
            return None
        return (self.clock() - self.started) * (whole - done) / done

    def draw(self) -> None:
        """Show how far the run is, unless that was done a moment ago."""
        now = self.clock()
        if self.moves and now - self.shown_at >= BETWEEN_S:
            self.shown_at = now
            width = shutil.get_terminal_size().columns - 1
            self._write(CLEAR + self.line()[: max(1, width)])
        if not self.moves and now - self.logged_at > LOG_EVERY_S and self.running:
            self.say(self.line())

    def say(self, text: str) -> None:
        """A line that stays."""
        self.logged_at = self.clock()
        self._write(f"{CLEAR if self.moves else ''}{text}\n")

    def close(self) -> None:
        """Leave one line that says what was done."""
        if self.ended:
            took = _in_words(self.clock() - self.started)
            self.say(f"astronn: {len(self.ended)} of {len(self.planned)} stages in {took}")

    def clear(self) -> None:
        """Leave no line that changes."""
        self._write(CLEAR)

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            self.moves = False


class _Shown:
    """Whether this process shows the stages itself, or tells one that does."""

    here: Stages | None = None
    by_caller = False


def current() -> Stages | None:
    """The display of this process, if it has one."""
    return _Shown.here


def shown_by_caller(answer: bool | None = None) -> bool:
    """Whether the process that this one was forked for shows what is told; set by ``answer``."""
    if answer is not None:
        _Shown.by_caller = answer
    return _Shown.by_caller


@contextmanager
def shown() -> Iterator[Stages]:
    """Show the stages of what is run inside."""
    _Shown.here = found = Stages()
    try:
        yield found
        found.close()
    finally:
        _Shown.here = None
        if found.moves:
            found.clear()


def print_line(text: str) -> None:
    """A line on standard error, wherever a line that changes stands."""
    if _Shown.here is not None:
        _Shown.here.say(text)
        return
    clear = CLEAR if _Shown.by_caller and sys.stderr.isatty() else ""
    print(f"{clear}{text}", file=sys.stderr, flush=True)


def hear(name: str, task_id: str, values: tuple[Any, ...]) -> None:
    """What the reporter of a task was told by its process, by the names of Luigi's reporter."""
    found = _Shown.here
    if found is not None and name == "update_status_message":
        found.told(task_id, str(values[0]))
    elif found is not None and name == "update_progress_percentage":
        found.reached(task_id, float(values[0]) / 100)


def _in_words(seconds: float) -> str:
    """ "12 s", "3 min", "2.5 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
