"""Fourier parameters of folded light curves: amplitude ratios R_k1 = A_k / A_1 and phase
differences phi_k1 = phi_k - k phi_1.

Simon & Lee 1981 (ApJ 248, 291), for the cosine series m(t) = A_0 + sum_k A_k cos(2 pi k t / P +
phi_k) in magnitudes; with it phi21 is about 4.5 for Cepheids of a few days. phi_k1 does not depend
on when time begins."""

from __future__ import annotations

import torch

from catalogs.lightcurves.features.batches import Padded, masked_mean
from catalogs.lightcurves.periods import harmonics
from catalogs.lightcurves.periods.harmonics import HarmonicFit

HARMONICS = 6
PHASES = 128  # points of a cycle at which extremes of a series are looked for


def fourier(batch: Padded, frequency: torch.Tensor) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The numbers of described.FOURIER, (B,) float64 each, and what the series leaves of the
    magnitudes, (B, L). NaN without a frequency (B,), or where the epochs do not allow the harmonic.
    """
    fit = harmonics.fit(batch, batch.magnitude, frequency[:, None], HARMONICS)
    residual = left_over(batch, frequency, fit)
    found = {
        **parameters(fit),
        **_shape(fit),
        "fourier_share": fit.share[:, 0],
        **_residual(batch, residual),
    }
    found["fourier_amplitude"] = _range(batch, residual).where(
        torch.isfinite(fit.share[:, 0]), torch.nan
    )
    doubled = harmonics.fit(batch, batch.magnitude, frequency[:, None] / 2, 2 * HARMONICS)
    square = doubled.cosine[:, 0] ** 2 + doubled.sine[:, 0] ** 2  # (B, 2 K)
    total = square.sum(1)
    found["doubled_share"] = doubled.share[:, 0]
    found["odd_share"] = (square[:, ::2].sum(1) / total).where(total > 0, torch.nan)
    return found, residual


def parameters(fit: HarmonicFit) -> dict[str, torch.Tensor]:
    """R21, R31, R41, phi21, phi31 and the cosines and sines of both, (B,) each, of a fit with F =
    1; phases in 0 to 2 pi.
    """
    cosine, sine = fit.cosine[:, 0], fit.sine[:, 0]  # (B, K)
    amplitude = torch.hypot(cosine, sine)
    phase = torch.atan2(-sine, cosine)  # a cos x + b sin x = A cos(x + phi)
    known = amplitude > 0
    found = {}
    for k in (2, 3, 4):
        found[f"r{k}1"] = (amplitude[:, k - 1] / amplitude[:, 0]).where(known[:, k - 1], torch.nan)
    for k in (2, 3):
        angle = (phase[:, k - 1] - k * phase[:, 0]).where(known[:, k - 1], torch.nan)
        found[f"phi{k}1"] = torch.remainder(angle, 2 * torch.pi)
        found[f"cos_phi{k}1"], found[f"sin_phi{k}1"] = torch.cos(angle), torch.sin(angle)
    return found


def left_over(batch: Padded, frequency: torch.Tensor, fit: HarmonicFit) -> torch.Tensor:
    """Magnitudes less the series, (B, L), 0 outside the mask; less the mean where there is no
    series.
    """
    mean = (batch.weight * batch.magnitude).sum(1, keepdim=True)
    model = fit.curve(batch.time * frequency[:, None])
    return torch.where(
        batch.mask, batch.magnitude - torch.where(torch.isnan(model), mean, model), 0.0
    )


def _range(batch: Padded, residual: torch.Tensor) -> torch.Tensor:
    """Faintest less brightest of the series at the epochs, (B,): between them, where nothing was
    seen, it may swing.
    """
    model = batch.magnitude - residual
    high, low = (
        torch.where(batch.mask, model, -torch.inf).amax(1),
        torch.where(batch.mask, model, torch.inf).amin(1),
    )
    return (high - low).clamp(min=0.0)


def _shape(fit: HarmonicFit) -> dict[str, torch.Tensor]:
    """Steepness of the rise and width of the maximum of the series."""
    phase = torch.arange(PHASES, dtype=torch.float64, device=fit.mean.device) / PHASES
    curve = fit.curve(phase.expand(len(fit.mean), PHASES))
    faintest, brightest = curve.max(1), curve.min(1)
    height = faintest.values - brightest.values
    known = height > 0
    rise = torch.remainder(brightest.indices - faintest.indices, PHASES) / PHASES
    half_way = 0.5 * (faintest.values + brightest.values)
    return {
        "rise_share": rise.double().where(known, torch.nan),
        "bright_share": (curve < half_way[:, None]).double().mean(1).where(known, torch.nan),
    }


def _residual(batch: Padded, residual: torch.Tensor) -> dict[str, torch.Tensor]:
    square = masked_mean(residual**2, batch.mask)
    known = (square > 0) & (batch.n > 1)
    step = torch.where(batch.mask[:, 1:], residual.diff(dim=1), 0.0)
    return {
        "residual_kurtosis": (
            (masked_mean(residual**4, batch.mask) / square**2 - 3.0).where(known, torch.nan)
        ),
        "residual_von_neumann": ((step**2).sum(1) / (batch.n - 1) / square).where(known, torch.nan),
    }
