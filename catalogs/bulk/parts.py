"""A piece of a file, what is wanted of it, and what is read of it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


PIXELS = "@pixels"  # in place of columns: the pictures of an image stack


@dataclass(frozen=True)
class Part:
    """A contiguous piece of one file."""

    path: str
    kind: str  # the module that reads it
    first: int  # in units of the kind: row groups, record batches, rows
    last: int  # not included
    rows: int
    row: int = 0  # rows of the file before it


@dataclass(frozen=True)
class Wanted:
    """What is read of each file: the columns that name an object (() for the row's number), the
    inputs by name, the columns that are carried along, the format and its options where they are
    asked for, and the model's recipe as JSON, '' for a model whose inputs are plain columns.
    """

    identifier: tuple[str, ...] = ("object_id",)
    names: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    format: str = ""
    options: tuple[tuple[str, object], ...] = ()
    recipe: str = ""


@dataclass(frozen=True)
class Block:
    """The next objects of a part: n identifiers and F columns (n,) of numbers, NaN where not
    measured; or pictures; and columns that are carried along.
    """

    identifiers: pa.Array
    columns: Sequence[np.ndarray] | np.ndarray  # F arrays (n,) float, or (n, C, H, W)
    kept: Mapping[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.identifiers)
