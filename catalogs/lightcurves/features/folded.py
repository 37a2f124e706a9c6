"""The shape of a folded light curve without a formula: two dips and two maxima, as eclipsing
binaries show them.

The folded curve is the mean magnitude in 50 bins of phase, smoothed with a Gaussian of one bin;
phases count from its faintest bin. Its scatter is the string of Lafler & Kinman 1965 (ApJS 11,
216), neighbours in phase instead of in time."""

from __future__ import annotations

import torch

from catalogs.lightcurves.features.batches import Padded

BINS = 50
REACH = 3  # bins on either side that the smoothing takes in


def folded(batch: Padded, frequency: torch.Tensor, prefix: str) -> dict[str, torch.Tensor]:
    """The seven numbers described._fold gives a prefix, (B,) float64; NaN without a frequency (B,)
    or variance.
    """
    phase = torch.remainder(batch.time * frequency[:, None], 1.0).nan_to_num(0.0)
    curve = smoothed(batch, phase)  # (B, BINS), the faintest bin first
    median, range_ = curve.median(1).values, curve.amax(1) - curve.amin(1)
    depth = curve[:, 0] - median
    opposite = curve[:, int(0.3 * BINS) : int(0.7 * BINS) + 1]
    second = opposite.max(1)
    left, right = curve[:, 1 : BINS // 2].amin(1), curve[:, BINS // 2 :].amin(1)
    dim = curve > (median + 0.5 * depth)[:, None]
    bright = curve < (curve.amin(1) + 0.2 * range_)[:, None]
    found = {
        "scatter": _string(batch, phase),
        "depth": depth,
        "second_depth": (second.values - median) / depth,
        "second_phase": ((second.indices + int(0.3 * BINS)).double() / BINS - 0.5).abs(),
        "dip_width": dim.double().mean(1),
        "flatness": bright.double().mean(1),
        "unequal_maxima": (left - right).abs() / range_,
    }
    known = torch.isfinite(frequency) & (range_ > 0) & (depth > 0)
    return {f"{prefix}_{name}": values.where(known, torch.nan) for name, values in found.items()}


def smoothed(batch: Padded, phase: torch.Tensor) -> torch.Tensor:
    """The smoothed mean magnitude in BINS bins of phase, (B, BINS), turned so that the faintest bin
    is the first. Where no epoch lies within the smoothing's reach it is the mean of the light
    curve.
    """
    bins = (phase * BINS).long().clamp(0, BINS - 1)
    zeros = torch.zeros(len(phase), BINS, dtype=torch.float64, device=phase.device)
    mean = (batch.weight * batch.magnitude).sum(1, keepdim=True)
    count = zeros.scatter_add(1, bins, batch.mask.double())
    total = zeros.scatter_add(1, bins, torch.where(batch.mask, batch.magnitude - mean, 0.0))
    weight, value = torch.zeros_like(count), torch.zeros_like(count)
    for shift in range(-REACH, REACH + 1):
        share = torch.exp(torch.tensor(-0.5 * shift**2, dtype=torch.float64))
        weight += share * count.roll(shift, 1)
        value += share * total.roll(shift, 1)
    curve = mean + torch.where(weight > 0, value / weight.clamp(min=1e-12), 0.0)
    start = curve.argmax(1, keepdim=True)
    return curve.gather(1, (start + torch.arange(BINS, device=curve.device)) % BINS)


def _string(batch: Padded, phase: torch.Tensor) -> torch.Tensor:
    """Sum of squared differences of neighbours in phase (round the cycle) over that of neighbours
    in time, (B,).
    """
    order = torch.where(batch.mask, phase, 2.0).argsort(1)
    along = batch.magnitude.gather(1, order)
    inside = batch.mask.gather(1, order)
    last = (batch.n.long() - 1).clamp(min=0)[:, None]
    closing = (along[:, 0] - along.gather(1, last)[:, 0]) ** 2
    in_phase = torch.where(inside[:, 1:], along.diff(dim=1), 0.0).square().sum(1) + closing
    in_time = torch.where(batch.mask[:, 1:], batch.magnitude.diff(dim=1), 0.0).square().sum(1)
    return (in_phase / in_time).where(in_time > 0, torch.nan)
