"""Means of pixels over equal areas, fractions of pixels included, compiled by Numba.

To be imported where something is computed: Numba takes half a second to load."""

from __future__ import annotations

import numpy as np

from catalogs.compiling import compiled

Array = np.ndarray


def area_means(
    pixels: Array, rows: tuple[float, float], columns: tuple[float, float], size: int
) -> Array:
    """The means over size x size equal rectangles of the part of pixels (H, W, C), of any numbers,
    between these edges, (C, size, size) float32. A pixel that an edge cuts counts with the share
    inside.
    """
    return _means(np.ascontiguousarray(pixels), *rows, *columns, size)


@compiled
def _means(pixels: Array, top: float, bottom: float, left: float, right: float, size: int) -> Array:
    height, width, bands = pixels.shape
    first, end = int(np.floor(left)), min(int(np.ceil(right)), width)
    length = (end - first) * bands
    found = np.zeros((bands, size, size), np.float32)
    row = np.zeros(length, np.float32)
    tall, wide = (bottom - top) / size, (right - left) / size
    flat = pixels.reshape(height, width * bands)
    for y in range(size):
        low, high = top + y * tall, top + (y + 1) * tall
        row[:] = 0.0
        for line in range(int(low), min(int(np.ceil(high)), height)):
            share = np.float32((min(high, line + 1.0) - max(low, float(line))) / tall)
            source = flat[line, first * bands : end * bands]
            for i in range(length):
                row[i] += share * np.float32(source[i])
        for x in range(size):
            start, stop = left + x * wide, left + (x + 1) * wide
            for column in range(int(start), min(int(np.ceil(stop)), width)):
                inside = min(stop, column + 1.0) - max(start, float(column))
                part = np.float32(inside / wide)
                for band in range(bands):
                    found[band, y, x] += part * row[(column - first) * bands + band]
    return found
