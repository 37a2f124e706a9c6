"""Epoch photometry of Gaia, as its archive's DataLink delivers it in DR3 (one row per transit and
band: Evans et al. 2023, A&A 674, A4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import key
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.table_layout import TableLayout
from catalogs.lightcurves.timescales import TimeScale


@dataclass(frozen=True, kw_only=True)
class Gaia(TableLayout):
    """Columns source_id, time (barycentric, days since J2010.0), flux and flux_error (electrons a
    second) in bands G, BP and RP; epochs that the photometry or the variability analysis rejected
    are left out. Magnitudes have the zero point of G, 25.6874 (Vega) in all bands.
    """

    object_id: str = key(str, "source_id")
    time: str = key(str, "time")
    magnitude: str = key(str, "flux")
    error: str = key(str, "flux_error")
    band_column: str = key(str, "band")
    where: str = key(
        str, '~(rejected_by_photometry == "true") & ~(rejected_by_variability == "true")'
    )

    kind: ClassVar[str] = "gaia"
    fixed_time_scale: ClassVar[TimeScale | None] = TimeScale("BJD", zero=2455197.5, scale="tcb")

    def fluxes(self) -> Fluxes:
        return Fluxes(25.6874, self.softening)

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        own = {"object_id": self.object_id, "magnitude": self.magnitude}
        return {**super().columns(bands), **own}
