"""One network and a committee of 100, side by side with scikit-learn's MLPClassifier, on simulated
galaxies.

    python -m benchmarks.committee          everything: about five minutes on a quiet core
    python -m benchmarks.committee --quick    under a minute: 5 of the 100 fits of the peer are
                                              timed and multiplied by 20

Both train 13:13:5 networks of tanh units by Adam for the same number of epochs on batches of 200 of
the same 1,700 galaxies, at the same first learning rate and with the same penalty on weights. Ours
and theirs take turns, A B A B; times are medians of wall-clock seconds. The mean accuracy of our
networks and of theirs on 3,517 other galaxies must agree to 0.01."""

from __future__ import annotations

import statistics
import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from astronn import EnsembleClassifier, FeedforwardClassifier
from benchmarks import common
from catalogs import schemes
from catalogs.simulations import catalogue as simulate

N_TRAIN, N_TEST, N_NETWORKS, UNITS, BATCH = 1700, 3517, 100, 13, 200
EPOCHS, LEARNING_RATE, WEIGHT_DECAY = 100, 0.01, 1e-3
Data = tuple[np.ndarray, np.ndarray]


def simulated() -> tuple[Data, Data]:
    """Training and test galaxies: inputs of zero mean and unit variance on the training part, NaN
    as 0; class numbers.
    """
    stage, frame = simulate.galaxies(N_TRAIN + N_TEST, seed=0)
    X = frame.to_numpy()
    X = np.nan_to_num((X - np.nanmean(X[:N_TRAIN], 0)) / np.nanstd(X[:N_TRAIN], 0)).astype(
        np.float32
    )
    y = np.unique(schemes.load("hubble_5").from_t(stage), return_inverse=True)[1]
    return (X[:N_TRAIN], y[:N_TRAIN]), (X[N_TRAIN:], y[N_TRAIN:])


def ours(
    networks: int, training: Data, seed: int = 0, epochs: int = EPOCHS
) -> FeedforwardClassifier:
    kind = EnsembleClassifier if networks > 1 else FeedforwardClassifier
    options = {
        "batch_size": BATCH,
        "max_epochs": epochs,
        "learning_rate": LEARNING_RATE,
        "weight_decay": WEIGHT_DECAY,
    }
    return kind(
        (UNITS,),
        activation="tanh",
        ensemble_size=networks,
        device="cpu",
        random_state=seed,
        **options,
    ).fit(*training)


def peers(networks: int, training: Data, seed: int = 0) -> list[MLPClassifier]:
    """Fits of scikit-learn; its alpha is divided by the batch size, so ours is multiplied by it. No
    early end.
    """
    options = {
        "activation": "tanh",
        "batch_size": BATCH,
        "max_iter": EPOCHS,
        "learning_rate_init": LEARNING_RATE,
    }
    never = {"n_iter_no_change": EPOCHS + 1, "tol": 0.0, "alpha": WEIGHT_DECAY * BATCH}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits = [
            MLPClassifier((UNITS,), random_state=seed + k, **options, **never).fit(*training)
            for k in range(networks)
        ]
    assert all(fit.n_iter_ == EPOCHS for fit in fits)
    return fits


def mean_accuracies(networks: int, fits: int, training: Data, test: Data) -> tuple[float, float]:
    """Mean accuracy of single networks, ours and ``fits`` of theirs, on the test galaxies."""
    X, y = test
    model = ours(max(networks, 2), training)
    own = model.member_posteriors(X) if networks > 1 else model.predict_proba(X)[None]
    return float(np.mean(own.argmax(-1) == y)), float(
        np.mean([fit.score(X, y) for fit in peers(fits, training)])
    )


def operations(networks: int) -> float:
    """Floating-point operations in the matrix products of a training: forward, errors carried back,
    gradients.
    """
    into, out = 13 * UNITS, UNITS * 5
    return 2.0 * (into + out + out + into + out) * N_TRAIN * EPOCHS * networks


def measure(networks: int, timed: int, rounds: int, goal: float, rate: float) -> dict:
    """One row: our training of ``networks`` against as many fits of the peer, ``timed`` of them
    timed, 25 or more scored.
    """
    training, test = simulated()
    peak = common.peak_mib(
        lambda: ours(networks, training)
    )  # first, before anything has left memory behind
    own, peer = (
        [s.clock for s in one]
        for one in common.in_turns(
            rounds, lambda: ours(networks, training), lambda: peers(timed, training)
        )
    )
    a, b = (
        mean_accuracies(networks, max(timed, 25), training, test)
        if networks > 1
        else single_accuracies(training, test)
    )
    scaled = "" if timed == networks else f" ({timed} of the peer's {networks} fits timed)"
    return common.row(
        f"{networks} x 13:13:5, {N_TRAIN} simulated galaxies, batches of {BATCH}, {EPOCHS} epochs,"
        f" beside scikit-learn{scaled}",
        own,
        [seconds * networks / timed for seconds in peer],
        goal=goal,
        peak_mib=peak,
        limit_share=operations(networks) / rate / statistics.median(own),
        equal=abs(a - b) <= 0.01,
        accuracy=a,
        peer_accuracy=b,
        limit=f"matrix product on one thread, {rate / 1e9:.0f} GFLOP/s in this run",
    )


def single_accuracies(training: Data, test: Data) -> tuple[float, float]:
    """Mean accuracy of ten networks of each, trained one by one."""
    own = [ours(1, training, seed).score(*test) for seed in range(10)]
    return float(np.mean(own)), float(np.mean([fit.score(*test) for fit in peers(10, training)]))


def rows(quick: bool) -> list[dict]:
    with threadpool_limits(
        1, user_api="blas"
    ):  # the peer is faster so: its matrices are too small to share
        torch.set_num_threads(1)
        rate = common.product_rate()
        return [
            measure(1, 1, 3 if quick else 15, 2.0, rate),
            measure(N_NETWORKS, 5 if quick else N_NETWORKS, 1 if quick else 3, 15.0, rate),
        ]


if __name__ == "__main__":
    common.main(__file__, rows)
