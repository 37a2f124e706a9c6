"""FITS light curves, one file per star and season, as Kepler, K2 and TESS deliver them.

The table of the first extension holds TIME in days after BJDREFI + BJDREFF (barycentric, TDB),
fluxes in electrons a second with their errors, and a quality word in which any bit set marks a bad
epoch. Files of one star are joined by its name in the header."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.lightcurves.cleaning import LEFT_OUT
from catalogs.lightcurves.epochs import Epochs, Source, of_objects
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.timescales import TimeScale

TIME_SCALE = TimeScale("BJD", scale="tdb")
FLUXES_ARE = Fluxes(25.0)  # the unit that all missions' fluxes are brought to
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
    header's TELESCOP), and the `bits` of the quality word that mark a bad epoch.
    """

    flux: str = ""
    error: str = ""
    name: str = "OBJECT"
    zero_point: float | None = None
    bits: int = -1  # all of them


def fits_files(paths: Sequence[Path | str], columns: FitsColumns | None = None) -> Source:
    """The epochs of the files, all in one band, in the unit of FLUXES_ARE; those flagged by the
    quality word are left out and counted, and each file is a part with a level of its own. A file
    that is no such table is a CatalogueError.
    """

    def source() -> Iterator[Epochs]:
        for number, path in enumerate(paths):
            yield _read(Path(path), columns or FitsColumns(), number)

    return source


def _read(path: Path, wanted: FitsColumns, number: int) -> Epochs:
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
    scale = 10.0 ** (0.4 * (FLUXES_ARE.zero_point - zero_point))
    n = len(values["TIME"])
    return of_objects(
        [name],
        np.array([n]),
        values["TIME"] + start,
        values[flux] * scale,
        values[error] * scale,
        0,
        cause=np.where(quality & wanted.bits, LEFT_OUT, -1).astype(np.int8),
        part=np.full(n, number, dtype=np.int32),
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


def _zero_point(path: Path, header: Mapping[str, object]) -> float:
    telescope = str(header.get("TELESCOP", "")).strip()
    if telescope not in ZERO_POINTS:
        raise CatalogueError(
            f"{path}: TELESCOP {telescope!r} has no known zero point; remedy: give zero_point, the"
            " magnitude of one unit"
        )
    return ZERO_POINTS[telescope]
