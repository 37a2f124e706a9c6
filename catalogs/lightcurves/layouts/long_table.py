"""Long tables, one row per epoch: Parquet or delimited text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.keys import key
from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import Layout, files_of


@dataclass(frozen=True, kw_only=True)
class LongTable(Layout):
    """The columns of one or more tables that have the same ones. With `flux_zero_point` the column
    `magnitude` holds fluxes, `error` theirs, and `softening` is that of asinh magnitudes, in the
    flux's unit (by default the noise of each object and band). `band_column` says the band of an
    epoch, `band_names` what each of its values means.
    """

    object_id: str = key(str, "", needed=True)
    time: str = key(str, "", needed=True)
    magnitude: str = key(str, "", needed=True)
    error: str = key(str, "")
    band_column: str = key(str, "")
    band_names: Mapping[str, str] = key(dict, None)
    delimiter: str = key(str, "")
    flux_zero_point: float | None = key(float, None)
    softening: float | None = key(float, None)

    kind: ClassVar[str] = "long_table"

    def fluxes(self) -> Fluxes | None:
        if self.flux_zero_point is None:
            return None
        return Fluxes(self.flux_zero_point, self.softening)

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        from catalogs.lightcurves.sources.long_table import LongColumns, long_table

        columns = LongColumns(
            object_id=self.object_id,
            time=self.time,
            magnitude=self.magnitude,
            error=self.error,
            band=self.band_column,
            band_names=dict(self.band_names) or None,
        )
        return long_table(files_of(places), columns, bands, self.delimiter or None)
