"""Simulated galaxies with a description in de Vaucouleurs' manner: `E3`, `SAB (r) b`, `S c
edge-on`, token by token.

De Vaucouleurs (1959, Handbuch der Physik 53, 275): families SA (no bar), SB (bar), SAB (a weak
one); varieties (r), an inner ring from which the arms spring, and (s), arms that begin at the
centre or at the ends of the bar; stages a to d, along which the bulge fades and the arms open. En
has the axis ratio 1 - n / 10. An edge-on disc shows its stage by its bulge alone, and neither
family nor variety. The light is that of catalogs.simulations.galaxies; the numbers of a class are
chosen, not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

FAMILIES, VARIETIES, STAGES = ("SA", "SAB", "SB"), ("(r)", "(s)"), ("a", "b", "c", "d")
ELLIPTICALS = tuple(f"E{n}" for n in range(8))
EDGE_ON = "edge-on"
SHARES = {"elliptical": 0.25, "disc": 0.6, "edge-on": 0.15}  # of all galaxies
BULGE = {
    "a": 0.40,
    "b": 0.24,
    "c": 0.12,
    "d": 0.03,
}  # share of the light, give or take a fifth of it
PITCH = {"a": 9.0, "b": 15.0, "c": 22.0, "d": 30.0}  # degrees, give or take 2
CONTRAST = {"a": 0.60, "b": 0.75, "c": 0.85, "d": 0.95}
BAR = {
    "SA": (0.0, 0.0, 0.0),
    "SAB": (0.45, 0.6, 0.12),
    "SB": (0.7, 0.95, 0.35),
}  # length in half-light radii; light
SIGNAL_TO_NOISE = (40.0, 300.0)  # ranges, log-uniform, as in catalogs.simulations.galaxies
PSF_FWHM = (1.0, 2.5)
MOVES = {
    "start": {
        **dict.fromkeys(ELLIPTICALS, "elliptical"),
        **dict.fromkeys(FAMILIES, "family"),
        "S": "seen from the side",
    },
    "family": dict.fromkeys(VARIETIES, "variety"),
    "variety": dict.fromkeys(STAGES, "stage"),
    "seen from the side": dict.fromkeys(STAGES, "stage from the side"),
    "stage from the side": {EDGE_ON: "edge-on disc"},
}
ENDS = ("elliptical", "stage", "edge-on disc")
LOOK_AT = {
    "SAB": "bar",
    "SB": "bar",
    "(r)": "ring",
    "(s)": "arms",
}  # the component that a token speaks of


def truth(n: int, seed: int) -> pd.DataFrame:
    """What n galaxies are built of (the columns of simulate.truth, with bar_share and ring_share)
    and their `caption`.
    """
    import pandas as pd

    rng = np.random.default_rng([seed, *b"simulated galaxy strings"])
    kinds = rng.choice(list(SHARES), n, p=list(SHARES.values()))
    rows = [_DRAWN[kind](rng) | _seen(rng) for kind in kinds]
    frame = pd.DataFrame(rows)
    frame["resolution"] = frame["half_light"] / (frame["psf_fwhm"] / 2.0)
    return frame


def _seen(rng: np.random.Generator) -> dict:
    low, high = np.log(PSF_FWHM), np.log(SIGNAL_TO_NOISE)
    return {
        "position_angle": rng.uniform(0.0, 180.0),
        "phase": rng.uniform(0.0, 360.0),
        "psf_fwhm": np.exp(rng.uniform(*low)),
        "signal_to_noise": np.exp(rng.uniform(*high)),
        "noise_seed": int(rng.integers(0, 2**31)),
    }


def _elliptical(rng: np.random.Generator) -> dict:
    flattening = int(rng.integers(0, 8))
    return _smooth(rng) | {
        "caption": f"E{flattening}",
        "axis_ratio": 1.0 - 0.1 * flattening - rng.uniform(0.0 if flattening == 0 else -0.05, 0.05),
        "sersic": rng.uniform(3.0, 5.0),
    }


def _disc(rng: np.random.Generator) -> dict:
    family, variety, stage = (str(rng.choice(names)) for names in (FAMILIES, VARIETIES, STAGES))
    shortest, longest, light = BAR[family]
    row = _with_stage(rng, stage) | {"caption": f"{family} {variety} {stage}"}
    bar = rng.uniform(shortest, longest) * row["half_light"]
    ring = 1.05 * bar if bar else rng.uniform(0.55, 0.8) * row["half_light"]
    return row | {
        "inclination": np.degrees(np.arccos(rng.uniform(0.65, 1.0))),
        "bar_length": bar,
        "bar_share": light,
        "ring_radius": ring if variety == "(r)" else 0.0,
        "ring_share": 0.4,
        "arms": 2,
        "pitch": PITCH[stage] + rng.uniform(-2.0, 2.0),
        "winding": int(rng.choice([-1, 1])),
        "arm_contrast": CONTRAST[stage],
    }


def _edge_on(rng: np.random.Generator) -> dict:
    stage = str(rng.choice(STAGES))
    return _with_stage(rng, stage) | {
        "caption": f"S {stage} {EDGE_ON}",
        "inclination": rng.uniform(84.0, 90.0),
    }


_DRAWN = {"elliptical": _elliptical, "disc": _disc, "edge-on": _edge_on}


def _with_stage(rng: np.random.Generator, stage: str) -> dict:
    return _smooth(rng) | {
        "half_light": rng.uniform(9.0, 13.0),
        "bulge_share": BULGE[stage] * rng.uniform(0.8, 1.2),
        "sersic": rng.uniform(1.5, 3.0),
        "young": 0.3 + 0.2 * STAGES.index(stage) + rng.uniform(0.0, 0.1),
    }


def _smooth(rng: np.random.Generator) -> dict:
    """A galaxy of bulge light alone."""
    return {
        "half_light": rng.uniform(6.0, 11.0),
        "inclination": 0.0,
        "axis_ratio": 1.0,
        "bulge_share": 1.0,
        "arms": 0,
        "pitch": 0.0,
        "winding": 0,
        "arm_contrast": 0.0,
        "bar_length": 0.0,
        "bar_share": 0.0,
        "ring_radius": 0.0,
        "ring_share": 0.0,
        "young": 0.0,
    }
