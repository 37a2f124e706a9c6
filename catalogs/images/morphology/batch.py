"""All measurements of one batch of pictures, in the order in which they need each other."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from catalogs.images.morphology.apertures import (
    Growth,
    disc,
    distances,
    growth,
    light_inside,
    petrosian_radius,
    radius_of_share,
)
from catalogs.images.morphology.asymmetry import asymmetry, quarter_turn
from catalogs.images.morphology.described import colour_names
from catalogs.images.morphology.gini_m20 import gini, m20, region
from catalogs.images.morphology.segments import in_boxes, segment, sky_boxes, sky_level
from catalogs.images.morphology.smoothness import INNER, OUTER, clumps, fine_structure, smoothness

LARGEST = 1e12  # squares of light in float32 stay finite; a picture with more is not measured


def measure_batch(
    pixels: np.ndarray, bands: tuple[str, ...], device: str = "auto"
) -> dict[str, np.ndarray]:
    """Each measurement by name, (B,) float64, of pixels (B, C, S, S); NaN where no object lies at
    the centre.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    planes = torch.from_numpy(np.array(pixels)).to(device).float()
    usable = (planes.abs() < LARGEST).flatten(1).all(1)  # false where a pixel is not finite
    planes = torch.where(usable[:, None, None, None], planes, 0.0)
    grey = planes.mean(1)
    level, spread = sky_level(grey)
    flux = grey - level[:, None, None]
    galaxy, others = segment(flux, spread)
    found, aperture = shape(flux, galaxy, others)
    found |= colours(planes, bands, aperture)
    seen = galaxy.flatten(1).any(1)
    return {
        name: torch.where(seen & values.isfinite(), values.double(), torch.nan).cpu().numpy()
        for name, values in found.items()
    }


def shape(flux: Tensor, galaxy: Tensor, others: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """Every shape column, (B,) each, of flux without sky (B, S, S); and the weights (B, S, S) of
    1.5 Petrosian radii.
    """
    size = flux.shape[-1]
    diagonal = torch.full_like(flux[:, 0, 0], size * 2.0**0.5)
    kept = (~others).to(flux.dtype)
    flux = flux * kept
    start = centroid(flux, galaxy)
    rough = petrosian_radius(growth(flux, kept, distances(size, start)), diagonal).float()
    corner, side = sky_boxes(galaxy | others, size // 4)
    starts = start, brightest(flux, galaxy)
    a, centre = asymmetry(flux, others, starts, OUTER * rough, sky_asymmetry(flux, corner, side))

    distance = distances(size, centre)
    curve = growth(flux, kept, distance)
    petrosian = petrosian_radius(curve, diagonal)
    aperture = disc(distance, OUTER * petrosian)
    ring = aperture - disc(distance, INNER * petrosian)
    boxcar_side = (INNER * petrosian).long().clamp(min=1)
    ellipse = axes(flux, galaxy, centre)
    found = {
        **light_radii(curve, light_inside(curve, OUTER * petrosian)),
        "asymmetry": a,
        "asymmetry_90": quarter_asymmetry(flux, aperture * kept, centre),
        "smoothness": smoothness(
            flux, ring, boxcar_side, sky_clumps(flux, corner, side, boxcar_side)
        ),
        "fine_structure": fine_structure(flux, ring),
        "ellipticity": 1.0 - 1.0 / ellipse[:, 0],
        **gini_and_m20(flux, kept, start, centre, ellipse, diagonal),
    }
    return found, aperture * kept


def light_radii(curve: Growth, total: Tensor) -> dict[str, Tensor]:
    """C, the half-light radius and the surface brightness inside it, (B,) each, of the light
    `total` (B,).
    """
    r20, r50, r80 = (radius_of_share(curve, share, total) for share in (0.2, 0.5, 0.8))
    brightness = 0.5 * total / (torch.pi * r50**2)
    return {
        "concentration": 5.0 * torch.log10(r80 / r20),
        "half_light_radius": r50,
        "log_surface_brightness": torch.log10(torch.where(brightness > 0, brightness, torch.nan)),
    }


def quarter_asymmetry(flux: Tensor, weight: Tensor, centre: Tensor) -> Tensor:
    """sum |I - I90| / sum |I| (B,) over the weights (B, S, S), for a quarter turn about centre (B,
    2).
    """
    turned = quarter_turn(flux[:, None], centre)[:, 0]
    light = (weight * flux.abs()).sum((1, 2))
    return torch.where(
        light > 0, (weight * (flux - turned).abs()).sum((1, 2)) / light.clamp(min=1e-12), torch.nan
    )


def gini_and_m20(
    flux: Tensor, kept: Tensor, start: Tensor, centre: Tensor, ellipse: Tensor, diagonal: Tensor
) -> dict[str, Tensor]:
    """G and M20, (B,) each, in the region that the elliptical Petrosian radius about the centre (B,
    2) defines.
    """
    size = flux.shape[-1]
    curve = growth(flux, kept, distances(size, centre, ellipse))
    semi_major = petrosian_radius(curve, diagonal * ellipse[:, 0]).float()
    chosen = region(flux, distances(size, start, ellipse), semi_major)
    return {"gini": gini(flux, chosen), "m20": m20(flux, chosen)}


def centroid(flux: Tensor, galaxy: Tensor) -> Tensor:
    """The centroid (B, 2) as (x, y) of the light in the galaxy's pixels; the middle of the picture
    where there is none.
    """
    light = torch.where(galaxy, flux, 0.0)
    grid = torch.arange(flux.shape[-1], device=flux.device, dtype=flux.dtype)
    total = light.sum((1, 2))
    place = torch.stack([(light.sum(1) * grid).sum(1), (light.sum(2) * grid).sum(1)], 1)
    inside = torch.where(total > 0, total, 1.0)[:, None]
    return torch.where(total[:, None] > 0, place / inside, (flux.shape[-1] - 1) / 2.0)


def brightest(flux: Tensor, galaxy: Tensor) -> Tensor:
    """The brightest of the galaxy's pixels, (B, 2) as (x, y)."""
    place = torch.where(galaxy, flux, -torch.inf).flatten(1).argmax(1)
    return torch.stack([place % flux.shape[-1], place // flux.shape[-1]], 1).to(flux.dtype)


def axes(flux: Tensor, galaxy: Tensor, centre: Tensor) -> Tensor:
    """Elongation a/b (at most 20) and cosine and sine of the major axis's angle from +x, (B, 3),
    from the second moments of the galaxy's light about the centre; a pixel's own width (variance
    1/12) is the least extent.
    """
    light = torch.where(galaxy, flux, 0.0)
    grid = torch.arange(flux.shape[-1], device=flux.device, dtype=flux.dtype)
    x, y = (
        grid[None, None, :] - centre[:, 0, None, None],
        grid[None, :, None] - centre[:, 1, None, None],
    )
    total = light.sum((1, 2)).clamp(min=1e-9)
    xx, yy, xy = ((light * product).sum((1, 2)) / total for product in (x * x, y * y, x * y))
    middle, half = (xx + yy) / 2.0, torch.sqrt(((xx - yy) / 2.0) ** 2 + xy**2)
    major, minor = (
        (middle + half).clamp(min=1.0 / 12.0),
        (middle - half).abs().clamp(min=1.0 / 12.0),
    )
    angle = 0.5 * torch.atan2(2.0 * xy, xx - yy)
    return torch.stack(
        [torch.sqrt(major / minor).clamp(1.0, 20.0), torch.cos(angle), torch.sin(angle)], 1
    )


def sky_asymmetry(flux: Tensor, corner: Tensor, side: Tensor) -> Tensor:
    """The mean |sky - sky180| of one pixel in each picture's sky box, (B,); 0 where there is no
    box.
    """
    return _over_boxes(flux, corner, side, lambda sky, rows: (sky - sky.flip((1, 2))).abs())


def sky_clumps(flux: Tensor, corner: Tensor, side: Tensor, boxcar_side: Tensor) -> Tensor:
    """The mean max(sky - sky_s, 0) of one pixel in each picture's sky box, (B,); 0 where there is
    no box.
    """
    return _over_boxes(flux, corner, side, lambda sky, rows: clumps(sky, boxcar_side[rows]))


def _over_boxes(flux: Tensor, corner: Tensor, side: Tensor, function) -> Tensor:
    found = torch.zeros(len(flux), device=flux.device, dtype=flux.dtype)
    for box in side.unique().tolist():
        if box:
            rows = (side == box).nonzero()[:, 0]
            found[rows] = function(in_boxes(flux[rows], corner[rows], box), rows).mean((1, 2))
    return found


def colours(planes: Tensor, bands: tuple[str, ...], aperture: Tensor) -> dict[str, Tensor]:
    """Each colour (B,): -2.5 log10 of the light of the bluer band over that of the redder, both
    without their sky and within the aperture (B, S, S); NaN where either is not positive.
    """
    light = {}
    for index, band in enumerate(bands):
        level, _ = sky_level(planes[:, index])
        light[band] = ((planes[:, index] - level[:, None, None]) * aperture).sum((1, 2))
    ratios = {name: light[blue] / light[red] for name, blue, red in colour_names(bands)}
    return {
        name: torch.where(ratio > 0, -2.5 * torch.log10(ratio), torch.nan)
        for name, ratio in ratios.items()
    }
