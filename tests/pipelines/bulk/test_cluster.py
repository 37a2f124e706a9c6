"""A job on a Dask cluster: the bytes of one process, submitted by the Luigi task, whole after a
worker was killed.
"""

import contextlib
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
from processes import HANG_S, found

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

    out, seen, over = place / "killed", [], threading.Event()

    def kill(worker: int) -> None:
        """SIGKILL as soon as some parts are there."""
        while len(found(out, "part-*.parquet")) < 5 and not over.wait(0.001):
            pass
        os.kill(worker, signal.SIGKILL)
        seen.append(len(found(out, "part-*.parquet")))

    def alive() -> set[int]:
        """The workers' numbers; none while the scheduler still counts on one that is dead."""
        with contextlib.suppress(OSError):
            return set(client.run(os.getpid).values())
        return set()

    with Client(workers) as client:
        client.wait_for_workers(2, timeout=HANG_S)
        before = alive()
        killer = threading.Thread(target=kill, args=(min(before),))
        killer.start()
        try:
            cluster.classify_on(client, job(place, "killed"))
        finally:
            over.set()
            killer.join()
        deadline = time.monotonic() + HANG_S
        while len(now := alive()) < 2 or min(before) in now:
            assert time.monotonic() < deadline, "the killed worker was not replaced"
            time.sleep(0.1)
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


def test_a_local_cluster_is_for_its_own_user_alone():
    """A scheduler runs what it is sent: encrypted, with certificates of its own, and no pages."""
    distributed = pytest.importorskip("distributed")
    import urllib.error
    import urllib.request

    with cluster.connected("local", 1) as client:
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        assert client.submit(lambda: 7).result() == 7
        with pytest.raises(OSError, match=r"(?i)tls|ssl|reset|timed out"):
            distributed.Client(address.replace("tls://", "tcp://"), timeout=2)
        with pytest.raises(TypeError, match="TLS"):
            distributed.Client(address, timeout=2)
        for page in ("status", "info/main/workers.html", "json/counts.json", "metrics", "health"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(client.dashboard_link.replace("status", page), timeout=5)


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
