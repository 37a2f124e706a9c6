"""The first table of a FITS file, memory-mapped; a part is a range of rows.

TNULL and NaN are not measured; TSCAL and TZERO are applied (FITS 4.0, Pence et al. 2010, A&A 524,
A42, section 7.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs.bulk import ROWS, Block, Part
from catalogs.errors import CatalogueError

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a FITS table that is not gzipped"


def matches(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(9) == b"SIMPLE  ="


def columns(path: Path) -> dict[str, str]:
    with _opened(path) as hdus:
        return {column.name: column.unit or "" for column in _table(path, hdus).columns}


def parts(path: Path, rows: int) -> list[Part]:
    with _opened(path) as hdus:
        n = _table(path, hdus).header["NAXIS2"]
    return [
        Part(str(path), "fits", start, min(start + rows, n), min(rows, n - start))
        for start in range(0, n, rows)
    ]


def blocks(part: Part, identifier: str, columns: Sequence[str]) -> Iterator[Block]:
    with _opened(Path(part.path)) as hdus:
        table = _table(Path(part.path), hdus)
        raw = np.asarray(table.data).view(np.ndarray)  # the bytes as they lie in the file
        about = {column.name: column for column in table.columns}
        for start in range(part.first, part.last, ROWS):
            rows = raw[start : min(start + ROWS, part.last)]
            names = _identifiers(rows[identifier], about[identifier])
            yield Block(names, [_numbers(rows[name], about[name]) for name in columns])


def _numbers(values: np.ndarray, column: Any) -> np.ndarray:
    """One column of some rows as native numbers, NaN where it has the column's null value."""
    if values.dtype.kind not in "fiub" or values.ndim != 1:
        raise CatalogueError(
            f"column {column.name!r} is of format {column.format}, numbers expected; remedy: name"
            " another"
        )
    if column.format == "L":
        return (values == ord("T")).astype(np.float32)
    scaled = column.bscale not in (None, "", 1) or column.bzero not in (None, "", 0)
    if column.null is None and not scaled and values.dtype.kind == "f":
        return values.astype(values.dtype.newbyteorder("="))
    found = values.astype(np.float64)
    if scaled:
        found = found * float(column.bscale or 1) + float(column.bzero or 0)
    if column.null is not None:
        found[values == column.null] = np.nan
    return found


def _identifiers(values: np.ndarray, column: Any) -> pa.Array:
    import pyarrow as pa

    if column.bzero not in (None, "", 0):
        raise CatalogueError(
            f"identifier {column.name!r} is scaled by TZERO; remedy: name another identifier"
        )
    if values.dtype.kind == "S":
        return pa.array(np.char.rstrip(np.char.decode(values, "latin-1")).tolist(), pa.string())
    return pa.array(values.astype(values.dtype.newbyteorder("=")))


def _opened(path: Path):
    from astropy.io import fits

    try:
        return fits.open(path, memmap=True, lazy_load_hdus=True)
    except (OSError, TypeError) as error:
        raise CatalogueError(
            f"{path}: the file is damaged ({error}); remedy: fetch it again"
        ) from error


def _table(path: Path, hdus: Any) -> Any:
    from astropy.io.fits import BinTableHDU

    for hdu in hdus:
        if isinstance(hdu, BinTableHDU):
            return hdu
    raise CatalogueError(f"{path}: no binary table in it; remedy: give a file with one")
