"""VOTables: XML tables of the Virtual Observatory, with units, descriptions and nulls (Ochsenbein et al. 2019, VOTable 1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError
from catalogs.formats.wanted import choose

if TYPE_CHECKING:
    from astropy.table import Table

TITLE = "a VOTable"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as XML with a VOTABLE element."""
    return b"<votable" in head.lower()


def read(path: Path, columns: Sequence[str] | None = None, *, table: int = 0) -> Table:
    """Table number `table` of the file (the first is 0) as an astropy Table; nulls are masked, NaN is NaN."""
    from astropy.io.votable import parse
    from astropy.io.votable.exceptions import E19, VOTableSpecError

    try:
        tables = list(parse(path, verify="ignore").iter_tables())
    except (VOTableSpecError, E19, OSError, ValueError) as error:
        raise CatalogueError(f"{path}: not a valid VOTable ({error}); remedy: fetch or export it again") from error
    if not 0 <= table < len(tables):
        raise CatalogueError(f"{path}: no table number {table}; the file holds {len(tables)}, counted from 0")
    result = tables[table].to_table(use_names_over_ids=True)
    return result[choose(path, columns, result.colnames)]
