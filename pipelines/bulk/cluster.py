"""Doing a job on a Dask cluster: the same function over the same parts, to the same bytes
(https://distributed.dask.org).

The scheduler hands out numbers of parts and hears how many objects were done; data never pass
through it. Workers read the inputs and write the output where they are, so both lie where every
worker finds them under the same name. A worker that dies loses the part it was at, which another
one does again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.bulk import run
from pipelines.bulk.job import Job, Plan
from pipelines.errors import PipelineError

if TYPE_CHECKING:
    from distributed import Client

LOCAL = (  # in place of an address: workers on this machine, one process a core, for this job alone
    "local"
)
TIMEOUT = 20  # seconds that a scheduler has to answer
ENVIRONMENT = {f"{name}_NUM_THREADS": 1 for name in ("OMP", "MKL", "OPENBLAS")}
"""Of a worker: Dask's own but for MALLOC_TRIM_THRESHOLD_, which gives an array's memory back at
once and doubles the time.
"""
AHEAD = 4  # parts handed out for each thread of a worker, so that none waits for the scheduler


def classify(
    job: Job,
    scheduler: str = LOCAL,
    *,
    workers: int = 0,
    tell: Callable[[str, float], None] | None = None,
) -> Plan:
    """Do all that is not yet done of ``job`` on the cluster at ``scheduler``; ``workers`` of a
    local one, 0: one a core.
    """
    with connected(scheduler, workers) as client:
        return classify_on(client, job, tell)


def classify_on(client: Client, job: Job, tell: Callable[[str, float], None] | None = None) -> Plan:
    """Do all that is not yet done of ``job`` on the cluster of ``client``."""
    from distributed import as_completed

    plan = run.begin(job)

    def work(todo: list[int], advance: run.Advance) -> None:
        shared = client.scatter(plan, broadcast=True, hash=False)
        numbers, width = iter(todo), AHEAD * max(1, sum(client.nthreads().values()))

        def submit(number: int):
            return client.submit(
                _classify_part, shared, number, key=f"{plan.key}-{number}", pure=False, retries=2
            )

        running = as_completed([submit(number) for _, number in zip(range(width), numbers)])
        for future in running:
            advance(future.result())
            for number in _next(numbers):
                running.add(submit(number))

    return run.finish(plan, work, tell)


def _classify_part(plan: Plan, number: int) -> int:
    """One part on one thread of a worker, which begins another part while the disk takes this one
    in; its objects.
    """
    import torch
    from distributed import secede

    torch.set_num_threads(1)
    with run.computed(plan, number):
        secede()
    return plan.parts[number].rows


def _next(numbers: Iterator[int]) -> list[int]:
    """The next number, or none."""
    return [number for _, number in zip(range(1), numbers)]


@contextmanager
def connected(scheduler: str, workers: int = 0) -> Iterator[Client]:
    """A client of the cluster at an address such as tcp://host:8786, or of a new one of local
    processes.

    Raises
    ------
    PipelineError
        If Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client, LocalCluster

        if scheduler == LOCAL:
            import cryptography  # noqa: F401 - of the certificates
    except ImportError:
        raise PipelineError(
            f"scheduler {scheduler!r} needs Dask; install it: pip install 'astronn-pipelines[dask]'"
        ) from None
    if scheduler != LOCAL:
        try:
            client = Client(scheduler, timeout=TIMEOUT)
        except (OSError, ValueError) as error:
            raise PipelineError(
                f"no Dask scheduler answers at {scheduler!r} ({error}); start one, or say 'local'"
            ) from error
        with client:
            yield client
        return
    import dask

    dask.config.set(
        {
            "distributed.nanny.pre-spawn-environ": ENVIRONMENT,
            "distributed.worker.profile.enabled": False,
            **{f"distributed.{each}.http.routes": [] for each in ("scheduler", "worker", "nanny")},
        }
    )
    how = {
        "n_workers": workers or run.cores(),
        "threads_per_worker": 1,
        "processes": True,
        "dashboard_address": "127.0.0.1:0",  # a server without pages: Dask always begins one
        "scheduler_kwargs": {"dashboard": False},
        "security": True,  # a scheduler runs what it is sent: only by who has its certificate
    }
    with (
        LocalCluster(**how, memory_limit=0, silence_logs=logging.ERROR) as cluster,
        Client(cluster) as client,
    ):
        yield client
