"""Several harmonics at a few frequencies: weighted least squares of m(t) = a_0 + sum_k a_k cos(k w
t) + b_k sin(k w t).

The normal equations hold nothing but sums of w exp(i m w t) up to m = 2 K and of w y exp(i m w t)
up to K (Palmer 2009, ApJ 695, 496, section 3), which recursion gives; the small systems are solved
together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from catalogs.lightcurves.features.batches import CONSTANT, Padded

RIDGE = 1e-6  # of the unit diagonal: keeps series bounded in phases without epochs


@dataclass(frozen=True, eq=False)
class HarmonicFit:
    """Fits of B light curves at F frequencies each: share (B, F) of the weighted variance taken
    away, 0 to 1; mean (B, F); cosine, sine (B, F, K) the a_k and b_k, 0 for harmonics beyond what
    the number of epochs allows.
    """

    share: torch.Tensor
    mean: torch.Tensor
    cosine: torch.Tensor
    sine: torch.Tensor

    def at(self, index: torch.Tensor) -> HarmonicFit:
        """The fit at one frequency of each light curve, (B,) whole numbers: F becomes 1."""
        row = torch.arange(len(index), device=index.device)[:, None]
        column = index[:, None]
        return HarmonicFit(
            *(getattr(self, name)[row, column] for name in ("share", "mean", "cosine", "sine"))
        )

    def curve(self, phase: torch.Tensor) -> torch.Tensor:
        """The model of a fit with F = 1 at phases (B, P) in cycles, (B, P)."""
        angle = 2 * torch.pi * phase
        value = self.mean.expand(phase.shape).clone()
        for k in range(self.cosine.shape[-1]):
            value += self.cosine[..., k] * torch.cos((k + 1) * angle) + self.sine[
                ..., k
            ] * torch.sin((k + 1) * angle)
        return value


def allowed(n: torch.Tensor, most: int) -> torch.Tensor:
    """How many harmonics n epochs allow, (B,): four epochs a harmonic, at most `most`."""
    return torch.div(n, 4, rounding_mode="floor").clamp(0, most)


def fit(
    batch: Padded, values: torch.Tensor, frequency: torch.Tensor, harmonics: int
) -> HarmonicFit:
    """The fits of values (B, L) at frequencies (B, F), cycles a day. NaN where the values do not
    vary, there is no frequency (NaN), or too few epochs for one harmonic.
    """
    mean = (batch.weight * values).sum(1)
    residual = torch.where(batch.mask, values - mean[:, None], 0.0)
    variance = (batch.weight * residual**2).sum(1)
    window, signal = _sums(batch, residual, frequency.nan_to_num(0.0), harmonics)
    solution, taken = _solve(window, signal, allowed(batch.n, harmonics), harmonics)
    bad = torch.isnan(frequency) | ((variance <= CONSTANT) | (batch.n < 4))[:, None]
    share = (taken / variance[:, None]).clamp(0.0, 1.0).masked_fill(bad, torch.nan)
    solution = solution.masked_fill(bad[..., None], torch.nan)
    cosine, sine = solution[..., 1 : harmonics + 1], solution[..., harmonics + 1 :]
    return HarmonicFit(share, solution[..., 0] + mean[:, None], cosine, sine)


def _sums(
    batch: Padded, residual: torch.Tensor, frequency: torch.Tensor, k: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """sum w z^m for m = 0 .. 2 K and sum w y z^m for m = 0 .. K with z = exp(2 pi i f t): (B, F, 2
    K + 1), (B, F, K + 1).
    """
    from catalogs.lightcurves.periods.compiled import power_sums  # loads Numba

    weighted = batch.weight * residual
    time, weight, product, trial = (
        np.ascontiguousarray(values.cpu().numpy())
        for values in (batch.time, batch.weight, weighted, frequency)
    )
    found = power_sums(time, weight, product, trial, k)
    window, signal = (torch.from_numpy(sums).to(residual.device) for sums in found)
    return window, signal


def _solve(
    window: torch.Tensor, signal: torch.Tensor, n_harmonics: torch.Tensor, k: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The coefficients (B, F, 2 K + 1): constant, cosines, sines; and the weighted square of the
    model, (B, F).
    """
    order = torch.arange(k + 1, device=window.device)
    plus, minus = order[:, None] + order, (order[:, None] - order).abs()
    sign = torch.sign(order[:, None] - order).to(window.real.dtype)
    c, s = window.real, window.imag
    cc = 0.5 * (c[..., minus] + c[..., plus])  # (B, F, K + 1, K + 1)
    ss = 0.5 * (c[..., minus] - c[..., plus])
    cs = 0.5 * (
        s[..., plus] - sign * s[..., minus]
    )  # cosine of the row's, sine of the column's harmonic
    top = torch.cat([cc, cs[..., 1:]], dim=-1)
    bottom = torch.cat([cs[..., 1:].transpose(-1, -2), ss[..., 1:, 1:]], dim=-1)
    matrix = torch.cat([top, bottom], dim=-2)
    right = torch.cat([signal.real, signal.imag[..., 1:]], dim=-1)
    used = torch.cat([order, order[1:]]) <= n_harmonics[:, None, None]  # (B, 1, 2 K + 1)
    matrix = torch.where(used[..., None] & used[..., None, :], matrix, 0.0)
    right = torch.where(used, right, 0.0)
    matrix = matrix + torch.diag_embed(torch.where(used, RIDGE, 1.0).expand(right.shape))
    solution = torch.linalg.solve(matrix, right)
    return solution, (solution * right).sum(-1)
