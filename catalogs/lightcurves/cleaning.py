"""What is taken out of light curves, and how it is counted.

An epoch leaves for the first of these reasons that holds: its time is not of the years 1858 to 2100
in the survey's standard (a row on another time scale, or none); its magnitude is not finite or a
sentinel such as 99.999; its error says that there is no measurement (zero, negative, above the
limit); it repeats an earlier epoch of the same object, time and band. Epochs out of order stay and
are sorted."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from catalogs.lightcurves.timescales import plausible

REASONS = ("wrong_time", "no_magnitude", "bad_error", "duplicate")
UNSORTED = "out_of_order"
COUNTED = (*REASONS, UNSORTED)


@dataclass(frozen=True)
class Cleaning:
    """The rules. `brightest` and `faintest` (magnitudes) bound what is a measurement: 99.999 and
    29.999 are beyond; `sentinels` are numbers within that mean none; `largest_error` in magnitudes.
    `unknown_errors` keeps epochs whose error is NaN (files without errors); a zero or negative
    error always goes. `duplicates` takes out repeated epochs, the first stays.
    """

    brightest: float = -5.0
    faintest: float = 29.0
    sentinels: tuple[float, ...] = ()
    largest_error: float = 5.0
    unknown_errors: bool = True
    duplicates: bool = True

    def describe(self) -> dict:
        """The rules as JSON."""
        return {**asdict(self), "sentinels": list(self.sentinels)}

    def reasons(self, time: np.ndarray, magnitude: np.ndarray, error: np.ndarray) -> np.ndarray:
        """Why each epoch alone leaves, (M,) int8: its place in REASONS, or -1 for one that
        stays.
        """
        if self._all_good(time, magnitude, error):
            return np.full(len(time), -1, dtype=np.int8)
        with np.errstate(invalid="ignore"):
            measured = (magnitude >= self.brightest) & (magnitude <= self.faintest)  # NaN is not
            bad_error = (error <= 0) | (error > self.largest_error) | np.isinf(error)
        for sentinel in self.sentinels:
            measured &= magnitude != np.float32(sentinel)
        if not self.unknown_errors:
            bad_error |= np.isnan(error)
        reason = np.where(bad_error, 2, -1)
        reason = np.where(measured, reason, 1)
        return np.where(plausible(time), reason, 0).astype(np.int8)

    def _all_good(self, time: np.ndarray, magnitude: np.ndarray, error: np.ndarray) -> bool:
        """Whether every epoch stays, told from extremes alone (NaN makes them NaN); false where
        that does not tell.
        """
        if self.sentinels or not len(time):
            return False
        ends = np.array([time.min(), time.max()])
        good = magnitude.min() >= self.brightest and magnitude.max() <= self.faintest
        return bool(
            plausible(ends).all() and good and error.min() > 0 and error.max() <= self.largest_error
        )


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
