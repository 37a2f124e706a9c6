"""Epochs in SNANA's files: blocks of 'OBS:' lines in text, or rows of a PHOT table to which a HEAD
table points (PTROBS_MIN to PTROBS_MAX, counted from 1).
"""

from __future__ import annotations

import gzip
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from catalogs.errors import CatalogueError, foreign
from catalogs.lightcurves.cleaning import LEFT_OUT, OTHER_BAND
from catalogs.lightcurves.epochs import Epochs, Source, of_objects
from catalogs.lightcurves.sources.banded import BandPlaces

HEAD, PHOT = re.compile(r"HEAD(?=\.FITS)", re.I), re.compile(r"PHOT(?=\.FITS)", re.I)
NAMES = {"mjd": ("MJD",), "band": ("FLT", "BAND"), "flux": ("FLUXCAL",), "error": ("FLUXCALERR",)}


def snana(
    paths: Sequence[Path], bands: Sequence[str], band_names: Mapping[str, str], bits: int
) -> Source:
    """The epochs of all text files and HEAD files; PHOT files are read with their HEAD."""

    def source() -> Iterator[Epochs]:
        places = BandPlaces(bands, band_names)
        for path in paths:
            if HEAD.search(path.name):
                yield from _fits(path, places, bits)
            elif not PHOT.search(path.name):
                yield from _text(path, places, bits)
        places.require_some("FLT")

    return source


def _causes(band: np.ndarray, flags: np.ndarray, bits: int) -> np.ndarray:
    cause = np.where(flags.astype(np.int64) & bits, LEFT_OUT, -1)
    return np.where(band < 0, OTHER_BAND, cause).astype(np.int8)


def _text(path: Path, places: BandPlaces, bits: int) -> Iterator[Epochs]:
    raw = path.read_bytes()
    with foreign(path, "a whole gzip file"):
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    name, variables, rows = path.name.split(".")[0], [], []
    for line in raw.decode("utf-8", errors="replace").splitlines():
        key, _, rest = line.partition(":")
        match key.strip():
            case "SNID":
                name = rest.split()[0]
            case "VARLIST":
                variables = rest.split()
            case "OBS":
                rows.append(rest.split()[: len(variables)])
    if not variables or not rows:
        raise CatalogueError(
            f"{path}: no VARLIST and OBS lines; remedy: give SNANA's text or HEAD and PHOT files"
        )
    columns = dict(zip(variables, zip(*rows, strict=True), strict=True))
    found = {what: _column(path, columns, what) for what in NAMES}
    with foreign(path, "SNANA text with numbers in MJD, FLUXCAL and FLUXCALERR"):
        numbers = {what: np.array(found[what], float) for what in ("mjd", "flux", "error")}
        flags = np.array(columns.get("PHOTFLAG", np.zeros(len(rows))), float)
    band = places(found["band"])
    yield of_objects(
        [name],
        np.array([len(rows)]),
        numbers["mjd"],
        numbers["flux"],
        numbers["error"],
        band,
        _causes(band, flags, bits),
    )


def _column(path: Path, columns: Mapping[str, Any], what: str) -> Any:
    for name in NAMES[what]:
        if name in columns:
            return columns[name]
    raise CatalogueError(
        f"{path}: no column {' or '.join(NAMES[what])}; remedy: give files with VARLIST: MJD FLT"
        " FLUXCAL FLUXCALERR"
    )


def _fits(head_path: Path, places: BandPlaces, bits: int) -> Iterator[Epochs]:
    from astropy.table import Table

    phot_path = head_path.with_name(HEAD.sub("PHOT", head_path.name))
    if not phot_path.is_file():
        raise CatalogueError(f"{head_path}: no {phot_path.name} beside it; remedy: put it there")
    with foreign(head_path, "SNANA's HEAD and PHOT tables"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of astropy, about units of SNANA's own
        head, phot = Table.read(head_path, hdu=1), Table.read(phot_path, hdu=1)
        for table in (head, phot):
            table.convert_bytestring_to_unicode()
        columns: dict[str, Any] = {name: np.asarray(phot[name]) for name in phot.colnames}
        ids = [str(name).strip() for name in head["SNID"]]
        start = np.asarray(head["PTROBS_MIN"], dtype=np.int64) - 1
        end = np.asarray(head["PTROBS_MAX"], dtype=np.int64)
    found = {what: _column(phot_path, columns, what) for what in NAMES}
    rows = np.concatenate([np.arange(a, b) for a, b in zip(start, end, strict=True)])
    written, place = np.unique([str(name).strip() for name in found["band"]], return_inverse=True)
    band = places(written.tolist())[place][rows]
    flags = np.asarray(columns.get("PHOTFLAG", np.zeros(len(place))))[rows]
    mjd, flux, error = (np.asarray(found[k], float)[rows] for k in ("mjd", "flux", "error"))
    yield of_objects(ids, end - start, mjd, flux, error, band, _causes(band, flags, bits))
