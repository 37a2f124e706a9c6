"""Simulated difference images on a given cadence: a transient that fades, a variable star, an
artefact of subtraction.

No sky was seen. Every stamp is the difference of an image and a template, in units of the sky's
noise (standard deviation 1 in a pixel), the object in the middle. A point source of signal to noise
s adds s times the PSF divided by its norm, so that the best filter finds it at s. A transient rises
within days and fades within weeks; a variable swings about its mean, brighter and fainter than the
template; an artefact does what no star does: a cosmic ray in one image, a dipole where the images
were not aligned, a column that was not flat. The numbers are chosen, not measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CLASSES = ("transient", "variable", "artefact")
SIDE = 21  # pixels
PSF_SIGMA = (1.0, 1.6)  # pixels, another one in every image
PEAK = (8.0, 60.0)  # signal to noise at the best, log-uniform
RISE_DAYS, FADE_DAYS, PERIOD_DAYS = (2.0, 6.0), (8.0, 30.0), (0.5, 40.0)
NIGHTS = 12  # images of one object without a cadence of its own


class Sequences(NamedTuple):
    """N objects with T images each, padded at the end."""

    images: np.ndarray  # (N, T, 1, 21, 21) float32, NaN where there is no image
    days: np.ndarray  # (N, T) since the first image, NaN where there is no image
    labels: np.ndarray  # (N,) of CLASSES


def simulate(n: int, seed: int, cadences: Sequence[Sequence[float]] | None = None) -> Sequences:
    """n objects, classes in turn and then shuffled; the same arguments give the same images.

    ``cadences`` are lists of days at which real objects were looked at
    (catalogs.images.alerts.cadences); each object gets one of them. Without them nights one to
    three days apart, a fifth of them lost to clouds."""
    rng = np.random.default_rng([seed, *b"difference images"])
    labels = np.array(CLASSES)[rng.permutation(np.arange(n) % len(CLASSES))]
    nights = [_nights(rng, cadences) for _ in range(n)]
    longest = max(map(len, nights))
    images, days = (
        np.full((n, longest, 1, SIDE, SIDE), np.nan, np.float32),
        np.full((n, longest), np.nan),
    )
    for row, (label, when) in enumerate(zip(labels, nights)):
        days[row, : len(when)] = when
        images[row, : len(when), 0] = _DRAWN[label](rng, when) + rng.normal(
            size=(len(when), SIDE, SIDE)
        )
    return Sequences(images, days, labels)


def _nights(rng: np.random.Generator, cadences: Sequence[Sequence[float]] | None) -> np.ndarray:
    if cadences is not None:
        when = np.sort(np.asarray(cadences[int(rng.integers(len(cadences)))], float))
        return when - when[0]
    when = np.concatenate([[0.0], np.cumsum(rng.uniform(1.0, 3.0, NIGHTS - 1))])
    kept = rng.random(NIGHTS) > 0.2
    kept[0] = True
    return when[kept]


def _transient(rng: np.random.Generator, when: np.ndarray) -> np.ndarray:
    """Rising like exp(t / rise) and fading like exp(-t / fade) about a day of maximum within the
    first half.
    """
    top = rng.uniform(when[0], when[0] + 0.5 * max(when[-1] - when[0], 1.0))
    rise, fade = rng.uniform(*RISE_DAYS), rng.uniform(*FADE_DAYS)
    return _points(
        rng, _peak(rng) * np.exp(np.where(when < top, (when - top) / rise, (top - when) / fade))
    )


def _variable(rng: np.random.Generator, when: np.ndarray) -> np.ndarray:
    """A sine of the time about the template's own phase: differences of both signs."""
    period, phase = np.exp(rng.uniform(*np.log(PERIOD_DAYS))), rng.uniform(0.0, 1.0)
    return _points(rng, _peak(rng) * np.sin(2.0 * np.pi * (when / period + phase)))


def _artefact(rng: np.random.Generator, when: np.ndarray) -> np.ndarray:
    """One of: a cosmic ray, a dipole of changing size, a bad column; each where a star would be."""
    return (_ray, _dipole, _column)[int(rng.integers(3))](rng, when)


def _ray(rng: np.random.Generator, when: np.ndarray) -> np.ndarray:
    """A straight track, one pixel wide, in one image."""
    drawn = np.zeros((len(when), SIDE, SIDE))
    angle, length = rng.uniform(0.0, np.pi), rng.uniform(2.0, 7.0)
    along = np.linspace(-length / 2, length / 2, 30)
    y, x = (np.rint(SIDE // 2 + along * turn(angle)).astype(int) for turn in (np.sin, np.cos))
    drawn[int(rng.integers(len(when))), y, x] = _peak(rng) / 2.0
    return drawn


def _dipole(rng: np.random.Generator, when: np.ndarray) -> np.ndarray:
    """A bright star subtracted from itself shifted by a fraction of a pixel, another shift in each
    image.
    """
    bright = 3.0 * _peak(rng)
    shifts = rng.normal(0.0, 0.35, (len(when), 2))
    sigma = rng.uniform(*PSF_SIGMA, len(when))
    return np.stack(
        [bright * (_psf(s, *shift) - _psf(s, 0.0, 0.0)) for s, shift in zip(sigma, shifts)]
    )


def _column(rng: np.random.Generator, when: np.ndarray) -> np.ndarray:
    """A column, or a row, a few pixels from the middle at most, that is too bright or too faint in
    every image.
    """
    drawn = np.zeros((len(when), SIDE, SIDE))
    drawn[:, :, SIDE // 2 + int(rng.integers(-2, 3))] = rng.choice([-1.0, 1.0]) * rng.uniform(
        2.0, 6.0
    )
    return drawn.swapaxes(1, 2) if rng.random() < 0.5 else drawn


_DRAWN = {"transient": _transient, "variable": _variable, "artefact": _artefact}


def _points(rng: np.random.Generator, strength: np.ndarray) -> np.ndarray:
    """A point source in the middle, within half a pixel, of the given signal to noise in each
    image: (T, 21, 21).
    """
    shift, sigma = rng.uniform(-0.5, 0.5, 2), rng.uniform(*PSF_SIGMA, len(strength))
    return np.stack([one * _psf(s, *shift) for one, s in zip(strength, sigma)])


def _psf(sigma: float, right: float, down: float) -> np.ndarray:
    """A Gaussian PSF divided by the root of its sum of squares, (21, 21)."""
    grid = np.arange(SIDE) - SIDE // 2
    psf = np.exp(
        -0.5 * (((grid - down) / sigma) ** 2)[:, None] - 0.5 * ((grid - right) / sigma) ** 2
    )
    return psf / np.sqrt((psf**2).sum())


def _peak(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(PEAK))))
