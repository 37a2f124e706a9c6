"""One row per object, its epochs in cells that hold arrays: Parquet of nested-pandas and HATS (ZTF
data releases among them), Arrow, CSV with lists as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.keys import Rule, key
from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import Layout, files_of


@dataclass(frozen=True, kw_only=True)
class Nested(Layout):
    """Columns whose cells are arrays of one length in a row: time, magnitude, error, band; a field
    of a structure is named 'lightcurve.mag'. A band may be one value a row (a ZTF data release has
    one row per object and filter). Epochs with one of the `bits` of a column set are left out.
    """

    object_id: str = key(str, "", needed=True)
    time: str = key(str, "", needed=True)
    magnitude: str = key(str, "", needed=True)
    error: str = key(str, "")
    band_column: str = key(str, "")
    band_names: Mapping[str, str] = key(dict, None)
    bits: Mapping[str, str] = key(dict, None)
    flux_zero_point: float | None = key(float, None)
    softening: float | None = key(float, None)

    kind: ClassVar[str] = "nested"

    def rules(self) -> Iterator[Rule]:
        for name, mask in self.bits.items():
            try:
                int(mask, 0)
            except ValueError:
                yield f"bits.{name}", f"{mask!r} is no mask of bits", "give '1', '0x10' or '32768'"

    def fluxes(self) -> Fluxes | None:
        if self.flux_zero_point is None:
            return None
        return Fluxes(self.flux_zero_point, self.softening)

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        from catalogs.lightcurves.sources.nested import NestedColumns, nested  # loads pyarrow

        columns = NestedColumns(
            self.object_id,
            self.time,
            self.magnitude,
            self.error,
            self.band_column,
            dict(self.band_names),
            {name: int(mask, 0) for name, mask in self.bits.items()},
        )
        return nested(files_of(places), columns, bands)
