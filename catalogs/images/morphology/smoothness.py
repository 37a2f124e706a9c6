"""Smoothness S: the light in structure finer than a quarter of the Petrosian radius (Lotz et al.
2004, eq. 11).

S = [sum of max(I - I_s, 0) - area x mean of max(sky - sky_s, 0)] / sum I between 0.25 and 1.5
Petrosian radii, I_s being I under a boxcar of a quarter of the Petrosian radius. Conselice 2003 has
an additional factor of 10."""

from __future__ import annotations

import torch
from torch import Tensor

INNER, OUTER = 0.25, 1.5  # Petrosian radii
FINE = 3  # pixels, side of the boxcar that only the finest structure escapes


def boxcar(flux: Tensor, side: Tensor) -> Tensor:
    """The mean of pictures (B, S, S) over squares of side (B,) whole pixels about each pixel,
    mirrored at the edges.

    A square of even side reaches one pixel further up and left.
    """
    size, reach = flux.shape[-1], int(side.max()) + 1
    index = torch.arange(-reach, size + reach, device=flux.device) % (2 * size)
    index = torch.where(index < size, index, 2 * size - 1 - index)
    padded = flux.double()[:, index][:, :, index]
    total = torch.nn.functional.pad(padded.cumsum(1).cumsum(2), (1, 0, 1, 0))
    first = torch.arange(size, device=flux.device)[None] + reach - (side // 2)[:, None]  # (B, S)
    last = first + side[:, None]
    wide = total.shape[-1]
    rows = _take(total, last, wide) - _take(total, first, wide)  # (B, S, wide)
    sums = rows.gather(2, last[:, None].expand(-1, size, -1)) - rows.gather(
        2, first[:, None].expand(-1, size, -1)
    )
    return (sums / (side**2)[:, None, None]).to(flux.dtype)


def _take(total: Tensor, rows: Tensor, wide: int) -> Tensor:
    return total.gather(1, rows[:, :, None].expand(-1, -1, wide))


def clumps(flux: Tensor, side: Tensor) -> Tensor:
    """max(I - I_s, 0) of pictures (B, S, S) under boxcars of side (B,)."""
    return (flux - boxcar(flux, side)).clamp(min=0.0)


def smoothness(flux: Tensor, ring: Tensor, side: Tensor, sky: Tensor) -> Tensor:
    """S (B,) from flux (B, S, S), 0 where masked, the weights of the annulus `ring` (B, S, S),
    boxcar sides (B,) and the mean clumps of one sky pixel `sky` (B,); NaN where the annulus holds
    no light.
    """
    light = (ring * flux).sum((1, 2))
    lumpy = (ring * clumps(flux, side)).sum((1, 2)) - ring.sum((1, 2)) * sky
    return torch.where(light > 0, lumpy / light.clamp(min=1e-12), torch.nan)


def fine_structure(flux: Tensor, ring: Tensor) -> Tensor:
    """sum max(I - I_s, 0) / sum |I| (B,) over the annulus `ring` (B, S, S) under a boxcar of FINE
    pixels; NaN where all is 0.

    The sum of |I|, not of I: in a faint galaxy the light of the annulus is nearly 0 and the ratio
    to it any number."""
    size = (ring * flux.abs()).sum((1, 2))
    fine = (ring * clumps(flux, torch.full((len(flux),), FINE, device=flux.device))).sum((1, 2))
    return torch.where(size > 0, fine / size.clamp(min=1e-12), torch.nan)
