"""Alert packets of the Zwicky Transient Facility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.layout import Layout, files_of
from catalogs.lightcurves.sources import ztf
from catalogs.lightcurves.timescales import TimeScale


@dataclass(frozen=True, kw_only=True)
class Ztf(Layout):
    """The packets as brokers hand them on: three bands, Julian Dates, magnitudes."""

    kind: ClassVar[str] = "ztf"
    fixed_bands: ClassVar[tuple[str, ...]] = ztf.BANDS
    fixed_time_scale: ClassVar[TimeScale | None] = ztf.TIME_SCALE

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        return ztf.ztf_alerts(files_of(places))
