"""The light-curve files of PLAsTiCC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import Layout, files_of
from catalogs.lightcurves.sources import plasticc
from catalogs.lightcurves.timescales import TimeScale


@dataclass(frozen=True, kw_only=True)
class Plasticc(Layout):
    """The files as they are published: six bands, modified Julian Dates, fluxes."""

    kind: ClassVar[str] = "plasticc"
    fixed_bands: ClassVar[tuple[str, ...]] = plasticc.BANDS
    fixed_time_scale: ClassVar[TimeScale | None] = plasticc.TIME_SCALE

    def fluxes(self) -> Fluxes:
        return plasticc.FLUXES

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        return plasticc.plasticc(files_of(places))
