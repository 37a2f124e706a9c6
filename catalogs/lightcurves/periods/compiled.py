"""Loops of the period search, compiled by Numba when they are first asked for and kept on the disk:
sums over epochs at a few frequencies, and the periodogram from its sums. Each is a dozen operations
a place, and arrays of every one of them would leave the processor's cache.

To be imported where something is computed: Numba takes half a second to load."""

from __future__ import annotations

import numpy as np

from catalogs.compiling import compiled

Array = np.ndarray

HALF_PI = np.pi / 2
# Taylor series on [-pi / 4, pi / 4]: the first term left out is below 1e-14.
S3, S5, S7, S9, S11, S13 = -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800
C2, C4, C6, C8, C10, C12, C14 = (
    -1 / 2,
    1 / 24,
    -1 / 720,
    1 / 40320,
    -1 / 3628800,
    1 / 479001600,
    -1 / 87178291200,
)


@compiled
def _circle(time: Array, frequency: float, cosine: Array, sine: Array) -> None:
    """cos and sin of 2 pi f t for one frequency and all times, (L,), into the last two."""
    for i in range(len(time)):
        cycles = frequency * time[i]
        quarter = 4.0 * (cycles - np.floor(cycles))  # 0 to 4
        whole = np.floor(quarter + 0.5)  # 0 to 4
        x = (quarter - whole) * HALF_PI
        y = x * x
        s = x * (1.0 + y * (S3 + y * (S5 + y * (S7 + y * (S9 + y * (S11 + y * S13))))))
        c = 1.0 + y * (C2 + y * (C4 + y * (C6 + y * (C8 + y * (C10 + y * (C12 + y * C14))))))
        odd = whole == 1.0 or whole == 3.0
        a, b = (s, c) if odd else (c, s)
        cosine[i] = -a if whole == 1.0 or whole == 2.0 else a
        sine[i] = -b if whole == 2.0 or whole == 3.0 else b


@compiled
def power_sums(
    time: Array, weight: Array, weighted: Array, frequency: Array, k: int
) -> tuple[Array, Array]:
    """sum w z^m for m = 0 .. 2 K and sum w y z^m for m = 0 .. K with z = exp(2 pi i f t).

    time, weight, weighted (B, L) float64, `weighted` being w y; frequency (B, F), cycles a day;
    the sums are (B, F, 2 K + 1) and (B, F, K + 1) complex128."""
    n, length = time.shape
    window = np.zeros((n, frequency.shape[1], 2 * k + 1), np.complex128)
    signal = np.zeros((n, frequency.shape[1], k + 1), np.complex128)
    cosine, sine = np.empty(length), np.empty(length)
    real, imaginary = np.empty(length), np.empty(length)
    for b in range(n):
        used = 0  # epochs up to the last of any weight
        for i in range(length):
            if weight[b, i] != 0.0:
                used = i + 1
        w, y = weight[b, :used], weighted[b, :used]
        c, s, p, q = cosine[:used], sine[:used], real[:used], imaginary[:used]
        for f in range(frequency.shape[1]):
            _circle(time[b, :used], frequency[b, f], c, s)
            p[:], q[:] = 1.0, 0.0
            for m in range(2 * k + 1):
                wr, wi, yr, yi = 0.0, 0.0, 0.0, 0.0
                if m <= k:
                    for i in range(used):
                        wr += w[i] * p[i]
                        wi += w[i] * q[i]
                        yr += y[i] * p[i]
                        yi += y[i] * q[i]
                    signal[b, f, m] = complex(yr, yi)
                else:
                    for i in range(used):
                        wr += w[i] * p[i]
                        wi += w[i] * q[i]
                window[b, f, m] = complex(wr, wi)
                for i in range(used):
                    turned = p[i] * c[i] - q[i] * s[i]
                    q[i] = p[i] * s[i] + q[i] * c[i]
                    p[i] = turned
    return window, signal


@compiled
def window_terms(seen: Array, correction: Array) -> Array:
    """CC - C^2, SS - S^2, 2 (CS - C S) of Zechmeister & Kuerster's equations (8) to (15) at n
    frequencies, (3, B, n) float32, from sums of weights `seen` (B, 2 n + 1) complex64, to be
    multiplied with their `correction` (2 n + 1,).
    """
    rows, n = seen.shape[0], (seen.shape[1] - 1) // 2
    found = np.empty((3, rows, n), np.float32)
    half = np.float32(0.5)
    for b in range(rows):
        for k in range(n):
            once, twice = seen[b, k + 1], seen[b, 2 * k + 2]
            c, s = once.real * correction[k + 1], once.imag * correction[k + 1]
            cc, cs = twice.real * correction[2 * k + 2], twice.imag * correction[2 * k + 2]
            found[0, b, k] = half + half * cc - c * c
            found[1, b, k] = half - half * cc - s * s
            found[2, b, k] = cs - np.float32(2.0) * c * s
    return found


@compiled
def over_determinant(terms: Array, vanishing: float) -> None:
    """The terms (3, B, n) over their determinant CC SS - CS^2, in place; 0 where it vanishes."""
    quarter, zero = np.float32(0.25), np.float32(0.0)
    for b in range(terms.shape[1]):
        for k in range(terms.shape[2]):
            cc, ss, cs2 = terms[0, b, k], terms[1, b, k], terms[2, b, k]
            determinant = cc * ss - quarter * cs2 * cs2
            inverse = np.float32(1.0) / determinant if determinant > vanishing else zero
            terms[0, b, k] = cc * inverse
            terms[1, b, k] = ss * inverse
            terms[2, b, k] = cs2 * inverse


@compiled
def power_of(terms: Array, y: Array, correction: Array, first: int) -> Array:
    """(SS YC^2 + CC YS^2 - 2 CS YC YS) / D within 0 and 1, (B, n) float32, of terms over D (3, B,
    n) and sums `y` (B, n + 1) complex64 to be multiplied with their `correction`; 0 before `first`.
    """
    rows, n = terms.shape[1], terms.shape[2]
    power = np.zeros((rows, n), np.float32)
    zero, one = np.float32(0.0), np.float32(1.0)
    for b in range(rows):
        for k in range(first, n):
            c, s = y[b, k + 1].real, y[b, k + 1].imag
            square = terms[1, b, k] * c * c + terms[0, b, k] * s * s - terms[2, b, k] * c * s
            square *= correction[k + 1] * correction[k + 1]
            power[b, k] = min(max(square, zero), one)
    return power
