"""A job on a Dask cluster: the bytes of one process, submitted by the Luigi task, whole after a
worker was killed.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import HANG_S

import astronn
from pipelines.bulk import cluster, run
from pipelines.bulk.job import Job
from pipelines.engine.running import run as run_tasks
from pipelines.errors import PipelineError
from pipelines.tasks.classify_files import ClassifyFiles

FEATURES, N, ROWS = ["B", "R"], 60_000, 1000


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model, a file of 60 row groups, and the answers of one process."""
    folder = tmp_path_factory.mktemp("cluster")
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 2)), columns=FEATURES)
    model = astronn.FeedforwardClassifier((5,), max_epochs=2, device="cpu", random_state=0)
    model.fit(X[:500], np.where(X.B[:500] > 0, "E", "S")).save(folder / "model")
    X.assign(object_id=np.arange(N)).to_parquet(folder / "galaxies.parquet", row_group_size=ROWS)
    run.classify(job(folder, "one process"), threads=1)
    return folder


@pytest.fixture(scope="module")
def workers():
    """A cluster of two processes."""
    distributed = pytest.importorskip(
        "distributed", reason="needs Dask: pip install 'astronn-pipelines[dask]'"
    )
    how = {
        "n_workers": 2,
        "threads_per_worker": 1,
        "processes": True,
        "memory_limit": 0,
        "dashboard_address": None,
    }
    with distributed.LocalCluster(**how, silence_logs=50) as made:
        yield made


def job(place, name) -> Job:
    return Job(
        str(place / "model"),
        (str(place / "galaxies.parquet"),),
        str(place / name),
        rows_per_part=ROWS,
    )


def parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("part-*.parquet")}


def test_a_luigi_task_submits_to_a_scheduler_by_its_address(place, workers):
    asked = {
        "model": str(place / "model"),
        "sources": [str(place / "galaxies.parquet")],
        "rows_per_part": ROWS,
    }
    task = ClassifyFiles(
        **asked, results=str(place / "by task"), scheduler=workers.scheduler_address
    )
    assert run_tasks([task])
    assert parts(place / "by task") == parts(place / "one process")
    assert len(parts(place / "by task")) == N // ROWS


def test_a_killed_worker_loses_nothing(place, workers):
    from distributed import Client

    out, seen = place / "killed", []

    def kill(worker: int) -> None:
        """SIGKILL as soon as some parts are there."""
        while len(parts(out)) < 5:
            time.sleep(0.001)
        os.kill(worker, signal.SIGKILL)
        seen.append(len(parts(out)))

    with Client(workers) as client:
        client.wait_for_workers(2, timeout=HANG_S)
        before = set(client.run(os.getpid).values())
        killer = threading.Thread(target=kill, args=(min(before),))
        killer.start()
        cluster.classify_on(client, job(place, "killed"))
        killer.join()
        client.wait_for_workers(2, timeout=HANG_S)
        assert min(before) not in set(client.run(os.getpid).values())
    assert seen[0] < N // ROWS, "the job was over before the worker was killed"
    assert parts(out) == parts(place / "one process")
    assert json.loads((out / "_SUCCESS.json").read_text())["n_objects"] == N


def test_a_fault_in_a_worker_is_told(place, workers):
    from distributed import Client

    frame = pd.DataFrame({"object_id": [1, 2], "B": [0.0, np.inf], "R": 0.0})
    frame.to_parquet(place / "infinite.parquet")
    wrong = Job(str(place / "model"), (str(place / "infinite.parquet"),), str(place / "wrong"))
    with (
        Client(workers) as client,
        pytest.raises(PipelineError, match="column 'B' has infinite values"),
    ):
        cluster.classify_on(client, wrong)


def test_no_scheduler_is_refused(place, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "TIMEOUT", 1)
    with pytest.raises(PipelineError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        cluster.classify(job(place, "nowhere"), "tcp://127.0.0.1:1")


def test_dask_that_is_not_installed_is_named(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        PipelineError, match=r"needs Dask; install it: pip install 'astronn-pipelines\[dask\]'"
    ):
        cluster.classify(job(place, "nowhere"))
