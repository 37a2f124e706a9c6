"""Cells of tables of epochs: times as numbers or as dates, measurements and upper limits, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.formats.reading.cells import to_numbers
from catalogs.recipes.view import View

if TYPE_CHECKING:
    import pyarrow as pa

EPOCH_OF_UNIX = 2440587.5  # Julian Date of 1970 January 1, 0h
DATE = r"^\s*[12][0-9]{3}-[01][0-9]-[0-3][0-9]"
LIMIT = r"^\s*[<>]"


def julian_or_numbers(view: View, name: str) -> np.ndarray:
    """A column of times, (n,) float64: numbers as they are; calendar dates and timestamps (ISO
    8601, as tables with columns of that type give them) as Julian Dates; NaN where blank.
    CatalogueError for a text that is neither.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values = view.columns[name]
    if not pa.types.is_string(values.type):
        return view.numbers(name).astype(np.float64)
    dates = pc.fill_null(pc.match_substring_regex(values, DATE), False)
    if not pc.any(dates).as_py():
        return _numbers(view, name)
    text = pc.utf8_rtrim(pc.utf8_trim_whitespace(values), "Z")
    known = text.filter(dates).to_numpy(zero_copy_only=False).astype(str)
    found = np.full(len(view), np.nan)
    try:
        instants = np.char.replace(known, " ", "T").astype("datetime64[ns]")
    except ValueError as error:
        raise CatalogueError(
            f"{view.path}: column {name!r} holds a date that cannot be read ({error}); remedy:"
            " write dates as 2024-05-01T12:30:00"
        ) from error
    days = instants.astype("datetime64[D]")
    rest = (instants - days) / np.timedelta64(1, "D")
    found[dates.to_numpy(zero_copy_only=False)] = days.astype(np.int64) + rest + EPOCH_OF_UNIX
    return found


def measurements(view: View, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A column of magnitudes or fluxes, (n,) float64, and which of them are upper limits, written
    as '>13.6' or '<13.6', (n,) bool; these and blanks are NaN.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values = view.columns[name]
    if not pa.types.is_string(values.type):
        return view.numbers(name).astype(np.float64), np.zeros(len(view), dtype=bool)
    limits = pc.fill_null(pc.match_substring_regex(values, LIMIT), False)
    return _numbers(view, name), limits.to_numpy(zero_copy_only=False)


def _numbers(view: View, name: str) -> np.ndarray:
    """A column of text as numbers; text that is none, and no limit, is a fault."""
    import pyarrow.compute as pc

    found = to_numbers(view.columns[name])
    if found.strays:
        row, text = found.shown[0]
        problem = f"{found.strays} cells are no numbers, the first {text!r}"
        raise CatalogueError(
            f"{view.path}: column {name!r} is not of numbers ({problem} in row"
            f" {view.first + row + 1}); remedy: name another column"
        )
    return pc.fill_null(found.values, float("nan")).to_numpy(zero_copy_only=False)


def codes(values: pa.Array) -> tuple[list[str], np.ndarray]:
    """The different texts of a column and which of them each row has, (n,) integers; whole numbers
    become their digits. CatalogueError for a row without a text.
    """
    import pyarrow as pa

    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    if coded.null_count or coded.dictionary.null_count:
        raise CatalogueError(
            "an epoch without an object's name; remedy: name every object, or leave the row out"
        )
    code = coded.indices.to_numpy()
    used, code = np.unique(code, return_inverse=True)  # a dictionary may hold more names
    names = [_text(name) for name in coded.dictionary.take(pa.array(used)).to_pylist()]
    return names, code.astype(np.int32)


def _text(name: object) -> str:
    whole = isinstance(name, float) and name.is_integer()
    return f"{name:.0f}" if whole else str(name).strip()
