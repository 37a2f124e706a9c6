"""Simple features of light curves (no period): one padded batch side by side with cesium, star by
star.

The fifteen features that both make: amplitude, median deviation, beyond one deviation, close to the
median, skew, deviation, weighted mean, Stetson J and K, steepest slope, five flux ratios. Both see
the same epochs on one thread; seconds are the processor's. Where both define a number in the same
way they must agree. A second row sets all 60 numbers, the period among them, beside these fifteen
of cesium. The limit is sorting the magnitudes alone. Stars are simulated."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch

from benchmarks import common
from catalogs import surveys
from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.features import Measurement
from catalogs.lightcurves.features.batches import ascending, batches
from catalogs.lightcurves.features.variability import variability

GOAL, AGAIN = (
    50.0,
    5,
)  # ours is run so many times a round: the processor's clock counts hundredths of a second
# cesium's name, ours, and whether both define it alike (others: percentiles by other rules, pairs
# weighted by other rules).
FEATURES = (
    ("amplitude", "amplitude", True),
    ("median_absolute_deviation", "median_absolute_deviation", True),
    ("percent_close_to_median", "close_to_median", False),
    ("percent_beyond_1_std", "beyond_1_std", False),
    ("skew", "skew", True),
    ("std", "standard_deviation", False),
    ("weighted_average", "mean_magnitude", True),
    ("stetson_j", "stetson_j", False),
    ("stetson_k", "stetson_k", False),
    ("max_slope", "max_slope", False),
    *((f"flux_percentile_ratio_mid{r}", f"flux_ratio_{r}", False) for r in (20, 35, 50, 65, 80)),
)


def ours(light_curves: LightCurves) -> dict[str, np.ndarray]:
    found = {name: np.empty(len(light_curves)) for _, name, _ in FEATURES}
    for rows, batch in batches(light_curves):
        numbers = variability(batch)
        for name, values in found.items():
            values[rows] = numbers[name].numpy()
    return found


def by_cesium(light_curves: LightCurves) -> dict[str, np.ndarray]:
    from cesium.featurize import featurize_single_ts
    from cesium.time_series import TimeSeries

    names, found = [name for name, _, _ in FEATURES], []
    for start, end in zip(light_curves.offsets[:-1], light_curves.offsets[1:]):
        columns = (
            getattr(light_curves, name)[start:end].astype(float)
            for name in ("time_days", "magnitude", "error")
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(
                featurize_single_ts(TimeSeries(*columns), features_to_use=names)
                .to_numpy(dtype=float)
                .ravel()
            )
    return {name: np.array(found)[:, column] for column, name in enumerate(names)}


def agree(
    own: dict[str, np.ndarray], theirs: dict[str, np.ndarray]
) -> tuple[bool, dict[str, float]]:
    """Whether the features of one definition agree to 1e-4, and Pearson's r of all."""
    alike = [
        np.allclose(own[name], theirs[other], rtol=1e-4, atol=1e-5)
        for other, name, same in FEATURES
        if same
    ]
    r = {
        name: round(float(np.corrcoef(own[name], theirs[other])[0, 1]), 4)
        for other, name, _ in FEATURES
    }
    return all(alike), r


def sorting(light_curves: LightCurves) -> float:
    """Stars a second of which the padded magnitudes are sorted, twice, as medians of deviations
    need.
    """
    ready = [
        torch.where(batch.mask, batch.magnitude, torch.inf) for _, batch in batches(light_curves)
    ]
    seconds = min(
        common.timed(lambda: [ascending(magnitude) for magnitude in ready]).clock for _ in range(5)
    )
    return len(light_curves) / seconds / 2


def measure(n: int, n_peer: int, rounds: int) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        light_curves = surveys.load("simulated_variables").light_curves.build({}, Path(folder), n=n)
        few = light_curves.at(np.arange(n_peer))
    ours(few)
    peak = common.peak_mib(lambda: ours(light_curves))
    if common.installed("cesium"):
        alike, r = agree(ours(few), by_cesium(few))
        seconds = common.in_turns(
            rounds, lambda: [ours(light_curves) for _ in range(AGAIN)], lambda: by_cesium(few)
        )
        peer = [n_peer / s.processor for s in seconds[1]]
    else:
        alike, r, peer = None, {}, None
        seconds = common.in_turns(rounds, lambda: [ours(light_curves) for _ in range(AGAIN)])
    own = [AGAIN * n / s.processor for s in seconds[0]]
    whole, shown = Measurement(highest_frequency=20.0), few.at(np.arange(min(n_peer, 32)))
    whole(shown)  # the first call of an installation compiles, of a process loads what is compiled
    all_of = [len(shown) / common.timed(lambda: whole(shown)).processor for _ in range(rounds)]
    epochs = int(np.median(light_curves.n_epochs))
    about = {"unit": "stars/s", "seconds_of": "processor", "limit": "sorting the magnitudes alone"}
    limit = sorting(light_curves)
    return [
        common.row(
            f"15 features of {n} light curves of {epochs} epochs (cesium: {n_peer} of them)",
            own,
            peer,
            goal=GOAL,
            peak_mib=peak,
            limit_share=float(np.median(own)) / limit,
            equal=alike,
            correlation=r,
            **about,
        ),
        common.row(
            f"all {len(whole.columns())} numbers, period among them, of {len(shown)} light curves"
            " beside cesium's 15",
            all_of,
            peer,
            peak_mib=common.peak_mib(lambda: whole(shown)),
            limit_share=float(np.median(all_of)) / limit,
            **about,
        ),
    ]


def rows(quick: bool) -> list[dict]:
    torch.set_num_threads(1)
    return measure(350, 70, 1) if quick else measure(2100, 210, 3)


if __name__ == "__main__":
    common.main(__file__, rows)
