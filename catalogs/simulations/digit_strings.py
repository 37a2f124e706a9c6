"""Pictures composed of real handwritten digits: several of them at random places, scales and angles
on a cluttered ground.

The digits are scikit-learn's 8 x 8 pixels; the composition is simulated, and so called. Digits
never touch, and their centres are at least APART pixels apart along the row, so that left to right
is an order. Clutter is made of torn pieces of other digits of the same half, two strokes, and
noise: nothing in it can be told from writing by its grey alone.

898 digits are too few to learn from as they are. Those of the training half are therefore written
anew each time, bent, slanted, stretched, thinned or thickened a little (Simard, Steinkraus & Platt
2003, ICDAR, section 2); test digits never."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIDE = 48  # pixels
LENGTHS = (3, 5)  # digits in one picture, from and to
SCALES = (10.0, 14.0)  # side of a digit in pixels, from and to
TURN = 8.0  # degrees to either side
APART = 6.5  # pixels between the centres of two digits, along the row
PIECES = (3, 7)  # torn pieces of digits in the ground, from and to (without the second)
NOISE = 12.0  # standard deviation of the ground, of 255
# standard deviation of the displacement at 3 x 3 nodes across a training digit, in pixels of its 8
# x 8
BENT = 0.35
SLANT, STRETCH, STROKE = (
    0.2,
    0.12,
    0.35,
)  # of a training digit: shear, log of the sides' ratio, log of its ink's power
HALVES = {"train": slice(0, 898), "test": slice(898, 1797)}  # other people wrote the second half


class Strings(NamedTuple):
    """N composed pictures."""

    images: np.ndarray  # (N, 1, 48, 48) uint8
    digits: list[str]  # tokens with blanks between, left to right
    boxes: (
        np.ndarray
    )  # (N, 5, 4) int64: top, left, bottom, right of each digit's square in pixels, -1 without one


def compose(n: int, seed: int, half: str) -> Strings:
    """n pictures of digits from one half of scikit-learn's set; the same arguments give the same
    pictures.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    shapes, labels = bunch.images[HALVES[half]] / 16.0, bunch.target[HALVES[half]]
    rng = np.random.default_rng([seed, *f"digit strings {half}".encode()])
    bending = (
        np.random.default_rng([seed, *f"digit strings {half}, distortion".encode()])
        if half == "train"
        else None
    )
    images, digits = np.zeros((n, 1, SIDE, SIDE), np.uint8), []
    boxes = np.full((n, LENGTHS[1], 4), -1)
    for row in range(n):
        places = _places(rng)
        ink = _clutter(rng, shapes)
        said = []
        for which, (top, left, side) in enumerate(places):
            chosen = int(rng.integers(len(shapes)))
            angle, grey = rng.uniform(-TURN, TURN), rng.uniform(0.7, 1.0)
            drawn = (
                _drawn(shapes[chosen], side, angle)
                if bending is None
                else _bent(bending, shapes[chosen], side, angle)
            )
            _write(ink, drawn * grey, top, left)
            said.append(str(labels[chosen]))
            boxes[row, which] = top, left, top + side, left + side
        noisy = 255.0 * ink + rng.normal(0.0, NOISE, ink.shape) + 20.0
        images[row, 0] = np.rint(noisy.clip(0, 255)).astype(np.uint8)
        digits.append(" ".join(said))
    return Strings(images, digits, boxes)


def _places(rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Top, left and side of each digit's square, left to right; squares do not overlap."""
    wanted = int(rng.integers(LENGTHS[0], LENGTHS[1] + 1))
    while True:
        found: list[tuple[int, int, int]] = []
        for _ in range(200):
            side = round(rng.uniform(*SCALES))
            top, left = (int(rng.integers(0, SIDE - side + 1)) for _ in range(2))
            if all(_apart(top, left, side, *other) for other in found):
                found.append((top, left, side))
            if len(found) == wanted:
                return sorted(found, key=lambda box: box[1] + box[2] / 2)


def _apart(top: int, left: int, side: int, top2: int, left2: int, side2: int) -> bool:
    touch = (
        top < top2 + side2 and top2 < top + side and left < left2 + side2 and left2 < left + side
    )
    return not touch and abs(left + side / 2 - left2 - side2 / 2) >= APART


def _drawn(shape: np.ndarray, side: int, angle: float = 0.0) -> np.ndarray:
    """An 8 x 8 shape turned by ``angle`` degrees and drawn on side x side pixels by straight
    interpolation, (side, side).
    """
    from scipy.ndimage import affine_transform

    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    matrix = np.array([[cosine, sine], [-sine, cosine]]) * len(shape) / side
    middle = (len(shape) - 1) / 2 - matrix @ np.full(2, (side - 1) / 2)
    return affine_transform(shape, matrix, middle, (side, side), order=1)


def _bent(rng: np.random.Generator, shape: np.ndarray, side: int, angle: float) -> np.ndarray:
    """An 8 x 8 shape as ``_drawn`` draws it, but distorted at random: (side, side)."""
    from scipy.ndimage import map_coordinates

    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    slant, stretch = rng.uniform(-SLANT, SLANT), np.exp(rng.uniform(-STRETCH, STRETCH) / 2)
    matrix = (
        np.array([[cosine, sine], [-sine, cosine]])
        @ [[stretch, 0.0], [slant, 1 / stretch]]
        * len(shape)
        / side
    )
    y, x = np.indices((side, side)) - (side - 1) / 2
    along = np.linspace(0, 2, side)
    between = np.maximum(
        0, 1 - np.abs(along[:, None] - np.arange(3))
    )  # (side, 3), straight interpolation between the nodes
    moved = between @ rng.normal(0.0, BENT, (2, 3, 3)) @ between.T
    where = np.tensordot(matrix, np.stack([y, x]), 1) + (len(shape) - 1) / 2 + moved
    return map_coordinates(shape, where, order=1) ** np.exp(rng.uniform(-STROKE, STROKE))


def _write(ink: np.ndarray, drawn: np.ndarray, top: int, left: int) -> None:
    part = ink[top : top + drawn.shape[0], left : left + drawn.shape[1]]
    np.maximum(part, drawn, out=part)


def _clutter(rng: np.random.Generator, shapes: np.ndarray) -> np.ndarray:
    """The ground: torn pieces and two strokes, (48, 48), 0 paper to 1 ink."""
    ink = np.zeros((SIDE, SIDE))
    for _ in range(int(rng.integers(*PIECES))):
        whole = _drawn(shapes[int(rng.integers(len(shapes)))], round(rng.uniform(*SCALES)))
        side = int(rng.integers(3, 6))
        y, x = (int(rng.integers(0, len(whole) - side + 1)) for _ in range(2))
        top, left = (int(rng.integers(0, SIDE - side + 1)) for _ in range(2))
        _write(ink, 0.8 * whole[y : y + side, x : x + side], top, left)
    for _ in range(2):
        ends = rng.uniform(0, SIDE - 1, (2, 2))
        steps = np.linspace(0, 1, 2 * SIDE)[:, None]
        y, x = np.rint(ends[0] + steps * (ends[1] - ends[0])).astype(int).T
        ink[y, x] = np.maximum(ink[y, x], rng.uniform(0.2, 0.4))
    return ink
