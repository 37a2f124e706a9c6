"""A clean process that the processes of tasks are forked from.

Whoever runs a pipeline may have used torch or scikit-learn before, whose OpenMP threads a fork does
not have and waits for, for ever. So nothing is forked from the caller: a fresh Python imports what
the tasks need, computes nothing, and is forked for each task. It costs no more than importing the
same modules in the caller, and does so while the caller still looks at what is to be done.

multiprocessing's own fork server would run the caller's script again in each child, keeps the
environment and the standard streams of the moment it was started, imports from the working
directory, and lets its children live on when the caller is killed; none of this will do here. When
the caller dies, however it does, this server ends what it has forked, and itself."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, NoReturn

from catalogs.files import atomic, unpacking

Main = Callable[[Connection], None]
GRACE_S = 3.0  # between asking a process to end and ending it
START = (  # sys.path as the caller has it, and nothing of the folder it works in (-P)
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pipelines.engine import"
    " forkserver; forkserver.serve(int(sys.argv[2]), sys.argv[3])"
)


class ForkServer:
    """The caller's side: one server, started when it is first needed."""

    def __init__(self, main: str) -> None:
        """``main`` names what a child runs, "module:function", given a connection."""
        self.main = main
        os.register_at_fork(after_in_child=self._forget)  # a fork of the caller has its own
        self.control: Connection | None = None
        self.numbers = itertools.count()
        self.imported: set[str] = set()

    def preload(self, modules: Iterable[str]) -> None:
        """Have the server import ``modules``; nothing waits for it."""
        wanted = [name for name in dict.fromkeys(modules) if name not in self.imported]
        if wanted:
            self._control().send(("import", wanted))
            self.imported.update(wanted)

    def fork(self) -> tuple[int, Connection]:
        """A new child: its number, and the connection that its main function is given the other
        end of.
        """
        control, number = self._control(), next(self.numbers)
        ours, theirs = socket.socketpair()
        control.send(("fork", number))
        with socket.socket(fileno=os.dup(control.fileno())) as channel, theirs:
            socket.send_fds(channel, [b"f"], [theirs.fileno(), *_streams()])
        return number, Connection(ours.detach())

    def _forget(self) -> None:
        if self.control is not None and not self.control.closed:
            self.control.close()
        self.control, self.imported = None, set()

    def close(self) -> None:
        """Let the server, and all that it has forked, end."""
        if self.control is not None:
            self.control.close()
        self.control, self.imported = None, set()

    def _control(self) -> Connection:
        if self.control is None or self.control.closed:
            self.control, self.imported = _start(self.main), set()
        return self.control


def _streams() -> list[int]:
    """Standard output and error of this process; what is closed becomes the null device."""
    found = []
    for number in (1, 2):
        try:
            os.fstat(number)
        except OSError:
            number = os.open(os.devnull, os.O_WRONLY)
        found.append(number)
    return found


def _start(main: str) -> Connection:
    ours, theirs = socket.socketpair()
    with theirs:
        words = [json.dumps(sys.path), str(theirs.fileno()), main]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LUIGI_CONFIG")}
        server = subprocess.Popen(
            [sys.executable, "-P", "-c", START, *words],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd="/",  # where no luigi.cfg of somebody's is read
            env=environment,
        )
    control = Connection(ours.detach())
    atexit.register(_reap, server, control)
    return control


def _reap(server: subprocess.Popen, control: Connection) -> None:
    with contextlib.suppress(OSError):
        control.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(2 * GRACE_S)


def serve(descriptor: int, main: str) -> None:
    """The server's side: import, fork, tell who has ended; end when the caller has closed its
    end.
    """
    for heard in (signal.SIGINT, signal.SIGHUP):
        signal.signal(heard, signal.SIG_IGN)  # the caller hears of it and says what is to be done
    control, fork = Connection(descriptor), multiprocessing.get_context("fork")
    children: dict[int, tuple[int, BaseProcess]] = {}  # by sentinel
    try:
        while True:
            for ready in wait([control, *children]):
                if ready is control:
                    _obey(control, fork, main, children)
                else:
                    number, child = children.pop(int(ready))  # type: ignore[arg-type]
                    child.join()
                    control.send(("ended", number, child.exitcode))
    except (EOFError, OSError):  # the caller is gone
        _end(child for _, child in children.values())


def _obey(control: Connection, fork: Any, main: str, children: dict) -> None:
    word, content = control.recv()
    if word == "import":
        for name in content:
            with contextlib.suppress(Exception):  # the task that needs it says what is wrong
                import_module(name)
        return
    with socket.socket(fileno=os.dup(control.fileno())) as channel:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 3)
    child = fork.Process(target=_child, args=(control, main, descriptors))
    child.start()
    for descriptor in descriptors:
        os.close(descriptor)
    children[child.sentinel] = (content, child)
    control.send(("began", content, child.pid))


def _child(control: Connection, main: str, descriptors: list[int]) -> None:
    control.close()
    channel, out, err = descriptors
    for own, standard in ((out, 1), (err, 2)):
        os.dup2(own, standard)
        os.close(own)
    module, _, function = main.partition(":")
    signal.signal(signal.SIGTERM, _stop)
    try:
        with Connection(channel) as connection:
            getattr(import_module(module), function)(connection)
    finally:
        unpacking.clear()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End here and now, without a word and without what is half made. An exception would do so
    only where it gets through: a library that is called back may swallow it, or wrap it and have it
    written below the line that says why the run ended.
    """
    atomic.clear()
    unpacking.clear()
    os._exit(128 + number)


def _end(children: Iterable[BaseProcess]) -> None:
    """Ask children to end, and end those that do not."""
    alive = list(children)
    for child in alive:
        child.terminate()
    deadline = time.monotonic() + GRACE_S
    for child in alive:
        child.join(max(0.0, deadline - time.monotonic()))
        if child.is_alive():
            child.kill()
