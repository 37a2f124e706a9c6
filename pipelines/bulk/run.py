"""Doing a job: part by part, on the threads of one process; what is done already is not done again.

Each part is a function of the job and its number alone, so that it has the same bytes whoever makes
it, in whatever order, before or after a kill -9. Its file appears by one rename: the file itself is
the mark that the part is done."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

import astronn
from astronn.classifiers import feature_major
from catalogs import bulk
from catalogs.errors import CatalogueError
from catalogs.files.atomic import write_text
from pipelines.bulk import job as jobs
from pipelines.bulk import output
from pipelines.bulk.job import Job, Plan
from pipelines.bulk.progress import Progress
from pipelines.errors import PipelineError

JOB, SUCCESS = "_job.json", "_SUCCESS.json"
Advance = Callable[[int], None]  # so many more objects are done
Scorer = Callable[[bulk.Block], np.ndarray]  # a block -> posteriors (K, n) float32

_models = threading.local()  # each thread's scorer of the model it used last


def classify(
    job: Job, *, threads: int = 0, tell: Callable[[str, float], None] | None = None
) -> Plan:
    """Do all that is not yet done of ``job`` and write the mark of success; ``threads`` 0: as many
    as there are cores.
    """
    plan = begin(job)
    threads = (
        1 if _pixels(plan) else threads or cores()
    )  # torch spreads a network that sees images by itself

    def work(todo: list[int], advance: Advance) -> None:
        with ThreadPoolExecutor(threads) as pool:
            try:
                for future in as_completed(
                    [pool.submit(computed, plan, number, advance) for number in todo]
                ):
                    # here, so that the others go on while the disk takes it in
                    future.result().close()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    return finish(plan, work, tell)


def begin(job: Job) -> Plan:
    """Check the job and mark the output folder as its own; a folder with another job's parts is
    refused.

    Raises
    ------
    PipelineError
        If the output folder holds something else.
    """
    plan = jobs.plan(job)
    folder = Path(job.output)
    mark = folder / JOB
    if not mark.is_file() and next(folder.glob("*.parquet"), None) is not None:
        raise PipelineError(
            f"output {str(folder)!r} holds Parquet files of something else; give another folder"
        )
    if mark.is_file() and (found := jobs.marked(mark)) != plan.key:
        raise PipelineError(
            f"output {str(folder)!r} holds the parts of another job ({found}, this one"
            f" is {plan.key}: another model, input or option); give another folder, or remove"
            " that one"
        )
    write_text(mark, json.dumps(jobs.record(plan), indent=1) + "\n")
    return plan


def finish(
    plan: Plan,
    work: Callable[[list[int], Advance], None],
    tell: Callable[[str, float], None] | None = None,
) -> Plan:
    """Let ``work`` do the parts that are not done, check that all are there, and write the mark of
    success.

    Raises
    ------
    PipelineError
        If parts were not written.
    """
    start = time.perf_counter()
    done = [output.is_done(plan, number) for number in range(len(plan.parts))]
    before = sum(part.rows for part, is_done in zip(plan.parts, done) if is_done)
    todo = [number for number, is_done in enumerate(done) if not is_done]
    progress = Progress(plan.n_objects, before, name=f"classify into {plan.job.output}", tell=tell)
    work(todo, progress)
    progress.close()
    if missing := [number for number in todo if not output.is_done(plan, number)]:
        raise PipelineError(
            f"{plan.path(missing[0])} and {len(missing) - 1} more were not written; run the same"
            " job again"
        )
    seconds = time.perf_counter() - start
    this_run = {
        "n_objects": plan.n_objects - before,
        "seconds": seconds,
        "parts_found_done": len(done) - len(todo),
    }
    write_text(
        Path(plan.job.output) / SUCCESS,
        json.dumps({**jobs.record(plan), "last_run": this_run}, indent=1) + "\n",
    )
    return plan


def computed(plan: Plan, number: int, advance: Advance = lambda objects: None) -> ExitStack:
    """The answers for one part, unless they are there: all added, but the file takes its place when
    the stack is closed.

    Raises
    ------
    PipelineError
        If a file of the part cannot be read as the plan says.
    """
    part = plan.parts[number]
    with ExitStack() as unfinished:
        if output.is_done(plan, number):
            return unfinished
        scorer = _scorer(plan)
        answers = unfinished.enter_context(output.written(plan, number))
        for block in bulk.blocks(part, plan.wanted):
            try:
                answers.add(block.identifiers, scorer(block), block.kept)
            except CatalogueError:
                raise
            except ValueError as fault:
                raise PipelineError(f"{part.path}: {_named(str(fault), plan)}") from fault
            advance(len(block))
        answers.close()
        return unfinished.pop_all()


def _scorer(plan: Plan) -> Scorer:
    """The posteriors of a block by the job's model, which each thread loads once."""
    if getattr(_models, "key", None) != plan.key:
        model = astronn.load(
            jobs.model_folder(plan.job.model), device=plan.job.device if _pixels(plan) else "cpu"
        )
        _models.key, _models.scorer = (
            plan.key,
            (_on_pixels(model) if _pixels(plan) else _on_columns(model)),
        )
    return _models.scorer


def _on_columns(model: Any) -> Scorer:
    posteriors = feature_major.FeatureMajor(model)
    return lambda block: posteriors(list(block.columns))


def _on_pixels(model: Any) -> Scorer:
    return lambda block: np.ascontiguousarray(model.predict_proba(block.columns).T)


def _pixels(plan: Plan) -> bool:
    return plan.columns == (bulk.PIXELS,)


def _named(message: str, plan: Plan) -> str:
    """The message with the column's name in place of its number."""
    for number, name in reversed(list(enumerate(plan.columns))):
        message = message.replace(f"column {number} ", f"column {name!r} ")
    return message


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
