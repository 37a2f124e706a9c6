"""Numbers that need no period: how much, how lopsidedly and how smoothly a light curve varies.

Definitions follow Richards et al. 2011 (ApJ 733, 10), appendix, Stetson 1996 (PASP 108, 851) and
von Neumann 1941 (Ann. Math. Stat. 12, 367); the percentile ratios are of fluxes, the others of
magnitudes, where small is bright."""

from __future__ import annotations

from functools import cache

import torch

from catalogs.lightcurves.features.batches import CONSTANT, Padded, ascending, masked_mean
from catalogs.lightcurves.features.described import RATIOS

SEASON_GAP_DAYS = 60.0  # a longer pause begins a new season


def variability(batch: Padded) -> dict[str, torch.Tensor]:
    """The numbers of described.VARIABILITY, (B,) float64 each; NaN where there are too few epochs
    (a scatter needs two) and, for ratios to the scatter, where the magnitudes are all equal.
    """
    mask, m, n = batch.mask, batch.magnitude, batch.n
    mean = torch.where(n > 0, (batch.weight * m).sum(1), torch.nan)
    plain = masked_mean(m, mask)
    residual = torch.where(mask, m - plain[:, None], 0.0)
    squared = residual * residual
    square = squared.sum(1)
    square = square.where(square > n * CONSTANT, 0.0)
    std = torch.sqrt(square / (n - 1)).where(n > 1, torch.nan)
    ordered = ascending(torch.where(mask, m, torch.inf))
    moment2 = (square / n).where(square > 0, torch.nan)
    p = percentiles(ordered, n)
    found = {
        "n_epochs": n,
        "mean_magnitude": mean,
        "standard_deviation": std,
        "amplitude": 0.5 * (p(100) - p(0)),
        "robust_amplitude": p(95) - p(5),
        "median_absolute_deviation": median_absolute_deviation(batch, p(50)),
        "skew": (squared * residual).sum(1) / n / moment2**1.5,
        "kurtosis": (squared * squared).sum(1) / n / moment2**2 - 3.0,
        "percentile_skew": (
            (p(95) + p(5) - 2 * p(50)) / (p(95) - p(5)).where(p(95) > p(5), torch.nan)
        ),
        "beyond_1_std": (
            masked_mean(((m - mean[:, None]).abs() > std[:, None]).double(), mask).where(
                n > 1, torch.nan
            )
        ),
        "close_to_median": (
            masked_mean(
                ((m - p(50)[:, None]).abs() < 0.1 * 0.5 * (p(100) - p(0))[:, None]).double(), mask
            ).where(n > 0, torch.nan)
        ),
    }
    return (
        found
        | _correlated(batch, mean, std)
        | _against_errors(batch, mean, std)
        | _slopes(batch, mean, std, p)
        | _ratios(p)
    )


def percentiles(ordered: torch.Tensor, n: torch.Tensor):
    """A function that gives the percentile q of each row, (B,), linear between the n sorted values,
    NaN without any.
    """

    @cache
    def percentile(q: float) -> torch.Tensor:
        place = (n - 1).clamp(min=0) * (q / 100.0)
        low = place.floor().long()
        high = torch.minimum(low + 1, (n - 1).clamp(min=0).long())
        lower, upper = ordered.gather(1, low[:, None])[:, 0], ordered.gather(1, high[:, None])[:, 0]
        return torch.where(n > 0, lower + (upper - lower) * (place - low), torch.nan)

    return percentile


def median_absolute_deviation(batch: Padded, median: torch.Tensor) -> torch.Tensor:
    """The median of |m - median|, (B,)."""
    distance = torch.where(batch.mask, (batch.magnitude - median[:, None]).abs(), torch.inf)
    return percentiles(ascending(distance), batch.n)(50)


def _residuals(batch: Padded, mean: torch.Tensor) -> torch.Tensor:
    """sqrt(n / (n - 1)) (m - mean) / error, Stetson's delta, (B, L), 0 outside the mask; unknown
    errors count as 1.
    """
    n = batch.n[:, None]
    error = torch.where(torch.isfinite(batch.error) & (batch.error > 0), batch.error, 1.0)
    delta = torch.sqrt(n / (n - 1)) * (batch.magnitude - mean[:, None]) / error
    return torch.where(batch.mask & (n > 1), delta, 0.0)


def _correlated(batch: Padded, mean: torch.Tensor, std: torch.Tensor) -> dict[str, torch.Tensor]:
    """Stetson's J over pairs of neighbours less than a day apart, single epochs otherwise (1996,
    equation 1, weights 1), his K, and von Neumann's ratio.
    """
    delta, n = _residuals(batch, mean), batch.n
    pair = batch.mask[:, 1:] & (batch.time.diff(dim=1) < 1.0)
    product = torch.where(pair, delta[:, 1:] * delta[:, :-1], 0.0)
    alone = batch.mask.clone()
    alone[:, 1:] &= ~pair
    alone[:, :-1] &= ~pair
    single = torch.where(alone, delta**2 - 1.0, 0.0)
    terms = pair.sum(1) + alone.sum(1)
    j = (torch.sign(product) * product.abs().sqrt()).sum(1) + (
        torch.sign(single) * single.abs().sqrt()
    ).sum(1)
    root = torch.sqrt((delta**2).sum(1) / n)
    step = torch.where(batch.mask[:, 1:], batch.magnitude.diff(dim=1), 0.0)
    return {
        "stetson_j": (j / terms).where(n > 1, torch.nan),
        "stetson_k": (delta.abs().sum(1) / n / root).where(std > 0, torch.nan),
        "von_neumann": ((step**2).sum(1) / (n - 1) / std**2).where(std > 0, torch.nan),
    }


def _against_errors(
    batch: Padded, mean: torch.Tensor, std: torch.Tensor
) -> dict[str, torch.Tensor]:
    """log10 of the reduced chi square, and the scatter beyond the errors; NaN where an error is not
    known.
    """
    known = (torch.isfinite(batch.error) | ~batch.mask).all(1) & (batch.n > 1)
    delta = _residuals(batch, mean)
    chi2 = (delta**2).sum(1) / batch.n
    excess = std**2 - masked_mean(batch.error**2, batch.mask)
    return {
        "reduced_chi2": torch.log10(chi2).where(known & (chi2 > 0), torch.nan),
        "excess": (torch.sign(excess) * excess.abs().sqrt()).where(known, torch.nan),
    }


def _slopes(batch: Padded, mean: torch.Tensor, std: torch.Tensor, p) -> dict[str, torch.Tensor]:
    gap = torch.where(batch.mask[:, 1:], batch.time.diff(dim=1), torch.inf).where(
        batch.time.diff(dim=1) > 0, torch.inf
    )
    steepest = (
        (batch.magnitude.diff(dim=1).abs() / gap).nan_to_num(0.0).amax(1)
        if gap.shape[1]
        else torch.zeros_like(mean)
    )
    middle = (batch.weight * batch.time).sum(1)
    lever = torch.where(batch.mask, batch.time - middle[:, None], 0.0)
    spread = (batch.weight * lever**2).sum(1)
    slope = (batch.weight * lever * (batch.magnitude - mean[:, None])).sum(1) / spread
    return {
        "max_slope": torch.log10(steepest).where(steepest > 0, torch.nan),
        "trend": (365.25 * slope).where(spread > 0, torch.nan),
        "brightest": ((mean - p(0)) / std).where(std > 0, torch.nan),
        "season_scatter": _season_scatter(batch, std),
    }


def _season_scatter(batch: Padded, std: torch.Tensor) -> torch.Tensor:
    """The standard deviation of the means of the seasons over that of the epochs, (B,); NaN with
    fewer than two seasons.
    """
    new = torch.zeros_like(batch.mask)
    new[:, 1:] = batch.mask[:, 1:] & (batch.time.diff(dim=1) > SEASON_GAP_DAYS)
    season = new.cumsum(1)
    n_seasons = int(season.max()) + 1 if season.numel() else 1
    zeros = torch.zeros(len(season), n_seasons, dtype=torch.float64, device=season.device)
    count = zeros.scatter_add(1, season, batch.mask.double())
    total = zeros.scatter_add(1, season, batch.magnitude * batch.mask)
    there = count > 0
    means = torch.where(there, total / count.clamp(min=1), 0.0)
    k = there.sum(1)
    scatter = torch.where(there, means - (means.sum(1) / k)[:, None], 0.0)
    return (torch.sqrt((scatter**2).sum(1) / (k - 1)) / std).where((k > 1) & (std > 0), torch.nan)


def _ratios(p) -> dict[str, torch.Tensor]:
    """Widths of the middle r per cent of the fluxes over that of the middle 90 (Richards et al.
    2011).
    """

    def width(r: float) -> torch.Tensor:
        return 10 ** (-0.4 * (p(50 - r / 2) - p(50))) - 10 ** (-0.4 * (p(50 + r / 2) - p(50)))

    whole = width(90)
    return {f"flux_ratio_{r}": (width(r) / whole).where(whole > 0, torch.nan) for r in RATIOS}
