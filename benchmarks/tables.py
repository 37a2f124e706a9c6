"""The networks for tables beside a forest and three kinds of boosting, on five real surveys and a
simulated one.

    ASTRONN_MIRROR=... python -m benchmarks.tables          three seeds: about ten minutes of a core
    ASTRONN_MIRROR=... python -m benchmarks.tables --quick    one seed, 1000 objects of each survey
    ASTRONN_MIRROR=... python -m benchmarks.tables --wild     what one row of -999 does to accuracy
    ... --only openngc rc3                                    some of the surveys

Each seed draws 70% of the labelled objects for training, of 3000 where a survey has more than 5000;
all classifiers are trained and tested on the same rows, with their own defaults (a forest of 300
trees). Infinite values count as missing. Seconds are the processor's, of training, on one thread.
Nothing is chosen here: the number of networks was, on parts of the training parts
(docs/decisions/0012)."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from threadpoolctl import threadpool_limits

from astronn import EnsembleClassifier, FeedforwardClassifier
from astronn.statistics import metrics
from benchmarks import common, leaks

Load = Callable[[Path], leaks.Frame]
TRAINING, SEEDS, BINS, LARGE, OBJECTS = 0.7, 3, 15, 5000, 3000
OURS = "new default"
SCORES = ("accuracy", "balanced", "macro_f1", "log_loss", "ece")


class Parts(NamedTuple):
    """One survey, divided by one seed."""

    X: np.ndarray  # (N, F) float64, NaN where missing
    y: np.ndarray  # (N,) class numbers
    training: np.ndarray
    test: np.ndarray


class Boosted:
    """LightGBM or XGBoost on one thread, with class numbers that run from 0."""

    def __init__(self, module: str, seed: int) -> None:
        if module == "lightgbm":
            from lightgbm import LGBMClassifier

            self.model = LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1)
        else:
            from xgboost import XGBClassifier

            self.model = XGBClassifier(random_state=seed, n_jobs=1)

    def fit(self, X: np.ndarray, y: np.ndarray) -> Boosted:
        self.model.fit(X, y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(X)


def classifiers() -> dict[str, Callable[[int], Any]]:
    """name -> the unfitted classifier of a seed; LightGBM and XGBoost where they are installed."""
    at = {"device": "cpu"}
    old = {"normalisation": "standard", "ensemble_size": 1, **at}
    found: dict[str, Callable[[int], Any]] = {
        OURS: lambda s: FeedforwardClassifier(random_state=s, **at),
        "old default": lambda s: FeedforwardClassifier(random_state=s, **old),
        "one network": lambda s: FeedforwardClassifier(random_state=s, ensemble_size=1, **at),
        "random forest": lambda s: RandomForestClassifier(300, random_state=s, n_jobs=1),
        "HistGradientBoosting": lambda s: HistGradientBoostingClassifier(random_state=s),
    }
    for name, module in (("LightGBM", "lightgbm"), ("XGBoost", "xgboost")):
        if common.installed(module):
            found[name] = lambda s, module=module: Boosted(module, s)
    return found | {"ensemble": lambda s: EnsembleClassifier(random_state=s, **at)}


def parts(load: Load, seed: int, limit: int | None = None) -> Parts:
    """The labelled objects of a survey, at most ``limit`` (None: see above), and the two parts that
    a seed draws.
    """
    frame, labels, _ = load(Path(os.environ.get("ASTRONN_MIRROR", "nowhere")))
    order = np.random.default_rng(seed).permutation(np.flatnonzero(labels != ""))
    order = order[: limit or (OBJECTS if len(order) > LARGE else None)]
    X = frame.to_numpy(float, copy=True)
    X[np.isinf(X)] = np.nan
    cut = int(TRAINING * len(order))
    y = np.unique(labels, return_inverse=True)[1] - np.any(labels == "")
    return Parts(X, y, order[:cut], order[cut:])


def calibration_error(right: np.ndarray, confidence: np.ndarray) -> float:
    """Mean over objects of |accuracy - mean confidence| in their bin of confidence."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(right))


def scored(model: Any, data: Parts) -> dict[str, float]:
    """Train on one part, answer for the other: the scores, and the processor's seconds."""
    X, y = data.X[data.training], data.y[data.training]
    seconds = common.timed(lambda: model.fit(X, y)).processor
    P = np.asarray(model.predict_proba(data.X[data.test]), dtype=np.float32)
    reference, best, K = data.y[data.test], P.argmax(1), range(P.shape[1])
    C = metrics.confusion_matrix(reference, best, K)
    return {
        "accuracy": float(metrics.accuracy(C)),
        "balanced": float(metrics.balanced_accuracy(C)),
        "macro_f1": float(metrics.macro_f1(C)),
        "log_loss": float(metrics.log_loss(reference, P / P.sum(1, keepdims=True), K)),
        "ece": calibration_error(best == reference, P.max(1)),
        "seconds": seconds,
    }


def of_survey(load: Load, quick: bool) -> Iterator[dict]:
    """The rows of one survey: our default beside each of the others."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    made, n = classifiers(), 0
    # the first training of a process may compile
    FeedforwardClassifier(max_epochs=1, device="cpu").fit(np.eye(4), [0, 1, 0, 1])
    for seed in range(1 if quick else SEEDS):
        data = parts(load, seed, 1000 if quick else None)
        n = len(data.training)
        for name, make in made.items():
            found[name].append(scored(make(seed), data))
            said = "  ".join(f"{score} {value:.4f}" for score, value in found[name][-1].items())
            print(f"{load.__name__}  seed {seed}  {name:22}{said}", file=sys.stderr, flush=True)
    own = found.pop(OURS)
    for name, theirs in found.items():
        yield common.row(
            f"{load.__name__}, {n} objects to train: {OURS} beside {name};"
            f" accuracy {_mean(own, 'accuracy'):.4f} and {_mean(theirs, 'accuracy'):.4f},"
            f" log loss {_mean(own, 'log_loss'):.4f} and {_mean(theirs, 'log_loss'):.4f}",
            [one["seconds"] for one in own],
            [one["seconds"] for one in theirs],
            seconds_of="processor",
            survey=load.__name__,
            peer_name=name,
            **{score: [one[score] for one in own] for score in SCORES},
            **{f"peer_{score}": [one[score] for one in theirs] for score in SCORES},
        )


def _mean(runs: list[dict[str, float]], score: str) -> float:
    return statistics.fmean(one[score] for one in runs)


def scores_table(rows: list[dict]) -> str:
    """Markdown: means over seeds of each classifier on each survey."""
    lines = ["| survey | classifier | accuracy | balanced | macro-F1 | log loss | ECE | seconds |"]
    lines.append("| --- | --- |" + " ---: |" * 6)
    said: set[str] = set()
    for row in rows:
        both = [] if row["survey"] in said else [(OURS, "", row["ours"])]
        said.add(row["survey"])
        for name, prefix, seconds in [*both, (row["peer_name"], "peer_", row["peer"])]:
            values = [f"{statistics.fmean(row[prefix + score]):.4f}" for score in SCORES]
            cells = [row["survey"], name, *(value.lstrip("0") for value in values)]
            lines.append("| " + " | ".join([*cells, f"{seconds:.1f}"]) + " |")
    return "\n".join(lines) + "\n"


def wild(loads: Sequence[Load]) -> None:
    """Print what -999 in every column of one training row changes in accuracy."""
    for load in loads:
        for how in ("standard", "robust"):
            changes = []
            for seed in range(SEEDS):
                clean = parts(load, seed)
                dirty = clean._replace(X=clean.X.copy())
                dirty.X[clean.training[0]] = -999.0
                model = {"normalisation": how, "random_state": seed, "device": "cpu"}
                found = [
                    scored(FeedforwardClassifier(**model), data)["accuracy"]
                    for data in (clean, dirty)
                ]
                changes.append("{:.4f} -> {:.4f}".format(*found))
            print(f"{load.__name__}, {how}: {'; '.join(changes)}", flush=True)


def rows(quick: bool) -> list[dict]:
    """All surveys; without a mirror the simulated one alone."""
    return of_surveys(leaks.SURVEYS if "ASTRONN_MIRROR" in os.environ else [leaks.simulated], quick)


def of_surveys(loads: Sequence[Load], quick: bool) -> list[dict]:
    """The rows of some surveys; prints the scores."""
    with threadpool_limits(1):
        torch.set_num_threads(1)
        found = [row for load in loads for row in of_survey(load, quick)]
    print(scores_table(found), file=sys.stderr)
    return found


def main() -> None:
    """The command line: --wild and --only, and what every benchmark has."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--wild", action="store_true")
    parser.add_argument("--only", nargs="+", choices=[load.__name__ for load in leaks.SURVEYS])
    asked, sys.argv[1:] = parser.parse_known_args()
    only = [one for one in leaks.SURVEYS if one.__name__ in (asked.only or [])]
    if asked.wild:
        with threadpool_limits(1):
            torch.set_num_threads(1)
            wild(only or leaks.SURVEYS)
        return
    common.main(__file__, (lambda quick: of_surveys(only, quick)) if only else rows)


if __name__ == "__main__":
    main()
