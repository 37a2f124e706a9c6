"""FITS light curves, one file per star and season, as Kepler, K2 and TESS deliver them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.keys import key
from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import Layout, files_of
from catalogs.lightcurves.sources.fits_files import (
    FLUXES_ARE,
    TIME_SCALE,
    FitsColumns,
    fits_files,
)
from catalogs.lightcurves.timescales import TimeScale


@dataclass(frozen=True, kw_only=True)
class Fits(Layout):
    """The columns `flux` and `flux_error` of the first extension ('' for the first pair that the
    missions write), the header's key `name` that names the star, the magnitude of one unit of flux,
    and the `bits` of the quality word that mark a bad epoch (all of them where none is named).
    Times are barycentric (TDB), as the header says.
    """

    flux: str = key(str, "")
    flux_error: str = key(str, "")
    name: str = key(str, "")
    flux_zero_point: float | None = key(float, None)
    bits: int = key(int, -1)

    kind: ClassVar[str] = "fits"
    usual_level: ClassVar[str] = "median"  # apertures differ from quarter to quarter
    fixed_time_scale: ClassVar[TimeScale | None] = TIME_SCALE

    def fluxes(self) -> Fluxes:
        return FLUXES_ARE

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        columns = FitsColumns(
            flux=self.flux,
            error=self.flux_error,
            name=self.name or FitsColumns.name,
            zero_point=self.flux_zero_point,
            bits=self.bits,
        )
        return fits_files(files_of(places), columns)
