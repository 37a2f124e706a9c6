"""Gini and M20: how unequally a galaxy's pixels share its light, and how far out its brightest
fifth lies.

Lotz, Primack & Madau 2004 (AJ 128, 163): the region (their section 2.2) is what lies above the
surface brightness at the elliptical Petrosian radius in a picture smoothed by a fifth of that
radius; G is eq. 6, M20 eq. 8."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from catalogs.images.morphology.apertures import disc
from catalogs.images.morphology.segments import IN_PLANE, gaussian

SMOOTHING = 0.2  # Petrosian radii, standard deviation of the Gaussian


def region(flux: Tensor, distance: Tensor, petrosian: Tensor) -> Tensor:
    """The pixels that count, (B, S, S) bool: those of the smoothed picture at or above its mean on
    an annulus 1 pixel wide at the Petrosian semi-major axis (B,), that hang together with the
    brightest.
    """
    smooth = gaussian(flux, SMOOTHING * petrosian)
    ring = disc(distance, petrosian + 0.5) - disc(distance, petrosian - 0.5)
    threshold = (ring * smooth).sum((1, 2)) / ring.sum((1, 2)).clamp(min=1e-9)
    above = (smooth >= threshold[:, None, None]).cpu().numpy()
    labels, _ = ndimage.label(above, structure=IN_PLANE)
    flat = labels.reshape(len(labels), -1)
    brightest = flat[np.arange(len(flat)), smooth.flatten(1).argmax(1).cpu().numpy()]
    return torch.from_numpy((labels == brightest[:, None, None]) & (labels > 0)).to(flux.device)


def gini(flux: Tensor, chosen: Tensor) -> Tensor:
    """G (B,) of the absolute values of flux (B, S, S) in the chosen pixels (B, S, S): 0 all equal,
    1 all in one.

    G = sum over i of (2 i - n - 1) |X_i| / (mean |X| n (n - 1)), |X_i| ascending; NaN for fewer
    than two pixels or no light."""
    values = flux.abs().flatten(1)
    n = chosen.flatten(1).sum(1)
    ordered = torch.where(chosen.flatten(1), values, torch.inf).sort(1).values
    ordered = torch.where(torch.isfinite(ordered), ordered, 0.0).double()
    rank = torch.arange(1, ordered.shape[1] + 1, device=flux.device)
    total = ordered.sum(1)
    unequal = ((2 * rank - n[:, None] - 1) * ordered).sum(1)
    return torch.where(
        (n > 1) & (total > 0), unequal / ((n - 1) * total).clamp(min=1e-12), torch.nan
    )


def m20(flux: Tensor, chosen: Tensor) -> Tensor:
    """M20 (B,): log10 of the second moment of the brightest pixels that hold 20% of the light over
    that of all, about the centroid, in the chosen pixels (B, S, S) of flux (B, S, S). NaN without
    light or for a single bright pixel.
    """
    light = torch.where(chosen, flux, 0.0).flatten(1).double()
    size = flux.shape[-1]
    grid = torch.arange(size, device=flux.device, dtype=torch.float64)
    x, y = grid.repeat(size), grid.repeat_interleave(size)
    total = light.sum(1, keepdim=True)
    safe = total.clamp(min=1e-12)
    moment = light * (
        (x - (light @ x)[:, None] / safe) ** 2 + (y - (light @ y)[:, None] / safe) ** 2
    )
    ordered, order = light.sort(1, descending=True)
    before = ordered.cumsum(1) - ordered  # light of the brighter pixels
    brightest = before < 0.2 * total
    inner = (moment.gather(1, order) * brightest).sum(1)
    ratio = inner / moment.sum(1)
    return torch.where(
        (total[:, 0] > 0) & (ratio > 0), torch.log10(ratio.clamp(min=1e-12)), torch.nan
    )
