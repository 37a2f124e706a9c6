"""Classifying a large Parquet file beside scikit-learn's predict_proba on a pandas frame, from file
to file.

    python -m benchmarks.bulk            some minutes: 10^7 objects, 13 float32 features, a 13:13:5
                                         network
    python -m benchmarks.bulk --quick    10^6 objects

Both run the same network (its weights are put into scikit-learn's MLPClassifier) and write
identifier, the two most probable classes and five posteriors; these must agree to 10^-5. The peer
is given float32 weights, which is faster. Ours uses the threads that there are; seconds are by the
clock, and the ratio of the processor's seconds is noted. The limit is to read the file's bytes,
write the output's and push them to the disk, and multiply the matrices, one after the other, each
at the rate measured in this run. Peak memory is that of a process of its own, beyond the pages of
mapped files, at the last size; it must stay below 256 MiB, and exceed that of a file with two parts
a core by no more than 25 MiB. Both sides wait until the disk has what they wrote.

The further rows are the same job on a Dask cluster of two processes that is up already, beside one
process with two threads, one of a single thread, and one whose second thread does nothing but wait
for the disk; the bytes must be the same."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from astronn import FeedforwardClassifier
from benchmarks import common
from pipelines.bulk import cluster, run
from pipelines.bulk.job import Job

FEATURES, UNITS, CLASSES = [f"f{i}" for i in range(13)], 13, ["E", "S0", "Sa+Sb", "Sc+Sd", "Irr"]
GOAL, MOST_MIB = 8.0, 256.0


def made_up(path: Path, n: int) -> Path:
    """n objects in row groups of a million, written as pandas would."""
    rng, schema = (
        np.random.default_rng(0),
        pa.schema([("object_id", pa.int64()), *((f, pa.float32()) for f in FEATURES)]),
    )
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, n, 2**20):
            rows = min(2**20, n - start)
            columns = [rng.normal(15, 2, rows).astype(np.float32) for _ in FEATURES]
            writer.write_table(
                pa.table([10**17 + start + np.arange(rows), *columns], schema=schema)
            )
    on_disk(path)
    return path


def trained() -> FeedforwardClassifier:
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(15, 2, (3000, 13)).astype(np.float32), columns=FEATURES)
    y = np.array(CLASSES)[np.clip((X.f0 + X.f1 - X.f2 - 10).to_numpy() // 2, 0, 4).astype(int)]
    return FeedforwardClassifier(
        (UNITS,),
        ensemble_size=1,
        normalisation="standard",
        activation="tanh",
        max_epochs=20,
        device="cpu",
        random_state=0,
    ).fit(X, y)


def as_scikit_learn(model: FeedforwardClassifier):
    """The same network as a pipeline of scikit-learn."""
    X = np.random.default_rng(0).normal(size=(50, len(FEATURES))).astype(np.float32)
    network = MLPClassifier((UNITS,), activation="tanh", max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline = make_pipeline(StandardScaler(), network).fit(
            X, np.resize(model.classes_, len(X))
        )
    scaler = pipeline.steps[0][1]
    scaler.mean_, scaler.scale_ = (
        model.normaliser_.mean.astype(np.float32),
        model.normaliser_.scale.astype(np.float32),
    )
    network.coefs_ = [w.detach().numpy()[0] for w in model.network_.weights]
    network.intercepts_ = [b.detach().numpy()[0, 0] for b in model.network_.biases]
    return pipeline


def by_scikit_learn(pipeline, source: Path, target: Path) -> None:
    frame = pd.read_parquet(source)
    P = pipeline.predict_proba(frame[FEATURES].to_numpy())
    order = P.argsort(axis=1)
    out = pd.DataFrame(
        P.astype(np.float32), columns=[f"posterior_{name}" for name in pipeline.classes_]
    )
    out.insert(0, "object_id", frame["object_id"])
    out.insert(1, "predicted", pipeline.classes_[order[:, -1]])
    out.insert(2, "second", pipeline.classes_[order[:, -2]])
    out.to_parquet(target)
    on_disk(target)


def on_disk(path: Path) -> None:
    """Wait until the disk has all of a file, so that what one side leaves to be written does not
    slow the other's turn.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def agree(ours: Path, theirs: Path) -> bool:
    """Same identifiers, posteriors within 1e-5, the same class but for ties by rounding."""
    a, b = pq.read_table(ours), pq.read_table(theirs)
    names = [name for name in b.column_names if name.startswith("posterior_")]
    near = all(np.abs(a[name].to_numpy() - b[name].to_numpy()).max() < 1e-5 for name in names)
    same = np.mean(a["predicted"].to_numpy().astype(str) == b["predicted"].to_numpy().astype(str))
    return bool(near and same > 0.9999 and a["object_id"].equals(b["object_id"]))


def limit_seconds(source: Path, out: Path, n: int, folder: Path) -> float:
    write, read = common.disk_rates(folder)
    torch.set_num_threads(common.cores())
    flops = 2.0 * n * (len(FEATURES) * UNITS + UNITS * len(CLASSES))
    written = sum(path.stat().st_size for path in out.glob("part-*"))
    return source.stat().st_size / read + written / write + flops / common.product_rate()


MEASURED = """
import sys
from benchmarks.common import peak_mib
from pipelines.bulk import run
from pipelines.bulk.job import Job
asked = Job(sys.argv[1], (sys.argv[2],), sys.argv[3])
print(peak_mib(lambda: run.classify(asked), mapped=False))
"""


def peak(model: Path, source: Path, folder: Path) -> float:
    """MiB of a process of its own, beyond mapped pages."""
    command = [sys.executable, "-c", MEASURED, str(model), str(source), str(folder / "peak")]
    done = subprocess.run(
        command, cwd=common.FOLDER.parent, capture_output=True, text=True, check=True
    )
    shutil.rmtree(folder / "peak")
    return float(done.stdout)


def removed(*outputs: Path) -> None:
    """Take earlier results away, from the disk too, so that both sides begin with nothing and
    neither pays for the other's.
    """
    for path in outputs:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    if hasattr(os, "sync"):
        os.sync()  # a disk that is told of freed blocks is busy with them at the next write


def beside_pandas(folder: Path, source: Path, n: int, rounds: int) -> dict:
    model, parts = trained(), 2 * common.cores() * 2**20  # enough for every thread to have parts
    model.save(folder / "model")
    peer, job = (
        as_scikit_learn(model),
        Job(str(folder / "model"), (str(source),), str(folder / "ours")),
    )
    small = peak(folder / "model", made_up(folder / "small.parquet", min(n, parts)), folder)
    large = peak(folder / "model", source, folder)
    outputs = folder / "ours", folder / "theirs.parquet"
    run.classify(job)
    by_scikit_learn(peer, source, outputs[1])
    equal = agree(*outputs) and large < MOST_MIB and large < small + 25
    limit = limit_seconds(source, outputs[0], n, folder)
    works = (lambda: run.classify(job), lambda: by_scikit_learn(peer, source, outputs[1]))
    own, others = common.in_turns(rounds, *works, before=lambda: removed(*outputs))
    return common.row(
        f"{n:.0e} objects x 13 float32, Parquet to Parquet, 13:13:5, beside predict_proba through"
        " pandas",
        [s.clock for s in own],
        [s.clock for s in others],
        goal=GOAL,
        peak_mib=large,
        limit_share=limit / statistics.median(s.clock for s in own),
        device=common.cpu(common.cores()),
        equal=equal,
        limit=f"read + write + matrix product, {limit:.2f} s in this run",
        objects_per_second=n / statistics.median(s.clock for s in own),
        peak_mib_of_a_smaller_one=small,
        processor_seconds=statistics.median(s.processor for s in own),
        peer_processor_seconds=statistics.median(s.processor for s in others),
        ratio_by_the_processor=statistics.median(
            b.processor / a.processor for a, b in zip(own, others)
        ),
    )


def in_one_thread(job: Job) -> None:
    """The job by a process that has one thread: a part is computed, then the disk takes it in, then
    comes the next part.
    """

    def work(todo: list[int], advance: run.Advance) -> None:
        for number in todo:
            run.computed(plan, number, advance).close()

    plan = run.begin(job)
    run.finish(plan, work)


def on_dask(folder: Path, source: Path, n: int, rounds: int) -> list[dict]:
    """A cluster of two processes beside a process with both cores (at most 20% slower) and with one
    (1.6 times as fast).

    ``threads=1`` computes on one thread while another waits for the disk, so a row of its own has
    it beside the cluster."""
    job, other = (
        Job(str(folder / "model"), (str(source),), str(folder / name))
        for name in ("threads", "dask")
    )
    with cluster.connected(cluster.LOCAL, 2) as client:
        client.wait_for_workers(2)
        works = (
            lambda: cluster.classify_on(client, other),
            lambda: run.classify(job, threads=2),
            lambda: in_one_thread(job),
            lambda: run.classify(job, threads=1),
        )
        how = {"before": lambda: removed(Path(job.output), Path(other.output))}
        common.in_turns(1, *works, **how)  # workers have loaded what they need
        own, *turns = [[s.clock for s in one] for one in common.in_turns(rounds, *works, **how)]
        cluster.classify_on(client, other)
    files = [
        {p.name: p.read_bytes() for p in Path(one.output).glob("part-*")} for one in (job, other)
    ]
    about = {
        "equal": files[0] == files[1],
        "device": common.cpu(2),
        "note": "the cluster is up; to start one costs seconds",
    }
    peers = (
        "one process with two threads",
        "a process of a single thread",
        "one of a thread that computes and one that waits",
    )
    what = f"{n:.0e} objects on Dask with two workers, beside"
    return [
        common.row(f"{what} {peer}", own, seconds, goal=goal, **about)
        for peer, seconds, goal in zip(peers, turns, (1 / 1.2, 1.6, None))
    ]


def rows(quick: bool) -> list[dict]:
    n, rounds = (1_000_000, 2) if quick else (10_000_000, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = made_up(folder / "survey.parquet", n)
        found = [beside_pandas(folder, source, n, rounds)]
        if common.installed("distributed") and not quick:
            found += on_dask(folder, source, n, rounds)
        return found


if __name__ == "__main__":
    common.main(__file__, rows)
