"""Which pixels belong to the galaxy at the centre, which to neighbours, and where there is empty
sky.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

THRESHOLD = 1.5  # standard deviations of the sky, on the smoothed picture
SMALLEST = 5  # pixels: fainter specks count as sky
SMOOTHING = 1.0  # pixels, standard deviation of the Gaussian
IN_PLANE = np.zeros(
    (3, 3, 3), dtype=bool
)  # pixels that touch, corners included, in the same picture
IN_PLANE[1] = True


def sky_level(flux: Tensor) -> tuple[Tensor, Tensor]:
    """Median and standard deviation of the sky, (B,) each, from a frame S/16 wide around pictures
    (B, S, S).

    The deviation is 1.4826 times the median absolute one, at least 1/1000 of the brightest pixel
    (8-bit pictures)."""
    width = max(flux.shape[-1] // 16, 1)
    sides = (
        flux[:, :width],
        flux[:, -width:],
        flux[:, width:-width, :width],
        flux[:, width:-width, -width:],
    )
    frame = torch.cat([side.flatten(1) for side in sides], 1)
    level = frame.median(1).values
    spread = 1.4826 * (frame - level[:, None]).abs().median(1).values
    return level, torch.maximum(spread, 1e-3 * flux.flatten(1).amax(1))


def gaussian(flux: Tensor, sigma: Tensor) -> Tensor:
    """Pictures (B, S, S) smoothed by a Gaussian of standard deviation sigma (B,) pixels, cut at 4
    sigma, zero outside.
    """
    grid = torch.arange(flux.shape[-1], device=flux.device, dtype=flux.dtype)
    apart = (grid[None, :, None] - grid[None, None, :]).abs()  # (1, S, S)
    wide = sigma.to(flux.dtype)[:, None, None]
    band = torch.exp(-0.5 * (apart / wide) ** 2) * (apart <= torch.floor(4.0 * wide + 0.5))
    radius = torch.floor(4.0 * wide + 0.5)
    offsets = torch.arange(
        -int(radius.max()), int(radius.max()) + 1, device=flux.device, dtype=flux.dtype
    )
    norm = (torch.exp(-0.5 * (offsets / wide) ** 2) * (offsets.abs() <= radius)).sum(
        2, keepdim=True
    )
    band = band / norm
    return band @ flux @ band.transpose(1, 2)


def segment(flux: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    """The galaxy and its neighbours, (B, S, S) bool each, in pictures without sky (B, S, S) of sky
    deviation (B,).

    Pixels of the smoothed picture above THRESHOLD deviations that touch make one object; the galaxy
    is the object with the brightest smoothed pixel within S/8 of the centre. No object there leaves
    the galaxy empty."""
    smooth = gaussian(flux, torch.full_like(spread, SMOOTHING))
    above = (smooth > THRESHOLD * spread[:, None, None]).cpu().numpy()
    labels, count = ndimage.label(above, structure=IN_PLANE)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    labels[(sizes < SMALLEST)[labels]] = 0
    centre = brightest_label(smooth.cpu().numpy(), labels)
    galaxy = (labels == centre[:, None, None]) & (labels > 0)
    others = (labels > 0) & ~galaxy
    return torch.from_numpy(galaxy).to(flux.device), torch.from_numpy(others).to(flux.device)


def brightest_label(smooth: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The label (B,) at the brightest labelled pixel within S/8 of the centre of pictures (B, S,
    S); 0 if none is labelled.
    """
    size = smooth.shape[-1]
    offset = np.arange(size) - (size - 1) / 2
    central = offset[:, None] ** 2 + offset[None, :] ** 2 <= (size / 8) ** 2
    candidates = np.where(central & (labels > 0), smooth, -np.inf).reshape(len(smooth), -1)
    best = candidates.argmax(1)
    chosen = labels.reshape(len(labels), -1)[np.arange(len(labels)), best]
    return np.where(np.isfinite(candidates.max(1)), chosen, 0)


def sky_boxes(occupied: Tensor, largest: int) -> tuple[Tensor, Tensor]:
    """The first square without an object in each picture, in reading order: its corner (B, 2) as
    (row, column) and side (B,).

    Sides `largest`, half of it, and so on to 2 are tried (Rodriguez-Gomez et al. 2019); side 0
    where there is none."""
    corner = torch.zeros(len(occupied), 2, dtype=torch.long, device=occupied.device)
    side = torch.zeros(len(occupied), dtype=torch.long, device=occupied.device)
    total = torch.nn.functional.pad(occupied.int().cumsum(1).cumsum(2), (1, 0, 1, 0))
    box = largest
    while box >= 2 and (side == 0).any():
        inside = (
            total[:, box:, box:]
            - total[:, :-box, box:]
            - total[:, box:, :-box]
            + total[:, :-box, :-box]
        )
        free = (inside[:, :-1, :-1] == 0).flatten(
            1
        )  # as in statmorph, the last row and column of places is not tried
        fresh = (side == 0) & free.any(1)
        first = free.float().argmax(1)
        place = torch.stack([first // (inside.shape[2] - 1), first % (inside.shape[2] - 1)], 1)
        corner[fresh], side[fresh] = place[fresh], box
        box //= 2
    return corner, side


def in_boxes(flux: Tensor, corner: Tensor, box: int) -> Tensor:
    """The squares of side `box` at corners (B, 2) of pictures (B, S, S): (B, box, box)."""
    reach = torch.arange(box, device=flux.device)
    rows, columns = corner[:, 0, None] + reach, corner[:, 1, None] + reach
    which = torch.arange(len(flux), device=flux.device)[:, None, None]
    return flux[which, rows[:, :, None], columns[:, None, :]]
