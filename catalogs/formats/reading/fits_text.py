"""Rows of a FITS ASCII table as columns; a blank cell is null, and so is one that holds TNULL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.formats.reading import cells, convert
from catalogs.formats.reading.fits_head import Binary

if TYPE_CHECKING:
    import pyarrow as pa


def text_columns(
    path: Path, rows: np.ndarray, columns: Sequence[Binary], first: int
) -> list[pa.Array]:
    """The columns of rows of characters (n, width) uint8, the first of which is row `first` of the
    table, from 0.
    """
    return [_column(path, rows, column, first) for column in columns]


def _column(path: Path, rows: np.ndarray, about: Binary, first: int) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not about.length:
        return pa.array([""] * len(rows), pa.string())
    piece = np.ascontiguousarray(rows[:, about.offset : about.offset + about.length])
    texts = convert.text_of_bytes(piece.view(f"S{about.length}")[:, 0])
    if about.null_text:
        null = pc.equal(pc.utf8_trim_whitespace(texts), about.null_text)
        texts = pc.if_else(null, pa.scalar(None, pa.string()), texts)
    if about.code == "A":
        return texts
    if about.code == "I" and about.scale == 1.0 and about.zero == 0.0:
        try:
            return cells.cast(texts, pa.int64())
        except pa.ArrowInvalid:
            pass
    found = cells.to_numbers(texts)
    if found.strays:
        row, text = found.shown[0]
        raise CatalogueError(
            f"{path}: column {about.name!r} is declared as a number, and row {first + row + 1}"
            f" holds {text!r}; remedy: export it again"
        )
    values = found.values
    if about.scale != 1.0 or about.zero != 0.0:
        values = pc.add(pc.multiply(values, about.scale), about.zero)
    whole = about.code == "I" and about.scale == 1.0 and about.zero == 0.0
    return values.cast(pa.int64(), safe=False) if whole else values
