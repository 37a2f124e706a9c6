"""Light curves of single stars for a page: folded with a period, as numbers and as a drawing,
bright above faint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_POINTS = 250  # more are thinned evenly: a drawing of 300 x 190 units shows no more


@dataclass(frozen=True)
class FoldedCurve:
    """One band of a star: `phase` in [0, 1) of `period_days`, counted from the first epoch (days
    since it where the period is None), magnitudes, their errors (None where unknown); `n_epochs`
    were observed in that band, at most MOST_POINTS are here.
    """

    band: str
    period_days: float | None
    n_epochs: int
    phase: tuple[float, ...]
    magnitude: tuple[float, ...]
    error: tuple[float | None, ...]


@dataclass(frozen=True)
class CurvePlot:
    """The drawing: one path of dots and one of error bars (SVG), ticks (position, label), what it
    shows in words.
    """

    width: float
    height: float
    left: float
    bottom: float
    dots: str
    bars: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    x_title: str
    description: str


def fold(
    time_days: np.ndarray, magnitude: np.ndarray, error: np.ndarray, band: str, period_days: float
) -> FoldedCurve | None:
    """The curve of epochs (M,) float64 each, error and period NaN where unknown; None without an
    epoch.
    """
    n = len(time_days)
    if not n:
        return None
    chosen = np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))
    known = np.isfinite(period_days) and period_days > 0
    elapsed = np.asarray(time_days, dtype=float)[chosen] - float(time_days[0])
    phase = (elapsed / period_days) % 1.0 if known else elapsed
    return FoldedCurve(
        band=band,
        period_days=float(f"{period_days:.7g}") if known else None,
        n_epochs=n,
        phase=tuple(round(float(value), 4) for value in phase),
        magnitude=tuple(round(float(value), 3) for value in np.asarray(magnitude)[chosen]),
        error=tuple(
            round(float(value), 3) if np.isfinite(value) else None
            for value in np.asarray(error)[chosen]
        ),
    )


def plot(found: FoldedCurve, width: float = 320.0, height: float = 200.0) -> CurvePlot:
    """The drawing of one curve: two cycles to the right (the second repeats the first), faint
    magnitudes below bright ones.
    """
    left, top, bottom = 50.0, 12.0, height - 36.0
    folded = found.period_days is not None
    last = 2.0 if folded else (max(found.phase) or 1.0)
    low, high = _range(found.magnitude)

    def x(value: float) -> float:
        return left + (width - left - 12) * value / last

    def y(value: float) -> float:
        return top + (bottom - top) * (min(max(value, low), high) - low) / (high - low)

    dots, bars = [], []
    for cycle in (0, 1) if folded else (0,):
        for phase, magnitude, error in zip(found.phase, found.magnitude, found.error):
            at = x(phase + cycle)
            dots.append(f"M{at:.1f} {y(magnitude):.1f}h0")
            if error:
                bars.append(f"M{at:.1f} {y(magnitude - error):.1f}V{y(magnitude + error):.1f}")
    return CurvePlot(
        width=width,
        height=height,
        left=left,
        bottom=bottom,
        dots="".join(dots),
        bars="".join(bars),
        x_ticks=tuple((x(last * k / 4), f"{last * k / 4:.3g}") for k in range(5)),
        y_ticks=tuple(
            (y(low + (high - low) * k / 3), f"{low + (high - low) * k / 3:.2f}") for k in range(4)
        ),
        x_title="phase" if folded else "days since the first epoch",
        description=describe(found),
    )


def describe(found: FoldedCurve) -> str:
    """The curve in words."""
    how = (
        f"folded with {found.period_days:.6g} days"
        if found.period_days is not None
        else "against time (no period is known)"
    )
    low, high = min(found.magnitude), max(found.magnitude)
    thinned = f", {len(found.phase)} of them drawn" if len(found.phase) < found.n_epochs else ""
    return (
        f"{found.n_epochs} epochs in {found.band}{thinned}, {how}, magnitudes {low:.2f} (brightest)"
        f" to {high:.2f}"
    )


def _range(magnitude: tuple[float, ...]) -> tuple[float, float]:
    """The magnitudes at the top and the bottom of the drawing: all but the outermost 1 per cent,
    which lie on its edge.
    """
    low, high = (float(value) for value in np.percentile(magnitude, [1, 99]))
    margin = 0.08 * (high - low) or 0.05
    return low - margin, high + margin
