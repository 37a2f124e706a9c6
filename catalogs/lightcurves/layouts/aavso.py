"""Files that the AAVSO's download service writes, one or many stars in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import key
from catalogs.lightcurves.table_layout import TableLayout
from catalogs.lightcurves.timescales import TimeScale


@dataclass(frozen=True, kw_only=True)
class Aavso(TableLayout):
    """Columns JD, Magnitude, Uncertainty, Band and 'Star Name'; a magnitude '<13.5' is an upper
    limit. Observers have levels of their own: part_column = "Observer Code", level = "median".
    """

    object_id: str = key(str, "Star Name")
    time: str = key(str, "JD")
    magnitude: str = key(str, "Magnitude")
    error: str = key(str, "Uncertainty")
    band_column: str = key(str, "Band")

    kind: ClassVar[str] = "aavso"
    fixed_time_scale: ClassVar[TimeScale | None] = TimeScale("JD")

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        own = {"object_id": self.object_id, "magnitude": self.magnitude}
        return {**super().columns(bands), **own}
