"""Positions as text (hours or degrees, minutes, seconds) to degrees, a whole column at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy as np

SEXAGESIMAL = r"^([+-]?)(\d{1,3}):(\d{2}):(\d{2}(?:\.\d*)?)$"


def right_ascension(strings: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension in degrees from 'HH:MM:SS.ss', (N,) float64 with NaN for blanks, and the (N,)
    mask of the texts that are none (not sexagesimal, a sign, or outside 0 h to 24 h).
    """
    hours, bad = _sexagesimal(strings, signed=False)
    bad |= hours >= 24.0
    return _masked(15.0 * hours, bad), bad


def declination(strings: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Declination in degrees from '+DD:MM:SS.s', (N,) float64 with NaN for blanks, and the (N,)
    mask of the texts that are none (not sexagesimal, or beyond a pole).
    """
    degrees, bad = _sexagesimal(strings, signed=True)
    bad |= np.abs(degrees) > 90.0
    return _masked(degrees, bad), bad


def _sexagesimal(strings: Iterable[str], *, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    text = pd.Series(list(strings), dtype="str")
    parts = text.str.extract(SEXAGESIMAL)
    whole, minutes, seconds = (pd.to_numeric(parts[i]).to_numpy(dtype=float) for i in (1, 2, 3))
    sign = np.where(
        (parts[0] == "-").to_numpy(dtype=bool), -1.0, 1.0
    )  # kept apart: -00:30 is south of the equator
    value = sign * (whole + minutes / 60.0 + seconds / 3600.0)
    bad = (text != "").to_numpy(dtype=bool) & np.isnan(value)
    bad |= (minutes >= 60.0) | (seconds >= 60.0)
    if not signed:
        bad |= parts[0].isin(["+", "-"]).to_numpy(dtype=bool)
    return value, bad


def _masked(value: np.ndarray, bad: np.ndarray) -> np.ndarray:
    return np.where(bad, np.nan, value)
