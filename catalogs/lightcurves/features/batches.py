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
    sum 1 (all equal where an error is not known); error (B, L) magnitudes, NaN where unknown; mask
    (B, L) true where there is an epoch. What lies outside the mask is 0."""

    time: torch.Tensor
    magnitude: torch.Tensor
    error: torch.Tensor
    weight: torch.Tensor
    mask: torch.Tensor

    @property
    def n(self) -> torch.Tensor:
        """The number of epochs, (B,) float64."""
        return self.mask.sum(1, dtype=torch.float64)


def batches(
    light_curves: LightCurves, points: int = POINTS, device: str = "cpu"
) -> Iterator[tuple[np.ndarray, Padded]]:
    """(places of the objects, their padded light curves), all objects once, the short ones first. B
    L <= points, but for single light curves that are longer; those without an epoch come with L = 1
    and an empty mask.
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
    """The light curves in these places as one batch."""
    counts = light_curves.n_epochs[rows]
    length = max(int(counts.max(initial=0)), 1)
    mask = np.arange(length) < counts[:, None]  # (B, L)
    epochs = epochs_of(light_curves.offsets, rows)
    columns = {}
    for name in ("time_days", "magnitude", "error"):
        columns[name] = np.zeros(mask.shape)
        columns[name][mask] = getattr(light_curves, name)[epochs]
    columns["time_days"] = (columns["time_days"] - columns["time_days"][:, :1]) * mask
    known = (np.isfinite(columns["error"]) & (columns["error"] > 0)) | ~mask
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(known.all(1, keepdims=True), columns["error"] ** -2.0, 1.0)
        weight = np.where(mask, weight, 0.0)
        weight = np.where(mask, weight / weight.sum(1, keepdims=True), 0.0)
    arrays = (columns["time_days"], columns["magnitude"], columns["error"], weight, mask)
    return Padded(*(torch.from_numpy(array).to(device) for array in arrays))


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
