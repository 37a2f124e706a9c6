"""Luigi's worker with its tasks in clean processes: forked from pipelines.engine.forkserver, never
from the caller.

Each child has a connection of its own, so that one which is killed in the middle of a word cannot
hold up the others; whatever way a child ends, the worker hears of it. One that does nothing at all
for a long time (no computing, no reading, no writing) is taken for hung and ended."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

import luigi
import luigi.configuration
import psutil
from luigi.scheduler import DONE, FAILED
from luigi.worker import TaskProcess, TaskStatusReporter
from luigi.worker import Worker as LuigiWorker

from pipelines.engine import configuration, faults, stages
from pipelines.engine.forkserver import GRACE_S, ForkServer
from pipelines.store import keys

SILENT_S = 600.0  # a process that does nothing for so long never will
LOOK_S = 5.0  # between two looks at what the processes do
LATER = {  # modules that others import when they are first used: once for all tasks is enough
    "pyarrow.parquet": ("pyarrow.dataset", "pyarrow.pandas_compat"),
    "astronn.training.compiled.backpropagation": (
        "numba.cpython.unicode",
        "numba.np.linalg",
        "numba.typed.typeddict",
        "numba.np.random.generator_core",
        "numba.core.typing.arraydecl",
        "numba.core.inline_closurecall",
        "numba.cpython.mathimpl",
        "numba.np.npyimpl",
    ),
}
LOGGERS = ("luigi", "luigi-interface", "luigi.scheduler")
server = ForkServer("pipelines.engine.processes:carry_out")
_is_child = False


def prepare(task: luigi.Task, heavy: tuple[str, ...]) -> None:
    """Let the processes of tasks have what ``task`` needs, before it is its turn."""
    own = type(task).__module__
    if not _is_child:
        later = [name for module in heavy for name in LATER.get(module, ())]
        server.preload([__name__, *([own] if own.startswith("pipelines.") else []), *heavy, *later])


def carry_out(connection: Connection) -> None:
    """What a child does: the task that the connection brings, by Luigi's own rules."""
    global _is_child
    _is_child = True
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the worker hears of it too, and ends its children
    order = connection.recv()
    _enter(order)
    if order["method"]:
        connection.send(_called(order["tasks"], order["method"]))
        return
    (task,) = map(_task, order["tasks"])
    said = _Said(connection)
    TaskProcess(task, order["worker"], said, said, use_multiprocessing=True, **order["how"]).run()


def _enter(order: dict[str, Any]) -> None:
    """Be where the caller is, with what it knows."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    os.umask(order["umask"])
    sys.path[:] = order["path"]
    configuration.take(order["configuration"])
    stages.shown_by_caller(order["shows"])
    for name, level in order["logging"].items():
        logging.getLogger(name).setLevel(level)
    logging.basicConfig(format="%(levelname)s: %(message)s")
    keys.learn(order["digests"])


def _surroundings() -> dict[str, Any]:
    """What ``_enter`` is told."""
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "umask": _umask(),
        "path": sys.path,
        "configuration": configuration.held(),
        "logging": {name: logging.getLogger(name).getEffectiveLevel() for name in LOGGERS},
        "digests": keys.known(),
        "shows": stages.current() is not None,
    }


def _umask() -> int:
    """The rights that new files do not get; they can only be read by setting them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _named(task: luigi.Task) -> tuple[str, str, dict[str, Any]]:
    """The task in words that another process understands."""
    return type(task).__module__, type(task).__name__, task.param_kwargs


def _task(named: tuple[str, str, dict[str, Any]]) -> luigi.Task:
    module, name, values = named
    return getattr(import_module(module), name)(**values)


Fault = tuple[str, str, tuple, str]  # of an exception: module, class, arguments, traceback


def _called(tasks: list[tuple], method: str) -> Fault | None:
    """What stopped the method of one of the tasks, None if nothing."""
    try:
        for named in tasks:
            getattr(_task(named), method)()
    except Exception as error:
        kind, said = type(error), "".join(traceback.format_exception(error))
        return kind.__module__, kind.__name__, error.args, said
    return None


def _restored(fault: Fault) -> Exception:
    """The exception of another process; one that cannot be made here as its traceback."""
    module, name, values, said = fault
    try:
        found = getattr(import_module(module), name)(*values)
    except Exception:
        return RuntimeError(said)
    return found if isinstance(found, Exception) else RuntimeError(said)


def call(tasks: Sequence[luigi.Task], method: str) -> None:
    """Call a method without arguments of each task in a clean process, which has imported by then
    what the tasks need; what it raises is raised here.
    """
    if not all(_is_importable(type(task)) for task in tasks):
        for task in tasks:
            getattr(task, method)()
        return
    _, connection = server.fork()
    with connection:
        order = {"tasks": [_named(task) for task in tasks], "method": method}
        connection.send({**order, **_surroundings()})
        try:
            if not connection.poll(SILENT_S):
                raise TimeoutError(f"the process that looks at {tasks[0].task_family} is silent")
            fault = connection.recv()
        except EOFError:
            raise RuntimeError(f"the process that looks at {tasks[0].task_family} died") from None
    if fault is not None:
        raise _restored(fault)


class _Said:
    """In a child, Luigi's queue of results and its reporter of progress: what is said goes through
    the connection.
    """

    scheduler_messages = None

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def put(self, result: tuple) -> None:
        self._send("result", result, keys.known())

    def __getattr__(self, name: str):
        return lambda *values: self._send("report", name, values)

    def _send(self, *words: object) -> None:
        try:
            self.connection.send(words)
        except OSError:  # nobody listens any more
            sys.exit(1)


class CleanProcess(TaskProcess):
    """A task in a process of its own, as Luigi's worker handles it."""

    connection: Connection  # of a process that was started
    number, child, answered, over = -1, 0, False, False

    def order(self) -> dict[str, Any]:
        return {
            "tasks": [_named(self.task)],
            "method": "",
            "worker": self.worker_id,
            "how": {
                name: getattr(self, name)
                for name in ("check_unfulfilled_deps", "check_complete_on_run")
            },
            **_surroundings(),
        }

    def start(self) -> None:
        self.number, self.connection = server.fork()
        self.seen: object = None
        self.silent_s = 0.0
        self.connection.send(self.order())

    def is_alive(self) -> bool:
        return not self.over

    @property
    def exitcode(self) -> int | None:
        return None  # Results tells of every end

    def terminate(self) -> None:
        """End the process and all that it has started."""
        if not self.child or self.over:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            tree = [
                psutil.Process(self.child),
                *psutil.Process(self.child).children(recursive=True),
            ]
            for end in (psutil.Process.terminate, psutil.Process.kill):
                for process in tree:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        end(process)
                _, tree = psutil.wait_procs(tree, GRACE_S)

    def does_nothing(self, passed_s: float) -> bool:
        """Whether neither it nor what it has started has done anything for SILENT_S; to be asked
        now and then.
        """
        seen = _activity(self.child) if self.child else None
        self.silent_s = self.silent_s + passed_s if seen == self.seen else 0.0
        self.seen = seen
        return self.silent_s > SILENT_S


def _activity(pid: int) -> object:
    """Processor time and bytes of a process and its descendants; what changes when they do
    anything.
    """
    found: list[object] = []
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error, AttributeError):
                found.append((process.pid, process.cpu_times()[:2]))
                found.append(process.io_counters())  # not on macOS
    return found


class Results:
    """In place of the worker's queue: what the children say, and how they end."""

    def __init__(self) -> None:
        self.ready: deque[tuple] = deque()
        self.running: dict[int, CleanProcess] = {}
        self.looked = time.monotonic()

    def put(self, result: tuple) -> None:
        self.ready.append(result)

    def get(self, timeout: float) -> tuple:
        """The next result; queue.Empty if there is none in ``timeout`` seconds."""
        if not self.ready:
            self._listen(timeout)
            self._look()
        shown = stages.current()
        if not self.ready:
            if shown is not None:
                shown.draw()
            raise queue.Empty
        result = self.ready.popleft()
        if shown is not None:
            shown.end(result[0], done=result[1] == DONE)
        return result

    def close(self) -> None:
        for process in self.running.values():
            process.connection.close()
        self.running.clear()

    def _listen(self, timeout: float) -> None:
        talking: dict[object, CleanProcess] = {
            process.connection: process
            for process in self.running.values()
            if not process.connection.closed
        }
        control = [server.control] if server.control and not server.control.closed else []
        if not talking and not control:
            time.sleep(timeout)
        channels = [process.connection for process in talking.values()]
        for ready in wait([*control, *channels], timeout):
            if ready in talking:
                self._hear(talking[ready])
            else:
                self._server_says(control[0])

    def _server_says(self, control: Connection) -> None:
        try:
            word, number, value = control.recv()
        except (EOFError, OSError):
            server.close()
            for process in list(self.running.values()):
                process.terminate()
                self._over(process, -signal.SIGKILL)
            return
        if number not in self.running:
            return
        process = self.running[number]
        if word == "began":
            process.child = value
        else:
            while not process.connection.closed and process.connection.poll():
                self._hear(process)
            self._over(process, value)

    def _hear(self, process: CleanProcess) -> None:
        try:
            word, *content = process.connection.recv()
        except (EOFError, OSError):
            process.connection.close()  # its end is told by the server
            return
        if word == "result":
            process.answered = True
            keys.learn(content[1])
            self.put(content[0])
        else:
            process.silent_s = 0.0
            name, values = content
            getattr(process.status_reporter, name)(*values)
            stages.hear(name, process.task.task_id, values)

    def _over(self, process: CleanProcess, code: int) -> None:
        """The process has ended."""
        process.over = True
        process.connection.close()
        self.running.pop(process.number, None)
        if not process.answered:
            self._failed(process, code)

    def _failed(self, process: CleanProcess, code: int) -> None:
        process.answered = True
        message = f"the process of {process.task.task_id} died with exit code {code}"
        process.task.trigger_event(luigi.Event.PROCESS_FAILURE, process.task, message)
        self.put((process.task.task_id, FAILED, message, [], []))

    def _look(self) -> None:
        """Now and then, whether any process has hung up. The clock counts no more than twice the
        time between two looks: a machine that was asleep has not waited.
        """
        passed = time.monotonic() - self.looked
        if passed < min(LOOK_S, SILENT_S / 2):
            return
        self.looked = time.monotonic()
        for process in list(self.running.values()):
            if process.does_nothing(min(passed, 2 * LOOK_S)) and not process.answered:
                process.terminate()
                self._failed(process, faults.SILENT)


class Worker(LuigiWorker):
    """Luigi's worker; the class takes the place of Luigi's own when ``pipelines`` is imported."""

    def __init__(self, *values, **named) -> None:
        super().__init__(*values, **named)
        self._task_result_queue.close()
        self.results = self._task_result_queue = Results()  # type: ignore[assignment]

    def _create_task_process(self, task: luigi.Task) -> TaskProcess:
        """A clean process; a task of a notebook's or script's own, or one that is sent messages, is
        run by the caller itself: no other process knows its class.
        """
        made = super()._create_task_process(task)
        if not made.use_multiprocessing:
            return made
        if task.accepts_messages or not _is_importable(type(task)):
            made.use_multiprocessing = False
            return made
        clean = CleanProcess(
            task,
            self._id,
            self._task_result_queue,
            TaskStatusReporter(self._scheduler, task.task_id, self._id, None),
            use_multiprocessing=True,
            worker_timeout=self._config.timeout,
            check_unfulfilled_deps=self._config.check_unfulfilled_deps,
            check_complete_on_run=self._config.check_complete_on_run,
        )
        return clean

    def _run_task(self, task_id: str) -> None:
        shown, task = stages.current(), self._scheduled_tasks[task_id]
        if shown is not None and hasattr(task, "effort"):
            shown.begin(task)
        super()._run_task(task_id)
        process = self._running_tasks.get(task_id)
        if isinstance(process, CleanProcess):
            self.results.running[process.number] = process


def _is_importable(kind: type) -> bool:
    """Whether a fresh process finds the class under its name."""
    module = sys.modules.get(kind.__module__)
    return kind.__module__ != "__main__" and getattr(module, kind.__qualname__, None) is kind
