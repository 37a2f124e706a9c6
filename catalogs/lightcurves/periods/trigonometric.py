"""Sums of c_j exp(-2 pi i k x_j) over unevenly spread points for all k from 0 to K: a non-uniform
FFT of type 1.

Dutt & Rokhlin 1993 (SIAM J. Sci. Comput. 14, 1368): the points are spread over a fine grid with a
narrow kernel, the grid is Fourier transformed, and the kernel's own transform divided out. The
kernel is that of Kaiser and Bessel with the width and shape of Beatty, Nishimura & Pauly 2005 (IEEE
Trans. Med. Imaging 24, 799), equation (5): errors stay near float32's own."""

from __future__ import annotations

import math
from functools import lru_cache

import torch

WIDTH = 8  # grid cells that a point is spread over
OVERSAMPLING = 1.2  # the least: cells of the fine grid over 2 K


def cells(k: int) -> int:
    """The length of the fine grid for frequencies up to k: a power of two, or three times one, long
    enough.
    """
    least = max(int(2 * k * OVERSAMPLING), 4 * WIDTH)
    power = 1 << (least - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= least else power


def sums(position: torch.Tensor, values: torch.Tensor, k: int) -> torch.Tensor:
    """sum_j values[b, j] exp(-2 pi i m position[b, j]) for m = 0 .. k, (B, L) and (B, L) to (B, k +
    1) complex64.

    Positions are in cycles of m = 1, float64; whole cycles do not matter. Points of value 0 do not
    count."""
    found = spread_sums(position, values, k)
    return found * correction(k).to(found.device)  # (B, k + 1)


def spread_sums(position: torch.Tensor, values: torch.Tensor, k: int) -> torch.Tensor:
    """The same before they are multiplied with the `correction` (k + 1,)."""
    m = cells(k)
    beta = _beta(k, m)
    place = (position - torch.floor(position)) * m
    first = torch.ceil(place - WIDTH / 2)
    offset = (first - place).float()[..., None] + torch.arange(
        WIDTH, device=place.device
    )  # (B, L, W) cells from the point
    kernel = torch.special.i0(beta * torch.sqrt((1 - (2 * offset / WIDTH) ** 2).clamp(min=0)))
    index = (first.long()[..., None] + torch.arange(WIDTH, device=place.device)) % m
    grid = torch.zeros(len(position), m, dtype=torch.float32, device=place.device)
    grid.scatter_add_(1, index.flatten(1), (kernel * values.float()[..., None]).flatten(1))
    return torch.fft.rfft(grid)[:, : k + 1]


def _beta(k: int, m: int) -> float:
    return math.pi * math.sqrt((WIDTH * (1 - k / m)) ** 2 - 0.8)


@lru_cache(maxsize=4)
def correction(k: int) -> torch.Tensor:
    """One over the kernel's Fourier transform, WIDTH sinh(s) / s with s^2 = beta^2 - (pi WIDTH m' /
    m)^2, (k + 1,) float32.
    """
    m = cells(k)
    beta = _beta(k, m)
    frequency = torch.arange(k + 1, dtype=torch.float64) / m
    root = torch.sqrt(beta**2 - (math.pi * WIDTH * frequency) ** 2)
    return (root / (WIDTH * torch.sinh(root))).float()
