"""Simulated light curves that a tiny network learns in a second, for the tests of recurrent
classifiers.
"""

import numpy as np

from astronn.inputs.light_curves import Curves

SMALL = {"network": "gru", "network_options": {"hidden": 8, "dense": [8]}}
FAST = SMALL | {
    "max_epochs": 3,
    "learning_rate": 0.02,
    "batch_size": 16,
    "random_state": 0,
    "device": "cpu",
}


def pulses(n=60, seed=0, low=12, high=30):
    """Simulated curves: "slow" ones rise and fall in 20 days, "fast" ones in 4, with noise of 0.05
    mag, and their labels.
    """
    rng = np.random.default_rng(seed)
    fast = rng.random(n) < 0.5
    arrays = []
    for quick in fast:
        t = 50_000 + np.sort(rng.random(rng.integers(low, high)) * 20)
        magnitude = (
            12
            + 0.5 * np.sin(2 * np.pi * (t / (4 if quick else 20) + rng.random()))
            + rng.normal(0, 0.05, len(t))
        )
        arrays.append(np.column_stack([t, magnitude, np.full(len(t), 0.05)]))
    period = np.where(fast, 4.0, 20.0)
    return Curves.of(arrays, period_days=period), np.where(fast, "fast", "slow")


def saws(n=60, seed=0):
    """Simulated folded shapes of one period, 1 day: "rising" and "falling" saw teeth, which only
    their order tells apart.
    """
    rng = np.random.default_rng(seed)
    rising = rng.random(n) < 0.5
    arrays = []
    for up in rising:
        t = np.sort(rng.random(24) * 100)
        phase = (t + rng.random()) % 1
        arrays.append(
            np.column_stack(
                [t, (phase if up else 1 - phase) + rng.normal(0, 0.03, 24), np.full(24, 0.03)]
            )
        )
    return Curves.of(arrays, period_days=np.ones(n)), np.where(rising, "rising", "falling")
