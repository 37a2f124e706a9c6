"""Light curves for the tests of this folder."""

import numpy as np

from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.epochs import of_objects

START = 2455000.0


def curves(*stars, bands=("V",)):
    """LightCurves of stars given as (time after START, magnitude) or (time, magnitude, error) each,
    named s0, s1, ...
    """
    stars = [star if len(star) == 3 else (*star, np.full(len(star[0]), 0.02)) for star in stars]
    counts = [len(star[0]) for star in stars]
    join = [
        np.concatenate([np.asarray(star[column], dtype=float) for star in stars])
        for column in range(3)
    ]
    names = [f"s{number}" for number in range(len(stars))]
    return LightCurves(
        names,
        np.r_[0, np.cumsum(counts)],
        START + join[0],
        *join[1:],
        np.zeros(sum(counts), np.int8),
        bands,
    )


def visits(n=300, days=900.0, seed=0):
    """n times of night-time visits within so many days, rising."""
    rng = np.random.default_rng(seed)
    return np.sort(np.floor(rng.uniform(0, days, n)) + rng.uniform(-0.15, 0.15, n))


def source(*chunks):
    """A source of chunks, (names, counts, time, magnitude, error, band) each."""
    return lambda: (of_objects(*chunk) for chunk in chunks)
