"""Simulated image sequences that a tiny network learns in a second, for the tests of classifiers of
image sequences.
"""

import numpy as np

SMALL = {"network_options": {"maps": 2, "blocks": [1]}, "hidden": 4}
FAST = SMALL | {
    "max_epochs": 3,
    "warm_up": 0.5,
    "learning_rate": 0.01,
    "batch_size": 8,
    "random_state": 0,
    "device": "cpu",
}


def flashes(n=24, seed=0, steps=3, shape=(8, 8)):
    """Simulated: a source in the middle that grows ("rise") or fades ("fade") in noise, (n, steps,
    1, *shape) float32, and labels; every object has the first image, one in five of the others was
    not taken.
    """
    rng = np.random.default_rng(seed)
    rising = rng.random(n) < 0.5
    strength = np.linspace(0, 9, steps)
    images = rng.normal(size=(n, steps, 1, *shape))
    middle = tuple(slice(side // 2 - 1, side // 2 + 1) for side in shape)
    images[(..., *middle)] += np.where(rising[:, None], strength, strength[::-1])[
        :, :, None, None, None
    ]
    images[:, 1:][rng.random((n, steps - 1)) < 0.2] = np.nan
    return images.astype(np.float32), np.where(rising, "rise", "fade")
