"""Columns of Arrow as columns of numpy and astropy, and back: nulls become masks, integers stay
integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs.astronomy import units
from catalogs.formats.source import Field

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Column, Table

WIDE = 1 << 28  # bytes of a numpy text column beyond which its cells are objects


def to_column(
    name: str, values: pa.ChunkedArray, unit: str | None = None, description: str | None = None
) -> Column:
    """One column of astropy, masked where `values` is null; text, numbers, truth values and dates
    (as ISO text).
    """
    from astropy.table import Column, MaskedColumn
    from astropy.units import Unit

    array, mask = to_numpy(values)
    known = unit and units.is_bounded(unit)
    about = {
        "name": name,
        "unit": Unit(unit, parse_strict="silent") if known else None,
        "description": description or None,
    }
    return MaskedColumn(array, mask=mask, **about) if mask.any() else Column(array, **about)


def simple(values: pa.Array) -> pa.Array:
    """A column of one value a row as a number, a truth value or text: dictionaries are written
    out, decimals become floats, dates and bytes text.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        return simple(values.cast(kind.value_type))
    if pa.types.is_decimal(kind):
        return values.cast(pa.float64())
    if pa.types.is_fixed_size_binary(kind):
        return simple(values.cast(pa.binary()))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return values.cast(pa.string())
    if pa.types.is_temporal(kind):
        return pc.cast(values, pa.string())
    if pa.types.is_float16(kind):
        return values.cast(pa.float32())
    if pa.types.is_null(kind):
        return values.cast(pa.float64())
    if pa.types.is_large_string(kind):
        return values.cast(pa.string())
    return values


def why_unreadable(kind: pa.DataType) -> str:
    """What a type of Arrow is that is neither one value a row nor an array of fixed size; '' for
    those.
    """
    import pyarrow as pa

    if pa.types.is_fixed_size_list(kind):
        return why_unreadable(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return "arrays of varying length"
    if pa.types.is_struct(kind) or pa.types.is_map(kind) or pa.types.is_union(kind):
        return "records inside records"
    return ""


def shape_of(kind: pa.DataType) -> tuple[int, ...]:
    """The shape of one row's value."""
    import pyarrow as pa

    if pa.types.is_fixed_size_list(kind):
        return (kind.list_size, *shape_of(kind.value_type))
    return ()


def to_numpy(values: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The values, (n, ...) with 0, NaN, False or '' where they are null, and the mask of the nulls,
    (n, ...).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(values.chunks) if values.num_chunks else values
    mask = values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_fixed_size_list(values.type):
        flat, hidden = to_numpy(_flat(values))
        shape = (len(values), values.type.list_size, *flat.shape[1:])
        rows = mask.reshape(-1, *(1 for _ in shape[1:]))
        return flat.reshape(shape), hidden.reshape(shape) | rows
    values = simple(values)
    kind = values.type
    if pa.types.is_floating(kind):
        return pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False), mask
    if pa.types.is_integer(kind):
        filled = pc.fill_null(values, pa.scalar(0, pa.int64()).cast(kind))
        return filled.to_numpy(zero_copy_only=False), mask
    if pa.types.is_boolean(kind):
        return pc.fill_null(values, False).to_numpy(zero_copy_only=False), mask
    if pa.types.is_string(kind):
        return _texts(pc.fill_null(values, "")), mask
    return np.array(values.to_pylist(), dtype=object), mask


def _flat(values: pa.Array) -> pa.Array:
    """The elements of all rows of a list of fixed size, null where the row is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size = values.type.list_size
    if not values.null_count:
        return values.flatten()
    flat = values.values.slice(values.offset * size, len(values) * size)
    rows = pa.array(np.repeat(values.is_valid().to_numpy(zero_copy_only=False), size))
    return pc.if_else(rows, flat, pa.scalar(None, flat.type))


def _texts(values: pa.Array) -> np.ndarray:
    """Text as numpy's own where that is not wasteful, as objects where one cell is far longer than
    the others.
    """
    import pyarrow.compute as pc

    longest = pc.max(pc.utf8_length(values)).as_py() or 0
    if 4 * longest * len(values) > WIDE:
        return np.array(values.to_pylist(), dtype=object)
    return np.array(values.to_pylist(), dtype=str)


def from_numpy(values: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    """An array (n, ...) as a column: numbers in native order, bytes as text, further dimensions as
    lists of fixed size; null where `mask` (n, ...) is true, and where an object is None.
    """
    import pyarrow as pa

    if values.ndim > 1:
        rows, size = len(values), values.shape[1]
        inner = None if mask is None else mask.reshape(rows * size, *values.shape[2:])
        flat = from_numpy(values.reshape(rows * size, *values.shape[2:]), inner)
        return pa.FixedSizeListArray.from_arrays(flat, size)
    if values.dtype.kind in "fiub":
        native = values.astype(values.dtype.newbyteorder("="), copy=False)
        return pa.array(np.ascontiguousarray(native), mask=mask)
    if values.dtype.kind == "S":
        return text_of_bytes(values, mask)
    texts = [
        None
        if value is None or (mask is not None and mask[row])
        else value.decode("utf-8", "replace")
        if isinstance(value, bytes)
        else str(value).rstrip()
        for row, value in enumerate(values.tolist())
    ]
    return pa.array(texts, pa.string())


def text_of_bytes(values: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    """Bytes (n,) of fixed length as text without the blanks and zeros that fill it up: UTF-8, or
    Latin-1 where it is not.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    raw = pa.array(np.ascontiguousarray(values), pa.binary(), mask=mask)
    try:
        text = raw.cast(pa.string())
    except pa.ArrowInvalid:
        text = pa.array(
            [None if cell is None else cell.decode("latin-1") for cell in raw.to_pylist()],
            pa.string(),
        )
    if pc.any(pc.match_substring(text, "\x00")).as_py():
        text = pc.replace_substring_regex(text, "\x00(?s:.*)", "")  # a text ends at its first zero
    return pc.utf8_rtrim(text, characters=" \t\r\n")


def fields_of(table: Table) -> list[Field]:
    """The columns of an astropy Table of simple columns, with their units and shapes."""
    import pyarrow as pa

    found = []
    for name in table.colnames:
        column = table[name]
        dtype = getattr(column, "dtype", None)
        if dtype is None or dtype.kind not in "fiubSUO" or (dtype.kind == "O" and column.ndim > 1):
            kind = "complex numbers" if dtype is not None and dtype.kind == "c" else "objects"
            found.append(Field(name, None, unreadable=kind))
            continue
        if dtype.kind == "O" and any(isinstance(v, np.ndarray | list | tuple) for v in column):
            found.append(Field(name, None, unreadable="arrays of varying length"))
            continue
        base = pa.string() if dtype.kind in "SUO" else pa.from_numpy_dtype(dtype.newbyteorder("="))
        for size in reversed(column.shape[1:]):
            base = pa.list_(base, size)
        found.append(
            Field(
                name,
                base,
                str(column.unit or ""),
                column.info.description or "",
                column.shape[1:],
            )
        )
    return found


def column_of(column: Any) -> pa.Array:
    """A column of astropy as Arrow, null where it is masked."""
    mask = np.ma.getmaskarray(column) if hasattr(column, "mask") else None
    if mask is not None and not mask.any():
        mask = None
    return from_numpy(np.ma.getdata(np.ma.asanyarray(column)), mask)


def to_table(fields: Sequence[Field], columns: Sequence[pa.ChunkedArray]) -> Table:
    """An astropy Table of columns with units and descriptions."""
    from astropy.table import Table

    made = [
        to_column(field.name, values, field.unit, field.description)
        for field, values in zip(fields, columns, strict=True)
    ]
    return Table(made, copy=False)
