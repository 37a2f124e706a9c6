"""Forced photometry of ATLAS, one text file per object (Shingles et al. 2021, TNSAN 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import key
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.table_layout import TableLayout
from catalogs.lightcurves.timescales import MJD_ZERO, TimeScale


@dataclass(frozen=True, kw_only=True)
class Atlas(TableLayout):
    """Columns MJD, uJy, duJy (fluxes in microjansky, AB zero point 23.9) and F (bands c and o);
    epochs with err other than 0 are left out.
    """

    time: str = key(str, "MJD")
    magnitude: str = key(str, "uJy")
    error: str = key(str, "duJy")
    band_column: str = key(str, "F")
    where: str = key(str, "err == 0")
    file_name: str = key(str, "")

    kind: ClassVar[str] = "atlas"
    fixed_bands: ClassVar[tuple[str, ...]] = ("c", "o")
    fixed_time_scale: ClassVar[TimeScale | None] = TimeScale("JD", zero=MJD_ZERO)

    def fluxes(self) -> Fluxes:
        return Fluxes(23.9, self.softening)

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        own = {"magnitude": self.magnitude, "file_name": self.file_name}
        return {**super().columns(bands), **own}
