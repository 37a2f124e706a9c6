"""VOTables: XML tables of the Virtual Observatory, with units, descriptions and nulls (Ochsenbein
et al. 2019, VOTable 1.4).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError, foreign
from catalogs.formats.wanted import choose, text_of

if TYPE_CHECKING:
    from astropy.table import Table

TITLE = "a VOTable"
REFERENCES = {
    rb"<(\w+:)?STREAM\b[^>]*\bhref\s*=": "a STREAM that lies elsewhere (href)",
    rb"<!(ENTITY|ATTLIST)": "definitions of its own (ENTITY, ATTLIST)",
}


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as XML with a VOTABLE element."""
    return b"<votable" in head.lower()


def _refuse_references(path: Path) -> None:
    """Raise CatalogueError for a file that would have others read in its place (a STREAM with a
    href, of this disk or of any server) or that defines entities of its own, which can expand
    without end.
    """
    data = path.read_bytes()
    data = text_of(path).encode() if data.startswith(b"\x1f\x8b") else data
    for pattern, what in REFERENCES.items():
        if re.search(pattern, data, re.IGNORECASE):
            remedy = "export the table with its data in it"
            raise CatalogueError(
                f"{path}: it holds {what}, which is not followed; remedy: {remedy}"
            )


def read(path: Path, columns: Sequence[str] | None = None, *, table: int = 0) -> Table:
    """Table number `table` of the file (the first is 0) as an astropy Table; nulls are masked, NaN
    is NaN.
    """
    from astropy.io.votable import parse

    _refuse_references(path)
    with foreign(path, TITLE):
        tables = list(parse(path, verify="ignore").iter_tables())
    if not 0 <= table < len(tables):
        raise CatalogueError(
            f"{path}: no table number {table}; the file holds {len(tables)}, counted from 0"
        )
    with foreign(path, TITLE):
        result = tables[table].to_table(use_names_over_ids=True)
    return result[choose(path, columns, result.colnames)]
