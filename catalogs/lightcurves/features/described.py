"""The measured columns of light curves in words; no library is loaded for it."""

from __future__ import annotations

from catalogs.schema import Column

RATIOS = (20, 35, 50, 65, 80)


def _c(name: str, unit: str, description: str, low: float = float("-inf"), high: float = float("inf")) -> Column:
    return Column(name, unit, description, low, high, derived=True)


VARIABILITY = (
    _c("n_epochs", "", "number of epochs", 0.0),
    _c("mean_magnitude", "mag", "mean magnitude, weighted with 1 / error^2"),
    _c("standard_deviation", "mag", "standard deviation of the magnitudes (N - 1)", 0.0),
    _c("amplitude", "mag", "half of faintest minus brightest magnitude", 0.0),
    _c("robust_amplitude", "mag", "95th minus 5th percentile of the magnitudes", 0.0),
    _c("median_absolute_deviation", "mag", "median of |m - median|", 0.0),
    _c("skew", "", "third standardised moment; positive: faint excursions, as eclipses"),
    _c("kurtosis", "", "fourth standardised moment less 3"),
    _c("percentile_skew", "", "(m95 + m5 - 2 m50) / (m95 - m5), percentiles of the magnitudes", -1.0, 1.0),
    _c("beyond_1_std", "", "share of epochs more than a standard deviation from the weighted mean", 0.0, 1.0),
    _c("close_to_median", "", "share of epochs within a tenth of the half-range of the median", 0.0, 1.0),
    _c("stetson_j", "", "Stetson J: mean sign and root of the products of neighbouring residuals, within one night"),
    _c("stetson_k", "", "Stetson K: mean over root mean square of |residual|; sqrt(8) / pi for a sine", 0.0, 1.0 + 1e-9),
    _c("von_neumann", "", "mean square difference of neighbouring epochs over the variance; 2 for noise", 0.0),
    _c("reduced_chi2", "", "log10 of the reduced chi square about the weighted mean"),
    _c("excess", "mag", "scatter beyond the errors, root of variance less mean squared error, negative if it is less"),
    _c("max_slope", "mag / day", "log10 of the steepest change between neighbouring epochs"),
    _c("trend", "mag / yr", "slope of a weighted straight line"),
    _c("brightest", "mag", "weighted mean less brightest magnitude, over the standard deviation"),
    *(_c(f"flux_ratio_{r}", "", f"middle {r} over middle 90 per cent of the fluxes", 0.0, 1.0 + 1e-9) for r in RATIOS),
    _c("season_scatter", "", "standard deviation of the seasons' means over that of the magnitudes", 0.0),
)
