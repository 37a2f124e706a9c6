"""FITS light curves, one file per star and season, as Kepler, K2 and TESS deliver them.

The table of the first extension holds TIME in days after BJDREFI + BJDREFF (barycentric, TDB),
fluxes in electrons a second with their errors, and a quality word in which any bit set marks a bad
epoch. Files of one star are joined by its name in the header."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.lightcurves.epochs import Epochs, Source, of_objects
from catalogs.lightcurves.fluxes import asinh_magnitudes
from catalogs.lightcurves.timescales import TimeScale

TIME_SCALE = TimeScale("BJD", scale="tdb")
FLUXES = (("PDCSAP_FLUX", "PDCSAP_FLUX_ERR"), ("SAP_FLUX", "SAP_FLUX_ERR"), ("FLUX", "FLUX_ERR"))
QUALITIES = ("SAP_QUALITY", "QUALITY")
ZERO_POINTS = {
    "TESS": 20.44,
    "Kepler": 25.10,
}  # magnitude of an electron a second: the missions' handbooks, nominal


@dataclass(frozen=True)
class FitsColumns:
    """What to read: flux and error columns (by default the first pair of FLUXES that the file has),
    the header's `name` of the star, the magnitude of one unit of flux (by default that of the
    header's TELESCOP), and the softening (in that unit).
    """

    flux: str = ""
    error: str = ""
    name: str = "OBJECT"
    zero_point: float | None = None
    softening: float = 1.0


def fits_files(paths: Sequence[Path | str], columns: FitsColumns | None = None) -> Source:
    """The epochs of the files, all in one band; those flagged by the quality word have no
    magnitude, so that cleaning counts them. A file that is no such table is a CatalogueError.
    """

    def source() -> Iterator[Epochs]:
        for path in paths:
            yield _read(Path(path), columns or FitsColumns())

    return source


def _read(path: Path, wanted: FitsColumns) -> Epochs:
    from astropy.io import fits

    try:
        with warnings.catch_warnings(), fits.open(path, memmap=True) as hdus:
            warnings.simplefilter("ignore")  # of astropy, about keywords that do not matter here
            header, table, reference = hdus[0].header, hdus[1].data, hdus[1].header
            flux, error = _flux_columns(path, wanted, table.names)
            values = {
                name: np.array(table[name], dtype=np.float64) for name in ("TIME", flux, error)
            }
            quality = next(
                (np.array(table[name]) for name in QUALITIES if name in table.names),
                np.zeros(len(table), int),
            )
            start = reference["BJDREFI"] + reference.get("BJDREFF", 0.0)
            name = str(header.get(wanted.name) or reference.get(wanted.name) or path.stem)
            zero_point = (
                wanted.zero_point if wanted.zero_point is not None else _zero_point(path, header)
            )
    except (OSError, KeyError, IndexError, AttributeError, TypeError) as fault:
        raise CatalogueError(
            f"{path}: not a FITS light curve ({fault}); remedy: give files with a table of TIME,"
            " fluxes and BJDREFI"
        ) from fault
    magnitude, sigma = asinh_magnitudes(values[flux], values[error], zero_point, wanted.softening)
    magnitude[quality != 0] = np.nan
    return of_objects(
        [name], np.array([len(magnitude)]), values["TIME"] + start, magnitude, sigma, 0
    )


def _flux_columns(path: Path, wanted: FitsColumns, found: Sequence[str]) -> tuple[str, str]:
    pairs = ((wanted.flux, wanted.error),) if wanted.flux else FLUXES
    for pair in pairs:
        if set(pair) <= set(found):
            return pair
    shown = " or ".join(" with ".join(pair) for pair in pairs)
    raise CatalogueError(
        f"{path}: no columns {shown}; remedy: name the flux and its error, of: {', '.join(found)}"
    )


def _zero_point(path: Path, header) -> float:
    telescope = str(header.get("TELESCOP", "")).strip()
    if telescope not in ZERO_POINTS:
        raise CatalogueError(
            f"{path}: TELESCOP {telescope!r} has no known zero point; remedy: give zero_point, the"
            " magnitude of one unit"
        )
    return ZERO_POINTS[telescope]
