"""The measured columns of light curves in words; no library is loaded for it."""

from __future__ import annotations

from catalogs.schema import Column

RATIOS = (20, 35, 50, 65, 80)


def _c(
    name: str, unit: str, description: str, low: float = float("-inf"), high: float = float("inf")
) -> Column:
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
    _c(
        "percentile_skew",
        "",
        "(m95 + m5 - 2 m50) / (m95 - m5), percentiles of the magnitudes",
        -1.0,
        1.0,
    ),
    _c(
        "beyond_1_std",
        "",
        "share of epochs more than a standard deviation from the weighted mean",
        0.0,
        1.0,
    ),
    _c(
        "close_to_median",
        "",
        "share of epochs within a tenth of the half-range of the median",
        0.0,
        1.0,
    ),
    _c(
        "stetson_j",
        "",
        "Stetson J: mean sign and root of the products of neighbouring residuals, within one night",
    ),
    _c(
        "stetson_k",
        "",
        "Stetson K: mean over root mean square of |residual|; sqrt(8) / pi for a sine",
        0.0,
        1.0 + 1e-9,
    ),
    _c(
        "von_neumann",
        "",
        "mean square difference of neighbouring epochs over the variance; 2 for noise",
        0.0,
    ),
    _c("reduced_chi2", "", "log10 of the reduced chi square about the weighted mean"),
    _c(
        "excess",
        "mag",
        "scatter beyond the errors, root of variance less mean squared error, negative if it is"
        " less",
    ),
    _c("max_slope", "", "log10 of the steepest change between neighbouring epochs in mag / day"),
    _c("trend", "mag / yr", "slope of a weighted straight line"),
    _c("brightest", "", "weighted mean less brightest magnitude, over the standard deviation"),
    *(
        _c(
            f"flux_ratio_{r}",
            "",
            f"middle {r} over middle 90 per cent of the fluxes",
            0.0,
            1.0 + 1e-9,
        )
        for r in RATIOS
    ),
    _c(
        "season_scatter",
        "",
        "standard deviation of the seasons' means over that of the magnitudes",
        0.0,
    ),
)

PERIOD = (
    _c(
        "log_period",
        "dex(day)",
        "log10 of the period that explains most of the variance; of an eclipsing binary with like"
        " eclipses half the orbital period",
    ),
    _c(
        "log_orbital_period",
        "dex(day)",
        "log10 of the period, or of twice the period where every other minimum differs",
    ),
    _c(
        "power",
        "",
        "share of the variance that one sine takes away at that period, of all bands searched",
        0.0,
        1.0 + 1e-6,
    ),
    _c("second_power", "", "the same of the strongest other peak", 0.0, 1.0 + 1e-6),
    _c(
        "second_log_ratio",
        "dex",
        "log10 of the second period, found after the first is taken out, over the first",
    ),
    _c(
        "second_share",
        "",
        "share of the variance left that the second period takes away with one sine",
        0.0,
        1.0 + 1e-6,
    ),
)
FOURIER = (
    _c(
        "fourier_amplitude",
        "mag",
        "faintest minus brightest magnitude of the fitted Fourier series, at the epochs",
        0.0,
    ),
    _c("r21", "", "R21 = A2 / A1, amplitudes of the harmonics", 0.0),
    _c("r31", "", "R31 = A3 / A1", 0.0),
    _c("r41", "", "R41 = A4 / A1", 0.0),
    _c("phi21", "rad", "phi21 = phi2 - 2 phi1 of a cosine series, 0 to 2 pi", 0.0, 6.2832),
    _c("phi31", "rad", "phi31 = phi3 - 3 phi1 of a cosine series, 0 to 2 pi", 0.0, 6.2832),
    _c("cos_phi21", "", "cosine of phi21", -1.0, 1.0),
    _c("sin_phi21", "", "sine of phi21", -1.0, 1.0),
    _c("cos_phi31", "", "cosine of phi31", -1.0, 1.0),
    _c("sin_phi31", "", "sine of phi31", -1.0, 1.0),
    _c(
        "fourier_share",
        "",
        "share of the variance that the Fourier series takes away",
        0.0,
        1.0 + 1e-6,
    ),
    _c(
        "rise_share",
        "",
        "share of the cycle from the faintest to the next brightest magnitude of the series",
        0.0,
        1.0,
    ),
    _c(
        "bright_share",
        "",
        "share of the cycle in which the series is brighter than half-way",
        0.0,
        1.0,
    ),
    _c("residual_kurtosis", "", "fourth standardised moment of what the series leaves, less 3"),
    _c("residual_von_neumann", "", "von Neumann's ratio of what the series leaves, in time", 0.0),
    _c(
        "doubled_share",
        "",
        "share of the variance that a series of twice the period and harmonics takes away",
        0.0,
        1.0001,
    ),
    _c(
        "odd_share",
        "",
        "share of that series' power in its odd harmonics: unequal halves",
        0.0,
        1.0,
    ),
)


def _fold(prefix: str, of: str) -> tuple[Column, ...]:
    return (
        _c(
            f"{prefix}_scatter",
            "",
            f"mean square difference of neighbours folded with {of} over that in time",
            0.0,
        ),
        _c(
            f"{prefix}_depth",
            "mag",
            f"faintest minus median magnitude of the curve folded with {of}",
            0.0,
        ),
        _c(
            f"{prefix}_second_depth",
            "",
            f"the same 0.3 to 0.7 cycles later, over the first depth, folded with {of}",
        ),
        _c(
            f"{prefix}_second_phase",
            "",
            f"how far that part lies from half a cycle, folded with {of}",
            0.0,
            0.5,
        ),
        _c(
            f"{prefix}_dip_width",
            "",
            f"share of the cycle fainter than half the depth, folded with {of}",
            0.0,
            1.0,
        ),
        _c(
            f"{prefix}_flatness",
            "",
            f"share of the cycle in the brightest fifth of the range, folded with {of}",
            0.0,
            1.0,
        ),
        _c(
            f"{prefix}_unequal_maxima",
            "",
            f"difference of the two maxima over the range, folded with {of}",
            0.0,
            1.0,
        ),
    )


FOLDED = (*_fold("folded", "the period"), *_fold("doubled", "twice the period"))
