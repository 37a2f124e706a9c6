"""Three to five handwritten digits in one cluttered picture, read out left to right; see
catalogs.simulations.digit_strings.

Real digits, simulated composition. Training digits come from the first half of scikit-learn's set
and test digits from the second, which other people wrote. Number of strings, epochs and learning
rate were chosen on digits 748 to 897 of the first half."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from catalogs.captions.task import Captions, CaptionTask
from catalogs.images.stack import ImageStack
from catalogs.simulations.digit_strings import SIDE, compose

NAME = "digit_strings"
LENGTHS = (3, 5)
DIGITS = tuple("0123456789")
STATES = ("start", *(f"{n} digits" for n in range(1, LENGTHS[1] + 1)))


def build(sizes: Mapping[str, int], seed: int) -> Captions:
    """The composed pictures; the region `place k` is the square of the k-th digit from the left."""
    made = {part: compose(n, seed, part) for part, n in sizes.items()}
    part = np.repeat(list(made), [len(strings.digits) for strings in made.values()])
    object_id = np.array(
        [f"{name}_{n:05d}" for name, strings in made.items() for n in range(len(strings.digits))]
    )
    boxes = np.concatenate([strings.boxes for strings in made.values()])
    rows = np.arange(SIDE)
    inside = (
        (rows >= boxes[..., :1]) & (rows < boxes[..., 2:3]),
        (rows >= boxes[..., 1:2]) & (rows < boxes[..., 3:]),
    )
    squares = 255 * (inside[0][..., :, None] & inside[1][..., None, :]).astype(
        np.uint8
    )  # (N, 5, H, W)
    about = {"captions": NAME, "simulated": True, "seed": seed, "sizes": dict(sizes)}
    return Captions(
        object_id,
        np.concatenate([strings.digits for strings in made.values()]),
        part,
        object_id,
        ImageStack(
            object_id,
            np.concatenate([s.images for s in made.values()]),
            ("grey",),
            provenance=about,
        ),
        ImageStack(
            object_id,
            squares,
            tuple(f"place {n}" for n in range(1, LENGTHS[1] + 1)),
            provenance=about,
        ),
    )


TASK = CaptionTask(
    name=NAME,
    title="Digit strings (real digits, simulated composition)",
    citation="Alpaydin & Kaynak 1998, UCI repository, as in scikit-learn",
    noun="digit strings",
    moves={before: dict.fromkeys(DIGITS, after) for before, after in pairwise(STATES)},
    ends=STATES[LENGTHS[0] :],
    build=build,
    simulated=True,
    sizes={"train": 40_000, "test": 1000},
    by_place=frozenset(DIGITS),
    options={
        "network": "pooled",
        "network_options": {"blocks": [1, 1], "maps": 32},
        "zoom": 0.05,
        "batch_size": 64,
        "learning_rate": 0.004,
        "warm_up": 0.5,
        "max_epochs": 12,
    },
)
