"""One network and a committee of 100, side by side with scikit-learn's MLPClassifier, on simulated galaxies.

    python benchmarks/committee.py            everything: about five minutes on a quiet core
    python benchmarks/committee.py --quick    under a minute: 5 of the 100 fits of the peer are timed and multiplied by 20

Both train 13:13:5 networks of tanh units by Adam for the same number of epochs on batches of 200 of the same 1,700 galaxies,
at the same first learning rate and with the same penalty on weights. Ours and theirs take turns, A B A B; times are medians
of wall-clock seconds. The mean accuracy of our networks and of theirs on 3,517 other galaxies must agree to 0.01.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from astronn import CommitteeClassifier, FeedforwardClassifier
from catalogs import schemes, simulate

N_TRAIN, N_TEST, N_NETWORKS, UNITS, BATCH = 1700, 3517, 100, 13, 200
EPOCHS, LEARNING_RATE, WEIGHT_DECAY = 100, 0.01, 1e-3
RESULTS = Path(__file__).parent / "results" / "committee.json"
Data = tuple[np.ndarray, np.ndarray]


def simulated() -> tuple[Data, Data]:
    """Training and test galaxies: inputs of zero mean and unit variance on the training part, NaN as 0; class numbers."""
    stage, frame = simulate.galaxies(N_TRAIN + N_TEST, seed=0)
    X = frame.to_numpy()
    X = np.nan_to_num((X - np.nanmean(X[:N_TRAIN], 0)) / np.nanstd(X[:N_TRAIN], 0)).astype(np.float32)
    y = np.unique(schemes.load("hubble_5").from_t(stage), return_inverse=True)[1]
    return (X[:N_TRAIN], y[:N_TRAIN]), (X[N_TRAIN:], y[N_TRAIN:])


def ours(networks: int, training: Data, seed: int = 0) -> FeedforwardClassifier:
    kind = CommitteeClassifier if networks > 1 else FeedforwardClassifier
    options = {"batch_size": BATCH, "max_epochs": EPOCHS, "learning_rate": LEARNING_RATE, "weight_decay": WEIGHT_DECAY}
    return kind((UNITS,), activation="tanh", n_networks=networks, device="cpu", random_state=seed, **options).fit(*training)


def peers(networks: int, training: Data, seed: int = 0) -> list[MLPClassifier]:
    """Fits of scikit-learn; its alpha is divided by the batch size, so ours is multiplied by it. No early end."""
    options = {"activation": "tanh", "batch_size": BATCH, "max_iter": EPOCHS, "learning_rate_init": LEARNING_RATE}
    never = {"n_iter_no_change": EPOCHS + 1, "tol": 0.0, "alpha": WEIGHT_DECAY * BATCH}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits = [MLPClassifier((UNITS,), random_state=seed + k, **options, **never).fit(*training) for k in range(networks)]
    assert all(fit.n_iter_ == EPOCHS for fit in fits)
    return fits


def in_turns(repeats: int, *works: Callable[[], object]) -> list[list[float]]:
    """Seconds of each work in each of ``repeats`` rounds; every round does all works, one after the other."""
    seconds = [[] for _ in works]
    for _ in range(repeats):
        for work, times in zip(works, seconds):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return seconds


def mean_accuracies(networks: int, training: Data, test: Data) -> tuple[float, float]:
    """Mean accuracy of single networks, ours and theirs, on the test galaxies."""
    X, y = test
    model = ours(max(networks, 2), training)
    own = model.member_posteriors(X) if networks > 1 else model.predict_proba(X)[None]
    return float(np.mean(own.argmax(-1) == y)), float(np.mean([fit.score(X, y) for fit in peers(networks, training)]))


def product_rate() -> float:
    """Floating-point operations a second of a matrix product on one thread: 2 x 768^3 of them at a time, the best of 20."""
    a = torch.randn(768, 768)
    torch.set_num_threads(1)
    return 2 * 768**3 / min(in_turns(20, lambda: a @ a)[0])


def operations(networks: int) -> float:
    """Floating-point operations in the matrix products of a training: forward, errors carried back, gradients."""
    into, out = 13 * UNITS, UNITS * 5
    return 2.0 * (into + out + out + into + out) * N_TRAIN * EPOCHS * networks


def peak_mib(networks: int) -> float:
    """MiB that a process needed for our training beyond what it held before, sampled each millisecond."""
    training, _ = simulated()
    process, held, done = psutil.Process(), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            held.append(process.memory_info().rss)

    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    ours(networks, training)
    done.set()
    watcher.join()
    return (max(held) - before) / 2**20


def measure(networks: int, timed: int, repeats: int, goal: float, rate: float) -> dict:
    """One row: our training of ``networks`` against as many fits of the peer, ``timed`` of them run."""
    training, test = simulated()
    peak = peak_mib(networks)  # first, before anything has left memory behind
    own, peer = in_turns(repeats, lambda: ours(networks, training), lambda: peers(timed, training))
    peer = [seconds * networks / timed for seconds in peer]
    a, b = mean_accuracies(networks, training, test) if networks > 1 else single_accuracies(training, test)
    scaled = "" if timed == networks else f" ({timed} of the peer's {networks} fits timed)"
    return {
        "work": f"{networks} x 13:13:5, {N_TRAIN} rows, batches of {BATCH}, {EPOCHS} epochs{scaled}",
        "ours": statistics.median(own),
        "peer": statistics.median(peer),
        "ratio": statistics.median(peer) / statistics.median(own),
        "goal": goal,
        "peak_mib": peak,
        "limit_share": operations(networks) / rate / statistics.median(own),
        "device": "cpu",
        "ours_range": [min(own), max(own)],
        "peer_range": [min(peer), max(peer)],
        "accuracy": a,
        "peer_accuracy": b,
        "limit": f"matrix product on one thread, {rate / 1e9:.0f} GFLOP/s in this run",
    }


def single_accuracies(training: Data, test: Data) -> tuple[float, float]:
    """Mean accuracy of ten networks of each, trained one by one."""
    own = [ours(1, training, seed).score(*test) for seed in range(10)]
    return float(np.mean(own)), float(np.mean([fit.score(*test) for fit in peers(10, training)]))


def table(rows: list[dict]) -> str:
    head = "| work | ours, s | scikit-learn, s | ratio | goal | accuracy | theirs | peak, MiB | share of limit |"
    lines = [
        f"| {r['work']} | {r['ours']:.3f} ({r['ours_range'][0]:.3f}-{r['ours_range'][1]:.3f}) "
        f"| {r['peer']:.3f} ({r['peer_range'][0]:.3f}-{r['peer_range'][1]:.3f}) | {r['ratio']:.1f} | {r['goal']:g} "
        f"| {r['accuracy']:.4f} | {r['peer_accuracy']:.4f} | {r['peak_mib']:.0f} | {r['limit_share']:.3f} |"
        for r in rows
    ]
    return "\n".join([head, "|---" * 9 + "|", *lines])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="time 5 of the peer's 100 fits, twice")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file for the rows")
    asked = parser.parse_args()
    with threadpool_limits(1, user_api="blas"):  # the peer is faster so: its matrices are too small to share
        rate = product_rate()
        rows = [
            measure(1, 1, 5 if asked.quick else 15, 2.0, rate),
            measure(N_NETWORKS, 5 if asked.quick else N_NETWORKS, 2 if asked.quick else 3, 15.0, rate),
        ]
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))
    unequal = [row["work"] for row in rows if abs(row["accuracy"] - row["peer_accuracy"]) > 0.01]
    missed = [row["work"] for row in rows if row["ratio"] < row["goal"]]
    for fault, works in (("accuracies differ", unequal), ("below the goal", missed)):
        for work in works:
            print(f"{fault}: {work}", file=sys.stderr)
    return 1 if unequal or missed else 0


if __name__ == "__main__":
    sys.exit(main())
