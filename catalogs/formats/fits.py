"""Tables in FITS files (binary or ASCII extensions), memory-mapped: only the wanted columns are
read.

Numbers come in the machine's own byte order. An integer that equals TNULL is masked; FITS has no
other missing value, so NaN stays NaN and blank text stays ''. Standard: FITS 4.0, Pence et al.
2010, A&A 524, A42, section 7."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, foreign
from catalogs.formats.wanted import choose

if TYPE_CHECKING:
    from astropy.table import Column, Table

TITLE = "a FITS table"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as FITS files do."""
    return head.startswith(b"SIMPLE  =")


def read(
    path: Path, columns: Sequence[str] | None = None, *, hdu: int | str | None = None
) -> Table:
    """One table extension as an astropy Table; `hdu` is its number or name, by default the first
    one.
    """
    from astropy.io import fits
    from astropy.table import Table
    from astropy.utils.exceptions import AstropyUserWarning

    with foreign(path, TITLE), warnings.catch_warnings():
        warnings.simplefilter("error", AstropyUserWarning)  # astropy only warns of a file cut short
        with fits.open(path, memmap=path.suffix != ".gz", lazy_load_hdus=True) as hdus:
            extension = _extension(path, hdus, hdu)
            names = choose(path, columns, extension.columns.names)
            return Table([_column(extension, name) for name in names], copy=False)


def _extension(path: Path, hdus, wanted: int | str | None):
    from astropy.io.fits import BinTableHDU, TableHDU

    tables = {i: hdu for i, hdu in enumerate(hdus) if isinstance(hdu, BinTableHDU | TableHDU)}
    for i, hdu in tables.items():
        if wanted in (None, i, hdu.name):
            return hdu
    has = ", ".join(f"{i} {hdu.name!r}" for i, hdu in tables.items()) or "none (images only?)"
    raise CatalogueError(
        f"{path}: no table extension {'' if wanted is None else repr(wanted)}; it has: {has}"
    )


def _column(extension, name: str) -> Column:
    from astropy.table import Column, MaskedColumn
    from astropy.units import Unit

    about = extension.columns[name]
    values = np.asarray(extension.data.field(name))  # scaled by TSCAL and TZERO
    if values.dtype.kind in "SU":
        values = np.char.rstrip(
            np.char.decode(values, "latin-1") if values.dtype.kind == "S" else values
        )
    elif values.dtype.kind not in "Ob":
        values = values.astype(values.dtype.newbyteorder("="))  # a copy: it outlives the memory map
    described = {
        "name": name,
        "unit": Unit(about.unit, parse_strict="silent") if about.unit else None,
        "description": _description(extension, name),
    }
    if about.null is not None and values.dtype.kind in "iu":
        return MaskedColumn(values, mask=values == about.null, **described)
    return Column(values.copy(), **described)


def _description(extension, name: str) -> str | None:
    """The words of TCOMMn, or the comment of the card that names the column."""
    number = extension.columns.names.index(name) + 1
    return (
        extension.header.get(f"TCOMM{number}")
        or extension.header.comments[f"TTYPE{number}"]
        or None
    )
