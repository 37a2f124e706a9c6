"""Running tasks from the command line: quietly, with errors of one line and exit codes that tell
the truth.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import luigi

from pipelines.engine import processes, stages
from pipelines.engine.base import USER_ERRORS, FolderTask, above
from pipelines.engine.processes import LOGGERS
from pipelines.errors import PipelineError
from pipelines.store.publish import sweep_all


def run(
    tasks: Sequence[FolderTask], *, workers: int = 1, verbose: bool = False, shown: bool = False
) -> bool:
    """Run ``tasks`` and all they need under Luigi's local scheduler; True if every one of them
    succeeded.

    The message of a failed task has by then been printed to standard error by the task itself.
    Results that were finished before a failure stay. ``verbose`` shows Luigi's own log, ``shown``
    how many stages are done and what is left."""
    for results in {Path(task.results) for task in tasks}:
        check_writable(results)
        sweep_all(results)
    _set_logging(verbose)
    with stages.shown() if shown and not verbose else contextlib.nullcontext():
        outcome = luigi.build(
            tasks,
            local_scheduler=True,
            detailed_summary=True,
            workers=workers,
            log_level="INFO" if verbose else "CRITICAL",
        )
    if verbose:
        print(outcome.summary_text, file=sys.stderr)
    return outcome.scheduling_succeeded and all(task.complete() for task in tasks)


def check(tasks: Sequence[FolderTask]) -> None:
    """Raise what the ``check`` of a task that is not complete raises. It looks at networks, so it
    is done where torch is loaded for the tasks anyway.
    """
    todo = [task for task in tasks if not task.complete()]
    if not todo:
        return
    with contextlib.suppress(*USER_ERRORS):  # check says it better
        for task in (*todo, *above(todo)):
            if not task.complete():
                processes.prepare(task, task.heavy)
    processes.call(todo, "check")


def share_cores(workers: int) -> None:
    """Give each of ``workers`` processes its share of the cores, unless OMP_NUM_THREADS says
    otherwise.

    OpenMP programs that fight for a core run many times slower. To be called before torch or
    scikit-learn is loaded, which is when they read it."""
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def check_writable(results: Path) -> None:
    """Make sure that results can be written there, before hours of work; raise PipelineError if
    not.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe = results / ".probe"
        probe.touch()
        probe.unlink(missing_ok=True)  # a second run may have been quicker
    except OSError as error:
        raise PipelineError(
            f"results folder {str(results)!r} cannot be written ({error.strerror}); choose another"
            " with --results"
        ) from error


def _set_logging(verbose: bool) -> None:
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.CRITICAL)
