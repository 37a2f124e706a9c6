"""Columns of pyarrow as columns of astropy: nulls become masks, integers stay integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Column


def to_column(
    name: str, values: pa.ChunkedArray, unit: str | None = None, description: str | None = None
) -> Column:
    """One column of astropy, masked where `values` is null; text, numbers, truth values and dates
    (as ISO text).
    """
    from astropy.table import Column, MaskedColumn
    from astropy.units import Unit

    array, mask = to_numpy(values)
    about = {
        "name": name,
        "unit": Unit(unit, parse_strict="silent") if unit else None,
        "description": description,
    }
    return MaskedColumn(array, mask=mask, **about) if mask.any() else Column(array, **about)


def to_numpy(values: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The values, (n,) with 0, NaN, False or '' where they are null, and the mask of the nulls,
    (n,).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
    elif pa.types.is_decimal(kind):
        values = values.cast(pa.float64())
    elif pa.types.is_binary(kind) or pa.types.is_temporal(kind):
        values = pc.cast(values, pa.string())
    kind, mask = values.type, values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(kind):
        return pc.fill_null(values, float("nan")).to_numpy(), mask
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.fill_null(values, pa.scalar(0, pa.int64()).cast(kind)).to_numpy(), mask
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array(pc.fill_null(values, "").to_pylist(), dtype=str), mask
    if pa.types.is_null(kind):
        return np.full(len(mask), np.nan), mask
    return np.array(values.to_pylist(), dtype=object), mask
