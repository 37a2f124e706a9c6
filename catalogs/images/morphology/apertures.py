"""Light inside circles and ellipses: curves of growth, the Petrosian radius (Lotz et al. 2004, eq.
4), radii of a share.

A pixel at distance r from the centre lies inside radius R with the weight clamp(R - r + 1/2, 0, 1):
the exact overlap for an edge that crosses it straight on. Sums with that weight come for all radii
at once from sums over bins of r, because the weight is the difference of two ramps."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

STEP = 0.5  # pixels between two radii of a curve of growth; 1 / STEP must be whole
SEARCHED = 100  # places at which the Petrosian radius is looked for
ETA = 0.2  # surface brightness at the Petrosian radius over the mean inside it


@dataclass(frozen=True)
class Growth:
    """radius (K,) pixels; flux and area (B, K): the light and the unmasked area inside each
    radius.
    """

    radius: Tensor
    flux: Tensor
    area: Tensor


def distances(size: int, centre: Tensor, axes: Tensor | None = None) -> Tensor:
    """The distance of each pixel from the centre (B, 2) as (x, y), (B, S, S).

    `axes` (B, 3) holds elongation a/b and the cosine and sine of the position angle of the major
    axis from +x: the distance is then the semi-major axis of the ellipse through the pixel."""
    grid = torch.arange(size, device=centre.device, dtype=centre.dtype)
    x, y = (
        grid[None, None, :] - centre[:, 0, None, None],
        grid[None, :, None] - centre[:, 1, None, None],
    )
    if axes is None:
        return torch.sqrt(x * x + y * y)
    elongation, cosine, sine = (axes[:, i, None, None] for i in range(3))
    along, across = x * cosine + y * sine, (y * cosine - x * sine) * elongation
    return torch.sqrt(along * along + across * across)


def growth(flux: Tensor, weight: Tensor, distance: Tensor) -> Growth:
    """The curve of growth of flux (B, S, S) where weight (B, S, S) is 1, about the centre of
    `distance` (B, S, S).
    """
    size = flux.shape[-1]
    n_bins = int(1.5 * size / STEP) + 3
    r = distance.flatten(1).double().clamp(max=(n_bins - 2) * STEP)
    inside = weight.flatten(1).double()
    light = flux.flatten(1).double() * inside
    bins = (r / STEP).long()
    ramps = [_ramp(bins, light, r, n_bins), _ramp(bins, inside, r, n_bins)]
    half = round(0.5 / STEP)
    light_inside, area_inside = (ramp[:, 2 * half :] - ramp[:, : -2 * half] for ramp in ramps)
    radius = STEP * torch.arange(
        half, half + light_inside.shape[1], device=flux.device, dtype=torch.float64
    )
    return _with_centre(radius, light_inside, area_inside)


def _ramp(bins: Tensor, values: Tensor, r: Tensor, n_bins: int) -> Tensor:
    """The sum of values (B, P) times (x - r) over the pixels with r < x, for x = 0, STEP, 2 STEP,
    ...: (B, n_bins).
    """
    sums = torch.zeros(2, len(values), n_bins, device=values.device, dtype=values.dtype)
    sums[0].scatter_add_(1, bins + 1, values)
    sums[1].scatter_add_(1, bins + 1, values * r)
    count, moment = sums.cumsum(2)
    return STEP * torch.arange(n_bins, device=values.device) * count - moment


def _with_centre(radius: Tensor, flux: Tensor, area: Tensor) -> Growth:
    """The curve from radius 0 on; below 1 pixel the surface brightness is that inside 1 pixel."""
    at_one = round(1 / STEP) - round(0.5 / STEP)
    small = STEP * torch.arange(round(1 / STEP), device=radius.device, dtype=radius.dtype)
    inner = (small**2)[None]
    flux = torch.cat([inner * flux[:, at_one, None], flux[:, at_one:]], 1)
    area = torch.cat([inner * area[:, at_one, None], area[:, at_one:]], 1)
    return Growth(torch.cat([small, radius[at_one:]]), flux, area)


def petrosian_radius(curve: Growth, reach: Tensor) -> Tensor:
    """The radius, (B,) pixels, at which the mean over an annulus 1 pixel wide is ETA of the mean
    inside; the end of the curve where it never is.

    Noise makes the ratio dip below ETA for a moment, so that the answer depends on the search. As
    in statmorph it is looked at in SEARCHED places from 1 to `reach` (B,); the first one below ETA
    ends the interval that holds the radius."""
    half = round(0.5 / STEP)
    ring = (curve.flux[:, 2 * half :] - curve.flux[:, : -2 * half]).abs()
    ring_area = (curve.area[:, 2 * half :] - curve.area[:, : -2 * half]).clamp(min=1e-9)
    inner = (curve.flux / curve.area.clamp(min=1e-9)).abs()[:, half:-half].clamp(min=1e-12)
    ratio = ring / ring_area / inner  # (B, K - 2 half), at radius[half:-half]
    radius = curve.radius[half:-half]
    from_radius = torch.maximum(_search(ratio, radius, reach), torch.ones_like(radius[:1]))
    below = (ratio < ETA) & (radius >= from_radius[:, None])
    k = below.float().argmax(1).clamp(min=1)
    high, low = _at(ratio, k - 1), _at(ratio, k)
    share = ((high - ETA) / (high - low).clamp(min=1e-9)).clamp(0.0, 1.0)
    return torch.where(below.any(1), radius[k - 1] + share * STEP, radius[-1]).clamp(min=1.0)


def _search(ratio: Tensor, radius: Tensor, reach: Tensor) -> Tensor:
    """The last of the searched radii before the first one at which the ratio (B, K) at radius (K,)
    is below ETA, (B,).
    """
    steps = torch.linspace(0.0, 1.0, SEARCHED, device=ratio.device, dtype=ratio.dtype)
    places = 1.0 + steps * (reach.to(ratio.dtype)[:, None] - 1.0)  # (B, SEARCHED)
    position = ((places - radius[0]) / STEP).clamp(0.0, len(radius) - 1.001)
    k = position.long()
    below = torch.lerp(ratio.gather(1, k), ratio.gather(1, k + 1), position - k) < ETA
    first = torch.where(below.any(1), below.float().argmax(1), SEARCHED - 1)
    return _at(places, (first - 1).clamp(min=0))


def light_inside(curve: Growth, radius: Tensor) -> Tensor:
    """The light inside radius (B,), (B,), linear in the area between the curve's radii."""
    k = (radius / STEP).long().clamp(max=curve.flux.shape[1] - 2)
    low, high = curve.radius[k], curve.radius[k + 1]
    share = ((radius**2 - low**2) / (high**2 - low**2)).clamp(0.0, 1.0)
    return torch.lerp(_at(curve.flux, k), _at(curve.flux, k + 1), share)


def radius_of_share(curve: Growth, share: float, total: Tensor) -> Tensor:
    """The first radius, (B,), inside which lies `share` of the light `total` (B,); NaN where total
    is not positive.
    """
    reached = curve.flux >= share * total[:, None]
    k = reached.float().argmax(1).clamp(min=1)
    low, high = _at(curve.flux, k - 1), _at(curve.flux, k)
    part = ((share * total - low) / (high - low).clamp(min=1e-12)).clamp(0.0, 1.0)
    radius = torch.sqrt(torch.lerp(curve.radius[k - 1] ** 2, curve.radius[k] ** 2, part))
    return torch.where((total > 0) & reached.any(1), radius, torch.nan)


def disc(distance: Tensor, radius: Tensor) -> Tensor:
    """The weight of each pixel inside radius (B,), (B, S, S) in 0..1."""
    return (radius[:, None, None].to(distance.dtype) - distance + 0.5).clamp(0.0, 1.0)


def _at(values: Tensor, index: Tensor) -> Tensor:
    return values.gather(1, index[:, None])[:, 0]
