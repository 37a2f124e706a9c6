"""What the times of a survey are: Julian Dates of the observer, the Sun's centre or the barycentre,
and their offset.

Light curves keep Julian Dates in the survey's own standard, whole (offset added), in days; nothing
is converted on the way in, because a position and an observatory are needed for it. `heliocentric`
and `barycentric` do it where they are known, by way of astropy.time (light travel time as in
Eastman, Siverd & Gaudi 2010, PASP 122, 935)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError

if TYPE_CHECKING:
    from astropy.coordinates import EarthLocation
    from astropy.time import Time

STANDARDS = {
    "JD": "Julian Date at the observatory",
    "HJD": "Heliocentric Julian Date",
    "BJD": "Barycentric Julian Date",
}
MJD_ZERO = 2400000.5
EARLIEST, LATEST = 2400000.5, 2488069.5  # Julian Dates of 1858 November 17 and 2100 January 1
USUAL_ZEROS = (
    0.0,
    MJD_ZERO,
    2400000.0,
    2450000.0,
    2454833.0,
    2457000.0,
)  # JD, MJD, and the offsets of OGLE, Kepler, TESS


@dataclass(frozen=True)
class TimeScale:
    """How a file writes its times: `standard` is JD, HJD or BJD; `zero` is added to the written
    number to give it (2400000.5 for modified dates, 2450000 for OGLE); `scale` is astropy's name of
    the clock: 'utc', 'tt' or 'tdb'.
    """

    standard: str
    zero: float = 0.0
    scale: str = "utc"

    def __post_init__(self) -> None:
        if self.standard not in STANDARDS or self.scale not in ("utc", "tai", "tt", "tcb", "tdb"):
            raise CatalogueError(
                f"time scale {self.standard!r} ({self.scale!r}): standard one of"
                f" {', '.join(STANDARDS)}, clock one of utc, tai, tt, tcb, tdb; remedy: write MJD"
                " as JD with zero 2400000.5"
            )

    def julian(self, written: np.ndarray) -> np.ndarray:
        """The Julian Dates of the written numbers, (N,) float64 days; NaN stays NaN."""
        return np.asarray(written, dtype=np.float64) + self.zero

    def describe(self) -> dict:
        """What a manifest says of it, JSON."""
        words = (
            f"{STANDARDS[self.standard]} in days, {self.scale.upper()}; {self.zero:.10g} was added"
            " to the files' numbers"
        )
        return {**asdict(self), "words": words}


def plausible(julian: np.ndarray) -> np.ndarray:
    """Which Julian Dates are of the years 1858 to 2100, (N,) bool: others are on another scale. NaN
    is not plausible.
    """
    return (julian >= EARLIEST) & (julian < LATEST)


def likely_zeros(written: np.ndarray) -> list[float]:
    """The usual offsets that would bring the median of the written numbers into the years 1980 to
    2040. ``written``: (n,) float64; none for an empty one.
    """
    middle = float(np.nanmedian(written)) if np.isfinite(written).any() else np.nan
    return [zero for zero in USUAL_ZEROS if 2444239.5 <= middle + zero < 2466154.5]


def as_time(julian: np.ndarray, scale: str, location: EarthLocation | None = None) -> Time:
    """Julian Dates as astropy times of that clock (at an observatory), split so that no digit is
    lost. ``julian``: (n,) float64.
    """
    from astropy.time import Time

    whole = np.floor(julian)
    return Time(whole, julian - whole, format="jd", scale=scale, location=location)


def barycentric(
    julian: np.ndarray, ra_deg: float, dec_deg: float, location: EarthLocation, scale: str = "utc"
) -> np.ndarray:
    """BJD (TDB) of Julian Dates at an observatory, for an object at that position (degrees, J2000),
    (N,) days.
    """
    time, travel = _light_travel(julian, ra_deg, dec_deg, location, scale, "barycentric")
    return (time.tdb + travel).jd


def heliocentric(
    julian: np.ndarray, ra_deg: float, dec_deg: float, location: EarthLocation, scale: str = "utc"
) -> np.ndarray:
    """HJD on the clock `scale` of Julian Dates at an observatory, for an object at that position
    (degrees), (N,) days.
    """
    _, travel = _light_travel(julian, ra_deg, dec_deg, location, scale, "heliocentric")
    return julian + travel.to_value("day")


def _light_travel(
    julian: np.ndarray,
    ra_deg: float,
    dec_deg: float,
    location: EarthLocation,
    scale: str,
    kind: str,
) -> tuple:
    from astropy.coordinates import SkyCoord

    time = as_time(np.asarray(julian, dtype=np.float64), scale, location)
    return time, time.light_travel_time(SkyCoord(ra_deg, dec_deg, unit="deg"), kind=kind)
