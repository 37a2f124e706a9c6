"""Simulated variable stars in seven classes on cadences with nights, seasons and weather. No sky
was seen.

Shapes: RR Lyrae and Cepheids are Fourier series with a steep rise, whose R21 and phi21 follow the
period loosely; delta Scuti stars are nearly sinusoidal and short; Miras are long, of large
amplitude and not strictly repeating; eclipsing binaries are two stars of uniform brightness on a
circular orbit, their shared area taken from two overlapping discs (no limb darkening), with an
ellipsoidal wave; constant stars show noise; a microlensing event magnifies by A(u) = (u^2 + 2) / (u
sqrt(u^2 + 4)), Paczynski 1986 (ApJ 304, 1), equation (10), u^2 = u0^2 + ((t - t0) / tE)^2, with
part of the light not lensed.

All distributions are chosen to look like a ground-based survey in kind. They are not measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CLASSES = (
    "RR Lyrae",
    "Cepheid",
    "eclipsing binary",
    "Mira",
    "delta Scuti",
    "constant",
    "microlensing",
)
START = 2455260.5  # the Julian Date on which the survey begins
YEAR, SIDEREAL_DAY = 365.25, 0.99727


@dataclass(frozen=True)
class Cadence:
    """A survey of `seasons` seasons, each `season_days` long and a year after the last; a night has
    one visit with probability `visited`; magnitudes have noise `floor`, growing tenfold every 5
    magnitudes above `faint`.
    """

    seasons: int = 5
    season_days: float = 210.0
    visited: float = 0.25
    floor: float = 0.008
    faint: float = 15.5


def times(cadence: Cadence, rng: np.random.Generator) -> np.ndarray:
    """The Julian Dates of the visits to one field, rising, (M,): nights that the weather allows, at
    hours that drift.
    """
    nights = np.arange(int(cadence.season_days))
    chosen = []
    for season in range(cadence.seasons):
        open_sky = nights[rng.random(len(nights)) < cadence.visited]
        hour = 0.17 * np.sin(np.pi * open_sky / cadence.season_days + 0.5) + rng.uniform(
            -0.09, 0.09, len(open_sky)
        )
        chosen.append(START + season * YEAR + open_sky * SIDEREAL_DAY + hour)
    return np.sort(np.concatenate(chosen))


def light_curve(
    label: str, cadence: Cadence, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, float]]:
    """Times, magnitudes, errors (M,) of one star of the class, and its truth (period_days is NaN
    where it has none).
    """
    time = times(cadence, rng)
    signal, truth = _MODELS[label](time, rng)
    mean = rng.uniform(13.0, 18.5)
    expected = cadence.floor * np.sqrt(1.0 + 10 ** (0.4 * (mean + signal - cadence.faint)))
    error = expected * rng.uniform(0.8, 1.25, len(time))
    noise = (
        error * np.where(rng.random(len(time)) < 0.01, 5.0, 1.0) * rng.standard_normal(len(time))
    )
    return (
        time,
        mean + signal + noise,
        error,
        {"period_days": np.nan, "mean_magnitude": mean, **truth},
    )


def _series(phase: np.ndarray, amplitudes: tuple, phases: tuple) -> np.ndarray:
    """sum_k a_k cos(2 pi k phase + phi_k), k from 1."""
    return sum(
        a * np.cos(2 * np.pi * (k + 1) * phase + p)
        for k, (a, p) in enumerate(zip(amplitudes, phases, strict=True))
    )


def _pulsator(
    time: np.ndarray,
    period: float,
    amplitude: float,
    r21: float,
    phi21: float,
    r31: float,
    phi31: float,
):
    a1 = amplitude / (2.0 * (1.0 + 0.5 * r21))
    phase = (time - START) / period
    shape = (a1, a1 * r21, a1 * r31), (0.0, phi21, phi31)
    return _series(phase, *shape), {"period_days": period, "amplitude": _peak_to_peak(*shape)}


def _peak_to_peak(amplitudes: tuple, phases: tuple) -> float:
    """The faintest less the brightest magnitude of one cycle, of 1000 phases."""
    return float(np.ptp(_series(np.arange(1000) / 1000, amplitudes, phases)))


def _rr_lyrae(time: np.ndarray, rng: np.random.Generator):
    if rng.random() < 0.25:  # first overtone: shorter, nearly sinusoidal
        period = rng.normal(0.32, 0.03)
        r21, phi21 = rng.uniform(0.05, 0.2), rng.normal(4.7, 0.3)
        return _pulsator(
            time, period, rng.uniform(0.3, 0.55), r21, phi21, 0.05, rng.normal(2.5, 0.8)
        )
    period = np.clip(rng.normal(0.56, 0.07), 0.4, 0.85)
    amplitude = np.clip(1.1 - 1.6 * (period - 0.5) + rng.normal(0, 0.12), 0.2, 1.4)
    r21, phi21, r31 = rng.normal(0.48, 0.05), rng.normal(3.9, 0.2), rng.normal(0.32, 0.05)
    return _pulsator(time, period, amplitude, r21, phi21, r31, rng.normal(2.1, 0.3))


def _cepheid(time: np.ndarray, rng: np.random.Generator):
    period = 10 ** np.clip(rng.normal(0.65, 0.28), 0.0, 1.8)
    r21 = np.clip(
        0.48 - 0.35 * np.exp(-(((np.log10(period) - 1.0) / 0.15) ** 2)) + rng.normal(0, 0.04),
        0.03,
        None,
    )
    phi21 = 4.2 + 0.9 * np.log10(period) + rng.normal(0, 0.15)
    return _pulsator(
        time, period, rng.uniform(0.2, 0.9), r21, phi21, 0.5 * r21, rng.normal(2.3, 0.3)
    )


def _delta_scuti(time: np.ndarray, rng: np.random.Generator):
    period = 10 ** rng.uniform(np.log10(0.05), np.log10(0.22))
    r21, phi21 = rng.uniform(0.05, 0.35), rng.normal(4.0, 0.4)
    return _pulsator(time, period, rng.uniform(0.06, 0.5), r21, phi21, 0.06, rng.normal(2.0, 0.8))


def _mira(time: np.ndarray, rng: np.random.Generator):
    period, amplitude = np.clip(rng.normal(300.0, 80.0), 110.0, 520.0), rng.uniform(1.2, 3.5)
    phase = (time - START) / period + 0.03 * np.cumsum(rng.standard_normal(40))[
        ((time - START) // period).astype(int) % 40
    ]
    cycle = 1.0 + 0.15 * np.sin(2 * np.pi * (time - START) / (period * rng.uniform(3, 6)))
    shape = (1.0, rng.uniform(0.05, 0.3)), (rng.uniform(0, 6.28), rng.normal(4.0, 0.5))
    signal = amplitude / 2 * cycle * _series(phase, *shape)
    mean_cycle = amplitude / 2 * _peak_to_peak(*shape)
    return signal, {"period_days": period, "amplitude": mean_cycle}


def _eclipsing(time: np.ndarray, rng: np.random.Generator):
    r1 = rng.uniform(0.12, 0.42)
    r2 = r1 * rng.uniform(0.4, 1.0)
    surface = rng.uniform(0.15, 1.0)  # brightness of the second star's surface over the first's
    period = 10 ** rng.uniform(
        np.log10(0.28 + 0.6 * max(0.8 - r1 - r2, 0.0)), 0.9 if r1 + r2 < 0.55 else 0.1
    )
    inclination = np.arccos(rng.uniform(0.0, 0.85) * (r1 + r2))
    angle = 2 * np.pi * ((time - START) / period + rng.random())
    distance = np.sqrt(np.sin(angle) ** 2 + (np.cos(angle) * np.cos(inclination)) ** 2)
    hidden = overlap(distance, r1, r2)
    brightness = np.where(np.cos(angle) > 0, 1.0, surface)  # the star that is behind loses the area
    total = np.pi * (r1**2 + surface * r2**2)
    flux = 1.0 - hidden * brightness / total - 0.6 * ((r1 + r2) ** 3) * 0.5 * np.cos(2 * angle)
    return -2.5 * np.log10(np.maximum(flux, 0.02)), {
        "period_days": period,
        "amplitude": float("nan"),
    }


def overlap(distance: np.ndarray, r1: float, r2: float) -> np.ndarray:
    """The area that two discs of radii r1 and r2 share when their centres are `distance` apart,
    (M,).
    """
    distance = np.clip(distance, 1e-9, None)
    small = min(r1, r2)
    cos1 = np.clip((distance**2 + r1**2 - r2**2) / (2 * distance * r1), -1.0, 1.0)
    cos2 = np.clip((distance**2 + r2**2 - r1**2) / (2 * distance * r2), -1.0, 1.0)
    kite = (r1 + r2 - distance) * (distance + r1 - r2) * (distance - r1 + r2) * (distance + r1 + r2)
    lens = (
        r1**2 * np.arccos(cos1) + r2**2 * np.arccos(cos2) - 0.5 * np.sqrt(np.clip(kite, 0.0, None))
    )
    return np.where(
        distance >= r1 + r2, 0.0, np.where(distance <= abs(r1 - r2), np.pi * small**2, lens)
    )


def _constant(time: np.ndarray, rng: np.random.Generator):
    return np.zeros(len(time)), {"amplitude": 0.0}


def magnification(u: np.ndarray) -> np.ndarray:
    """A(u) = (u^2 + 2) / (u sqrt(u^2 + 4)), (N,) as u, of a point lens (Paczynski 1986, equation
    10).
    """
    return (u**2 + 2.0) / (u * np.sqrt(u**2 + 4.0))


def _microlensing(time: np.ndarray, rng: np.random.Generator):
    u0, einstein_days = rng.uniform(0.02, 0.7), 10 ** np.clip(rng.normal(1.4, 0.3), 0.8, 2.1)
    peak = rng.choice(time) + rng.normal(0, 1.0)
    lensed = rng.uniform(0.3, 1.0)
    u = np.sqrt(u0**2 + ((time - peak) / einstein_days) ** 2)
    signal = -2.5 * np.log10(lensed * magnification(u) + 1.0 - lensed)
    return signal, {"amplitude": float(-signal.min()), "u0": u0, "einstein_days": einstein_days}


_MODELS = {
    "RR Lyrae": _rr_lyrae,
    "Cepheid": _cepheid,
    "eclipsing binary": _eclipsing,
    "Mira": _mira,
    "delta Scuti": _delta_scuti,
    "constant": _constant,
    "microlensing": _microlensing,
}


def truth_and_epochs(n: int, seed: int, cadence: Cadence | None = None):
    """Yield for each of n stars: its label (classes in turn), times, magnitudes, errors and truth.
    Star i of a seed is always the same star, whatever n is.
    """
    for number in range(n):
        rng = np.random.default_rng([seed, *b"simulated variables", number])
        label = CLASSES[number % len(CLASSES)]
        yield label, *light_curve(label, cadence or Cadence(), rng)
