"""Ragged light curves as padded batches of similar length, and what all measurements on them
share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from catalogs.lightcurves.container import LightCurves, epochs_of

CONSTANT = 1e-14  # mag^2: a variance below it is rounding, the magnitudes do not vary
POINTS = 1 << 15  # padded epochs in a batch: a few arrays of it stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Padded:
    """B light curves of at most L epochs, float64 tensors.

    time (B, L) days since the first epoch, rising; magnitude (B, L); weight (B, L) 1 / error^2 with
    sum 1 (an error that is not known counts as the median of the star's others, all are equal
    where less than half are known); error (B, L) magnitudes, NaN where unknown; mask (B, L) true
    where there is an epoch; band (B, L) int8. What lies outside the mask is 0."""

    time: torch.Tensor
    magnitude: torch.Tensor
    error: torch.Tensor
    weight: torch.Tensor
    mask: torch.Tensor
    band: torch.Tensor

    @property
    def n(self) -> torch.Tensor:
        """The number of epochs, (B,) float64."""
        return self.mask.sum(1, dtype=torch.float64)


def batches(
    light_curves: LightCurves, points: int = POINTS, device: str = "cpu"
) -> Iterator[tuple[np.ndarray, Padded]]:
    """(places of the objects, their padded light curves), all objects once, the short ones first. B
    L <= points, but for single light curves that are longer; those without an epoch come with
    L = 1 and an empty mask. Places are (B,) int64.
    """
    counts = light_curves.n_epochs
    order = np.argsort(counts, kind="stable")
    first = 0
    while first < len(order):
        end = first + 1
        while end < len(order) and (end + 1 - first) * max(counts[order[end]], 1) <= points:
            end += 1
        rows = order[first:end]
        yield rows, padded(light_curves, rows, device)
        first = end


def padded(light_curves: LightCurves, rows: np.ndarray, device: str = "cpu") -> Padded:
    """The light curves in these places as one batch. ``rows``: (B,) places."""
    counts = light_curves.n_epochs[rows]
    length = max(int(counts.max(initial=0)), 1)
    mask = np.arange(length) < counts[:, None]  # (B, L)
    epochs = epochs_of(light_curves.offsets, rows)
    columns = {}
    for name in ("time_days", "magnitude", "error"):
        columns[name] = np.zeros(mask.shape)
        columns[name][mask] = getattr(light_curves, name)[epochs]
    columns["time_days"] = (columns["time_days"] - columns["time_days"][:, :1]) * mask
    weight = _weights(columns["error"], mask)
    band = np.zeros(mask.shape, np.int8)
    band[mask] = light_curves.band[epochs]
    arrays = (columns["time_days"], columns["magnitude"], columns["error"], weight, mask, band)
    return Padded(*(torch.from_numpy(array).to(device) for array in arrays))


def _weights(error: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """1 / error^2 with sum 1 in each row, (B, L)."""
    known = np.isfinite(error) & (error > 0) & mask
    if not (known == mask).all():
        rows = np.flatnonzero((known != mask).any(axis=1))
        for row in rows:
            enough = 2 * known[row].sum() >= mask[row].sum() and known[row].any()
            usual = float(np.median(error[row][known[row]])) if enough else 1.0
            filled = np.where(known[row], error[row], usual) if enough else np.ones(mask.shape[1])
            error = error.copy() if row == rows[0] else error
            error[row] = filled
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(mask, error**-2.0, 0.0)
        return np.where(mask, weight / weight.sum(1, keepdims=True), 0.0)


def of_bands(batch: Padded) -> tuple[list[Padded], torch.Tensor]:
    """The batch as one of each band that it holds, epochs of the others masked, weights with sum
    1; and the share of each band in the whole weight, (bands, B).
    """
    parts, shares = [], []
    for code in torch.unique(batch.band[batch.mask]):
        mask = batch.mask & (batch.band == code)
        weight = torch.where(mask, batch.weight, 0.0)
        share = weight.sum(1)
        weight = weight / torch.where(share > 0, share, 1.0)[:, None]
        magnitude, error = (
            torch.where(mask, values, 0.0) for values in (batch.magnitude, batch.error)
        )
        parts.append(Padded(batch.time, magnitude, error, weight, mask, batch.band))
        shares.append(share)
    return parts, torch.stack(shares) if shares else torch.zeros(0, len(batch.mask))


def ascending(values: torch.Tensor) -> torch.Tensor:
    """Each row sorted, (B, L); by numpy on the processor, which sorts five times as fast as torch
    there.
    """
    return (
        torch.from_numpy(np.sort(values.numpy(), axis=1))
        if values.device.type == "cpu"
        else values.sort(1).values
    )


def masked_mean(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of each row's values in the mask, (B, L) to (B,); NaN without any."""
    return (values * mask).sum(1) / mask.sum(1)
