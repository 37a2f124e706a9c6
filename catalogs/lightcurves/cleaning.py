"""What is taken out of light curves, and how it is counted.

An epoch leaves for the first of these reasons that holds: its source knows why (it is an upper
limit, a quality word or the survey's own rule leaves it out, its band is not among the survey's);
its time is not of the years 1858 to 2100 in the survey's standard (a row on another time scale, or
none); its magnitude or flux is not finite or a sentinel such as 99.999; its error says that there
is no measurement (negative, above the limit); it repeats an earlier epoch of the same object, time
and band. An error of 0 is an error that is not known. Epochs out of order stay and are sorted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from catalogs.lightcurves.timescales import plausible

REASONS = (
    "wrong_time",
    "no_magnitude",
    "bad_error",
    "duplicate",
    "upper_limit",
    "left_out",
    "other_band",
)
UPPER_LIMIT, LEFT_OUT, OTHER_BAND = (
    REASONS.index(name) for name in ("upper_limit", "left_out", "other_band")
)
UNSORTED = "out_of_order"
COUNTED = (*REASONS, UNSORTED)


@dataclass(frozen=True)
class Cleaning:
    """The rules. `brightest` and `faintest` (magnitudes) bound what is a measurement: 99.999 and
    29.999 are beyond; `sentinels` are numbers within that mean none; `largest_error` in the unit
    of the measurement. `unknown_errors` keeps epochs whose error is NaN or 0 (files without
    errors); a negative error always goes. `duplicates` takes out repeated epochs, the first stays.
    For fluxes take `of_fluxes`: any finite flux is a measurement, negative ones and 0 too.
    """

    brightest: float = -5.0
    faintest: float = 29.0
    sentinels: tuple[float, ...] = ()
    largest_error: float = 5.0
    unknown_errors: bool = True
    duplicates: bool = True

    @classmethod
    def of_fluxes(cls, rules: Mapping[str, object] | None = None) -> Cleaning:
        """The rules for fluxes: without limits but those given, which are in the flux's unit."""
        return replace(
            cls(brightest=-np.inf, faintest=np.inf, largest_error=np.inf),
            **(rules or {}),  # type: ignore[arg-type]
        )

    def describe(self) -> dict[str, object]:
        """The rules as JSON; None for a limit that there is not."""
        rules = {**asdict(self), "sentinels": list(self.sentinels)}
        return {
            name: None if isinstance(rule, float) and np.isinf(rule) else rule
            for name, rule in rules.items()
        }

    def reasons(
        self,
        time: np.ndarray,
        magnitude: np.ndarray,
        error: np.ndarray,
        cause: np.ndarray | None = None,
    ) -> np.ndarray:
        """Why each epoch alone leaves, (M,) int8: its place in REASONS, or -1 for one that
        stays; `cause` is what the source knows of it.
        """
        known = np.full(len(time), -1, dtype=np.int8) if cause is None else cause
        if not (known >= 0).any() and self._all_good(time, magnitude, error):
            return np.full(len(time), -1, dtype=np.int8)
        with np.errstate(invalid="ignore"):
            measured = (magnitude >= self.brightest) & (magnitude <= self.faintest)  # NaN is not
            measured &= np.isfinite(magnitude)
            bad_error = (error < 0) | (error > self.largest_error) | np.isinf(error)
        for sentinel in self.sentinels:
            measured &= magnitude != np.float32(sentinel)
        if not self.unknown_errors:
            bad_error |= np.isnan(error) | (error == 0)
        reason = np.where(bad_error, 2, -1)
        reason = np.where(measured, reason, 1)
        reason = np.where(plausible(time), reason, 0)
        return np.where(known >= 0, known, reason).astype(np.int8)

    def _all_good(self, time: np.ndarray, magnitude: np.ndarray, error: np.ndarray) -> bool:
        """Whether every epoch stays, told from extremes alone (NaN makes them NaN); false where
        that does not tell.
        """
        if self.sentinels or not len(time):
            return False
        ends = np.array([time.min(), time.max()])
        low, high = magnitude.min(), magnitude.max()
        good = low >= self.brightest and high <= self.faintest and np.isfinite([low, high]).all()
        largest = error.max()
        good = good and error.min() > 0 and largest <= self.largest_error and np.isfinite(largest)
        return bool(plausible(ends).all() and good)


def repeated(code: np.ndarray, time: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Which epochs repeat the one before in object, time and band, (M,) bool, for epochs sorted by
    these three.
    """
    same = np.zeros(len(code), dtype=bool)
    same[1:] = (code[1:] == code[:-1]) & (time[1:] == time[:-1]) & (band[1:] == band[:-1])
    return same


def out_of_order(code: np.ndarray, time: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Which epochs come earlier than the one before them in the file, of the same object and band,
    (M,) bool.
    """
    late = np.zeros(len(code), dtype=bool)
    late[1:] = (code[1:] == code[:-1]) & (band[1:] == band[:-1]) & (time[1:] < time[:-1])
    return late
