"""Files of SNANA (Kessler et al. 2009, PASP 121, 1028): text, one file per supernova, or pairs of
HEAD and PHOT FITS tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.keys import key
from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import Layout, files_of
from catalogs.lightcurves.sources.snana import snana
from catalogs.lightcurves.timescales import MJD_ZERO, TimeScale


@dataclass(frozen=True, kw_only=True)
class Snana(Layout):
    """FLUXCAL and FLUXCALERR (zero point 27.5), negative ones included; SNID names the object.
    `band_names` says what a filter's letters mean. `bits` of PHOTFLAG leave an epoch out.
    """

    band_names: Mapping[str, str] = key(dict, None)
    bits: int = key(int, 0)
    softening: float | None = key(float, None)

    kind: ClassVar[str] = "snana"
    fixed_time_scale: ClassVar[TimeScale | None] = TimeScale("JD", zero=MJD_ZERO)

    def fluxes(self) -> Fluxes:
        return Fluxes(27.5, self.softening)

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        return snana(files_of(places), bands, dict(self.band_names), self.bits)
