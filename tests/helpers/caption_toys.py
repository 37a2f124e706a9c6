"""Simulated images that a tiny network can read in a few seconds, for the tests of caption
classifiers.
"""

import numpy as np

from astronn import Grammar

GRAMMAR = Grammar.repeated(["dot", "bar"], 1, 3)
SMALL = {
    "network_options": {"maps": 8, "blocks": [1, 1]},
    "hidden": 24,
    "embedding": 12,
    "attention_units": 12,
    "dropout": 0.0,
    "learning_rate": 0.01,
    "warm_up": 0.5,
    "zoom": 0.0,
    "shift": 0.0,
    "grammar": GRAMMAR,
    "random_state": 0,
    "device": "cpu",
}
FAST = SMALL | {"max_epochs": 2}


def signs(n=60, seed=0, side=24):
    """Simulated images of one to three signs, bars and dots, read left to right: (n, 1, side, side)
    uint8, captions, and the columns at which the signs' thirds of the image begin.
    """
    rng = np.random.default_rng(seed)
    images, said = rng.integers(0, 40, (n, 1, side, side)).astype(np.uint8), []
    for image in images:
        count, wide = int(rng.integers(1, 4)), side // 3
        kinds = rng.choice(["bar", "dot"], count)
        for third, kind in enumerate(kinds):
            left, top = third * wide + 1, int(rng.integers(1, side - 7))
            sign = image[0, top : top + 6, left : left + 6]
            sign[:, 2:4] = 220
            if kind == "dot":
                sign[:] = 0
                sign[1:5, 1:5] = 220
        said.append(" ".join(kinds))
    return images, said
