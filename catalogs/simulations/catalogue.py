"""A simulated galaxy catalogue: machine parameters as plates give them, drawn along the Hubble
sequence. No sky was seen.

Each galaxy has a stage T that a human would write down. What its image shows belongs to a latent
stage T + error, because experts disagree: two of them by 1.8 stages rms in Naim et al. 1995 (MNRAS
274, 1107), which is 1.3 each, here split into a normal error and a few spoiled images (a star or a
companion in the way) that show some other galaxy's stage. Parameters are trends with the latent
stage (straight between the knots of TRENDS) plus Gaussian scatter that is correlated through three
common factors: size, young stars and bulge. The axial ratio comes from the geometry of randomly
tilted spheroids (Hubble 1926, ApJ 64, 321). Values are rounded as a catalogue prints them, and a
few are missing.

What is taken from papers: the colours follow the medians of B - V along the sequence in Roberts &
Haynes 1994 (ARA&A 32, 115), about 0.9 for E to 0.4 for Irr, with V - R added by choice; the class
mix is that of Storrie-Lombardi et al. 1992 (MNRAS 259, 8P), Table 2. All other trends and all
scatters are chosen to look like the ESO-LV catalogue (Lauberts & Valentijn 1989) in kind, with an
overlap that lets a good classifier find about 64 per cent of the classes, as the 1992 paper did:
that agreement is made, not found. They are not measurements, and no conclusion about galaxies can
be drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalogs.splits.sharing import largest_remainder

if TYPE_CHECKING:
    import pandas as pd

# Numbers of galaxies by class in Table 2 of Storrie-Lombardi et al. 1992: E, S0, Sa+Sb, Sc+Sd, Irr
# (3,517 galaxies).
TABLE_2_COUNTS = (311, 587, 1611, 760, 248)
# Stages T of each class and how its galaxies are shared out among them (chosen).
STAGES = (
    ((-5, -4, -3), (0.5, 0.2, 0.3)),
    ((-2, -1, 0), (0.5, 0.2, 0.3)),
    ((1, 2, 3, 4), (0.2, 0.2, 0.3, 0.3)),
    ((5, 6, 7, 8), (0.5, 0.25, 0.15, 0.1)),
    ((9, 10), (0.4, 0.6)),
)
KNOTS = (-5.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0)  # stages T at which the trends are given


@dataclass(frozen=True)
class Trend:
    """The mean of one parameter at KNOTS, its scatter (standard deviation), the shares of the
    scatter that the three common factors (size, young stars, bulge) carry, the decimals kept and
    the fraction that is missing.
    """

    means: tuple[float, ...]
    scatter: float
    factors: tuple[float, float, float] = (0.0, 0.0, 0.0)
    decimals: int = 2
    missing: float = 0.01


TRENDS = {
    "b_minus_r": Trend(
        (1.52, 1.50, 1.44, 1.28, 1.13, 1.00, 0.88, 0.78), 0.15, (0.0, -0.7, 0.2), missing=0.04
    ),
    "b_minus_r_inner": Trend(
        (1.60, 1.59, 1.56, 1.45, 1.30, 1.12, 0.95, 0.83), 0.17, (0.0, -0.6, 0.4), missing=0.04
    ),
    "b_mag": Trend((14.2, 14.2, 14.2, 14.1, 14.0, 14.2, 14.6, 14.8), 0.8, (-0.9, 0.0, 0.0)),
    "central_surface_brightness_b": Trend(
        (18.9, 19.2, 19.6, 20.1, 20.7, 21.3, 21.9, 22.4), 0.75, (0.0, 0.2, -0.7)
    ),
    "effective_surface_brightness_b": Trend(
        (21.3, 21.6, 21.9, 22.2, 22.5, 22.8, 23.2, 23.6), 0.55, (0.2, -0.2, -0.6)
    ),
    "mean_surface_brightness_b": Trend(
        (23.0, 23.1, 23.2, 23.3, 23.4, 23.6, 23.9, 24.2), 0.40, (0.1, -0.4, -0.3)
    ),
    "log_major_axis": Trend((0.20, 0.20, 0.24, 0.29, 0.32, 0.31, 0.27, 0.22), 0.2, (0.9, 0.0, 0.0)),
    "log_effective_to_isophotal": Trend(
        (-0.56, -0.52, -0.48, -0.43, -0.38, -0.34, -0.30, -0.28), 0.08, (0.0, 0.0, -0.6)
    ),
    "log_d80_to_d20": Trend(
        (0.76, 0.73, 0.69, 0.64, 0.58, 0.52, 0.47, 0.44), 0.08, (0.0, 0.1, 0.6)
    ),
    "log_profile_exponent": Trend(
        (-0.46, -0.38, -0.30, -0.21, -0.12, -0.06, -0.02, 0.00), 0.13, (0.0, 0.0, -0.5)
    ),
    "outer_gradient": Trend(
        (1.40, 1.55, 1.75, 2.00, 2.20, 2.30, 2.25, 2.10), 0.35, (-0.3, 0.0, 0.2)
    ),
    "log_asymmetry": Trend(
        (-1.45, -1.40, -1.28, -1.12, -0.98, -0.85, -0.72, -0.62),
        0.25,
        (0.0, 0.5, 0.0),
        missing=0.02,
    ),
}
THICKNESS = (
    0.62,
    0.30,
    0.24,
    0.20,
    0.16,
    0.15,
    0.22,
    0.38,
)  # true shortest over longest axis at KNOTS
THICKNESS_SCATTER = 0.08
LABEL_SCATTER = (
    0.9  # stages T: standard deviation of the written stage about the one the image shows
)
SPOILED = 0.09  # fraction of images that show the stage of some other galaxy


def class_counts(n: int) -> np.ndarray:
    """How many of n galaxies each class gets, (5,), in the proportions of Table 2."""
    return largest_remainder(np.array(TABLE_2_COUNTS), n)


def galaxies(n: int, seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """The written stage T (n,) and the 13 parameters (n, 13) of n simulated galaxies in random
    order; NaN is missing.

    The classes have exactly the numbers of `class_counts(n)`. The same n and seed give the same
    galaxies."""
    import pandas as pd

    rng = np.random.default_rng([seed, *b"simulated galaxies"])
    stage = _stages(class_counts(n), rng)
    latent = _latent_stages(stage, rng)  # (n,)
    factors = rng.standard_normal((n, 3))  # size, young stars, bulge
    values = {name: _parameter(trend, latent, factors, rng) for name, trend in TRENDS.items()}
    values["log_axial_ratio"] = _log_axial_ratio(latent, rng)
    return stage, pd.DataFrame(values)


def _stages(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The stages T of galaxies with the given numbers by class, shuffled, (n,)."""
    drawn = [
        rng.choice(values, size=count, p=shares)
        for count, (values, shares) in zip(counts, STAGES, strict=True)
    ]
    return rng.permutation(np.concatenate(drawn)).astype(float)


def _latent_stages(stage: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The stage that each image shows, (n,): the written one with an error, or that of another
    galaxy if spoiled.
    """
    spoiled = rng.random(len(stage)) < SPOILED
    shown = np.where(spoiled, rng.permutation(stage), stage)
    return np.clip(shown + rng.normal(0.0, LABEL_SCATTER, len(stage)), KNOTS[0], KNOTS[-1])


def _parameter(
    trend: Trend, latent: np.ndarray, factors: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One parameter, (n,): trend, common scatter and own scatter, rounded, some missing."""
    shares = np.array(trend.factors)
    common = factors[:, 0] * shares[0] + factors[:, 1] * shares[1] + factors[:, 2] * shares[2]
    own = rng.standard_normal(len(latent)) * np.sqrt(1.0 - (shares**2).sum())
    values = np.interp(latent, KNOTS, trend.means) + trend.scatter * (common + own)
    values = np.round(values, trend.decimals)
    return np.where(rng.random(len(latent)) < trend.missing, np.nan, values)


def _log_axial_ratio(latent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """log10 a/b of oblate spheroids of thickness q seen at random angles i: (b/a)^2 = q^2 sin^2 i +
    cos^2 i, (n,).
    """
    thickness = np.interp(latent, KNOTS, THICKNESS) + rng.normal(
        0.0, THICKNESS_SCATTER, len(latent)
    )
    thickness = np.clip(thickness, 0.1, 1.0)
    cos_squared = rng.random(len(latent)) ** 2
    axis_ratio = np.sqrt(thickness**2 * (1.0 - cos_squared) + cos_squared)
    return np.round(np.abs(np.log10(axis_ratio)), 2)
