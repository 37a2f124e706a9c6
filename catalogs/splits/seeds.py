"""The random numbers of splits."""

from __future__ import annotations

import numpy as np

from catalogs.errors import CatalogueError


def stream(seed: int) -> np.random.Generator:
    """The generator of a split's random choices for that seed.

    Raises
    ------
    CatalogueError
        If the seed is no whole number from 0 on.
    """
    if isinstance(seed, bool) or int(seed) != seed or seed < 0:
        raise CatalogueError(
            f"seed {seed!r} must be a whole number, 0 or more; remedy: give such a number"
        )
    return np.random.default_rng([int(seed), *b"split"])
