"""Simulated images that a tiny network learns in a second, for the tests of image classifiers."""

import numpy as np

SMALL = {
    "network": "lenet",
    "network_options": {"feature_maps": (4,), "kernel_size": 3, "dense": ()},
}
FAST = SMALL | {
    "max_epochs": 3,
    "warm_up": 1,
    "learning_rate": 0.01,
    "random_state": 0,
    "device": "cpu",
}


def bars(n=90, side=10, seed=0):
    """Simulated images of one bright bar on noise, "flat" or "upright", (n, 1, side, side) uint8,
    and the labels.
    """
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 40, (n, 1, side, side))
    upright = rng.random(n) < 0.5
    for image, turned in zip(images, upright):
        row = rng.integers(2, side - 2)
        image[0, row] += 150
        image[0] = image[0].T if turned else image[0]
    return images.astype(np.uint8), np.where(upright, "upright", "flat")
