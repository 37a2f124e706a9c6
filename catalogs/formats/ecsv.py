"""Enhanced CSV: text with types, units and descriptions in its head (Aldcroft 2020, Astropy
Proposal 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import foreign
from catalogs.formats.wanted import choose

if TYPE_CHECKING:
    from astropy.table import Table

TITLE = "an ECSV table"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins with '# %ECSV'."""
    return head.startswith(b"# %ECSV")


def read(path: Path, columns: Sequence[str] | None = None) -> Table:
    """The table as an astropy Table; blank numbers are masked."""
    from astropy.table import Table

    with foreign(path, TITLE, "write it again"):
        table = Table.read(path, format="ascii.ecsv")
    return table[choose(path, columns, table.colnames)]
