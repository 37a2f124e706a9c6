"""Light curves of ASAS-SN's Sky Patrol, one CSV file per star (Kochanek et al. 2017, PASP 129,
104502).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import key
from catalogs.lightcurves.table_layout import TableLayout


@dataclass(frozen=True, kw_only=True)
class AsasSn(TableLayout):
    """Columns HJD (or JD), mag, mag_err (or mag err), Filter; a magnitude '>17.1' is an upper
    limit. Cameras have levels of their own: part_column = "camera" and level = "median".
    """

    time: str = key(str, "HJD")
    magnitude: str = key(str, "mag")
    error: str = key(str, "mag_err")
    band_column: str = key(str, "Filter")
    file_name: str = key(str, "")

    kind: ClassVar[str] = "asas_sn"

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        own = {"magnitude": self.magnitude, "file_name": self.file_name}
        return {**super().columns(bands), **own}
