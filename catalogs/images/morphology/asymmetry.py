"""Asymmetry A: the light that differs after half a turn about the centre that makes it smallest
(Lotz et al. 2004, eq. 10).

A = sum |I - I180| / sum |I| - (area x mean |sky - sky180|) / sum |I| within 1.5 Petrosian radii.
The turn interpolates bilinearly; the centre is sought on a cross of ever smaller steps from the
centroid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from catalogs.images.morphology.apertures import disc, distances

STEPS = (
    4.0,
    2.0,
    1.0,
    0.5,
    0.25,
    0.125,
)  # pixels; the wide ones jump over the shallow minima about single clumps
ROUNDS = 3  # of four trials for each step, at most
TOGETHER = 16  # galaxies of like radius in one window size
WINDOW = 1.2  # radii: the aperture, and the way that its centre may drift
CROSS = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))


def half_turn(planes: Tensor, centre: Tensor) -> Tensor:
    """Planes (B, C, S, S) turned by 180 degrees about centre (B, 2) as (x, y) in pixels, bilinear,
    0 outside.
    """
    pixel = torch.arange(planes.shape[-1], device=planes.device, dtype=planes.dtype)
    x, y = (2.0 * centre[:, :, None] - pixel).unbind(
        1
    )  # (B, S): the point opposite to each column and row
    return _sampled(planes, x[:, None, :], y[:, :, None])


def quarter_turn(planes: Tensor, centre: Tensor) -> Tensor:
    """Planes (B, C, S, S) turned by 90 degrees about centre (B, 2) as (x, y) in pixels, bilinear, 0
    outside.
    """
    pixel = torch.arange(planes.shape[-1], device=planes.device, dtype=planes.dtype)
    right, down = (pixel - centre[:, :, None]).unbind(1)  # (B, S)
    return _sampled(
        planes, (centre[:, 0, None] - down)[:, :, None], (centre[:, 1, None] + right)[:, None, :]
    )


def _sampled(planes: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Planes (B, C, S, S) at the places x, y in pixels, which broadcast to (B, S, S)."""
    size = planes.shape[-1]
    grid = planes.new_empty(len(planes), size, size, 2)
    grid[..., 0], grid[..., 1] = (
        (2.0 * x + 1.0) / size - 1.0,
        (2.0 * y + 1.0) / size - 1.0,
    )  # the picture is -1 to 1
    return grid_sample(planes, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def asymmetry_about(planes: Tensor, centre: Tensor, radius: Tensor, sky: Tensor) -> Tensor:
    """A (B,) about centre (B, 2) within radius (B,); planes (B, 2, S, S): the flux, 0 where masked,
    and the mask as 0 or 1; sky (B,) the mean |sky - sky180| of one pixel. Infinite where there is
    no light.
    """
    turned = half_turn(planes, centre)
    flux, mask = planes.unbind(1)
    keep = disc(distances(flux.shape[-1], centre), radius) * ((mask + (turned[:, 1] >= 0.5)) == 0)
    light = (keep * flux.abs()).sum((1, 2))
    differing = (keep * (turned[:, 0] - flux).abs()).sum((1, 2)) - keep.sum((1, 2)) * sky
    return torch.where(light > 0, differing / light.clamp(min=1e-12), torch.inf)


def asymmetry(
    flux: Tensor, mask: Tensor, starts: Sequence[Tensor], radius: Tensor, sky: Tensor
) -> tuple[Tensor, Tensor]:
    """The smallest A (B,) and its centre (B, 2), sought from each of `starts` (B, 2), as (x, y), in
    turn.

    A centre that drifts further than a sixth of `radius` (a quarter of the Petrosian radius) from
    its start is given up for the next start; the first start is the centre where all drift."""
    planes = torch.stack([flux, mask.to(flux.dtype)], 1)
    centre = starts[0].clone()
    best = asymmetry_about(planes, centre, radius, sky)
    open_rows = torch.arange(len(flux), device=flux.device)
    for start in starts:
        found, place = _descend(
            planes[open_rows], start[open_rows], radius[open_rows], sky[open_rows]
        )
        near = (place - start[open_rows]).norm(dim=1) <= radius[open_rows] / 6.0
        best[open_rows[near]], centre[open_rows[near]] = found[near], place[near]
        open_rows = open_rows[~near]
        if not len(open_rows):
            break
    return best, centre


def _descend(planes: Tensor, start: Tensor, radius: Tensor, sky: Tensor) -> tuple[Tensor, Tensor]:
    """The smallest A (B,) that the crosses of STEPS reach from start (B, 2), and its centre (B, 2).

    Galaxies of like radius are looked at together through windows just large enough, which is most
    of the speed."""
    best, centre = torch.empty_like(radius), torch.empty_like(start)
    for rows in radius.argsort().split(TOGETHER):
        half = math.ceil(WINDOW * float(radius[rows].max())) + 2
        shown, corner = _windows(planes[rows], start[rows], half)
        best[rows], place = _search(shown, start[rows] - corner, radius[rows], sky[rows])
        centre[rows] = place + corner
    return best, centre


def _windows(planes: Tensor, start: Tensor, half: int) -> tuple[Tensor, Tensor]:
    """Squares of 2 half + 1 pixels about the pixels at start (B, 2), 0 beyond the picture: (B, C,
    side, side), and the place of their first pixel in the picture (B, 2) as (x, y).
    """
    if 2 * half + 1 >= planes.shape[-1]:
        return planes, torch.zeros_like(start)
    middle = start.round().long()
    padded = torch.nn.functional.pad(planes, (half, half, half, half))
    reach = torch.arange(2 * half + 1, device=planes.device)
    rows, columns = middle[:, 1, None] + reach, middle[:, 0, None] + reach
    which, plane = (
        torch.arange(len(planes), device=planes.device),
        torch.arange(planes.shape[1], device=planes.device),
    )
    shown = padded[
        which[:, None, None, None],
        plane[:, None, None],
        rows[:, None, :, None],
        columns[:, None, None, :],
    ]
    return shown, (middle - half).to(start.dtype)


def _search(planes: Tensor, start: Tensor, radius: Tensor, sky: Tensor) -> tuple[Tensor, Tensor]:
    """The smallest A (B,) and its centre (B, 2): a cross of each step about the centre, as long as
    the centre moves.
    """
    centre, best = start.clone(), asymmetry_about(planes, start, radius, sky)
    for step in STEPS:
        active = torch.arange(len(planes), device=planes.device)
        for _ in range(ROUNDS):
            moved = _cross(planes, centre, best, radius, sky, step, active)
            active = active[moved]
            if not len(active):
                break
    return best, centre


def _cross(
    planes: Tensor,
    centre: Tensor,
    best: Tensor,
    radius: Tensor,
    sky: Tensor,
    step: float,
    active: Tensor,
) -> Tensor:
    """Move the centres of the active rows to the best point of a cross about them, in place; which
    of them moved.
    """
    origin, shown = centre[active], planes if len(active) == len(planes) else planes[active]
    moved = torch.zeros(len(active), dtype=torch.bool, device=centre.device)
    for offset in CROSS:
        trial = origin + step * origin.new_tensor(offset)
        value = asymmetry_about(shown, trial, radius[active], sky[active])
        lower = value < best[active]
        best[active[lower]], centre[active[lower]] = value[lower], trial[lower]
        moved |= lower
    return moved
