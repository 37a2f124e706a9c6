"""The PLAsTiCC simulated LSST light curves: long CSV tables of fluxes in six bands (The PLAsTiCC
team 2018, arXiv:1810.00001).

object_id, mjd, passband (0 to 5 for u, g, r, i, z, y), flux and flux_err (FLUXCAL of SNANA, zero
point 27.5), detected. Fluxes are differences and may be negative."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.sources.tables import EpochColumns, tables
from catalogs.lightcurves.timescales import MJD_ZERO, TimeScale

BANDS = ("u", "g", "r", "i", "z", "y")
FLUXES = Fluxes(27.5)
TIME_SCALE = TimeScale("JD", zero=MJD_ZERO)
COLUMNS = EpochColumns(
    object_id="object_id",
    time="mjd",
    magnitude="flux",
    error="flux_err",
    band="passband",
    band_names={str(number): name for number, name in enumerate(BANDS)},
)


def plasticc(paths: Sequence[Path | str]) -> Source:
    """The epochs of one or more light-curve files (training_set.csv, test_set_batch1.csv, ...)."""
    return tables(paths, COLUMNS, BANDS)
