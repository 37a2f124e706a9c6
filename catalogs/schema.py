"""What a column of numbers means and may hold: name, unit, description, range; and the check of
texts against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalogs.errors import Faults, listed
from catalogs.names import check_names

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column of numbers. `unit` is an astropy unit string ('' for a pure number); `low` and
    `high` belong to the range; `derived` says that the number was computed here and not read.
    """

    name: str
    unit: str
    description: str
    low: float = float("-inf")
    high: float = float("inf")
    derived: bool = False

    def __post_init__(self) -> None:
        check_names("column", self.name)
        check_names(f"unit of column {self.name!r}", self.unit or "")


def numbers(
    frame: pd.DataFrame, columns: Sequence[Column], faults: Faults, *, naming: str
) -> pd.DataFrame:
    """The named text columns of `frame` as float64, blank and 'nan' as NaN; every other text that
    is no number in range is noted in `faults` with its line (the index of `frame`) and the object's
    name (the column `naming`).
    """
    import pandas as pd

    result = {}
    for column in columns:
        text = frame[column.name]
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype="float64")
        blank = text.str.lower().isin(["", "nan"]).to_numpy(dtype=bool)
        unread = pd.isna(values) & ~blank
        note_values(
            faults,
            frame,
            column.name,
            unread,
            "not a number",
            "correct it, or leave the cell blank",
            naming=naming,
        )
        outside = (values < column.low) | (values > column.high)
        rule = f"outside [{column.low:g}, {column.high:g}] {column.unit}".rstrip()
        note_values(
            faults,
            frame,
            column.name,
            outside,
            rule,
            "check the unit, or leave the cell blank",
            naming=naming,
        )
        result[column.name] = values
    return pd.DataFrame(result, index=frame.index)


def note_values(
    faults: Faults,
    frame: pd.DataFrame,
    name: str,
    bad: np.ndarray,
    rule: str,
    remedy: str,
    *,
    naming: str,
) -> None:
    """Add one fault that names the bad cells of a text column, their lines, and the rule broken;
    none, no fault. ``bad``: (N,) bool, one per row of the frame.
    """
    count = int(bad.sum())
    if not count:
        return
    rows = frame.loc[bad, [name, naming]] if name != naming else frame.loc[bad, [name]]
    shown = [
        _cell(line, values[0], values[-1]) for line, *values in rows.head(3).itertuples(name=None)
    ]
    more = f" and {count - 3} more" if count > 3 else ""
    faults.add(
        f"column {name!r}: {count} value{'s' * (count > 1)} {rule}: {', '.join(shown)}{more}",
        remedy,
    )


def _cell(line: int, value: str, name: str) -> str:
    return f"{value!r} at line {line}" + (f" ({name})" if name != value else "")


def check_ranges(
    frame: pd.DataFrame, columns: Sequence[Column], object_id: np.ndarray, faults: Faults
) -> None:
    """Note in `faults` each column of finished numbers that leaves its range (NaN, a missing value,
    never does).
    """
    for column in columns:
        values = frame[column.name].to_numpy()
        bad = (values < column.low) | (values > column.high)
        if bad.any():
            shown = [
                f"{value:g} for {name}"
                for value, name in zip(values[bad], object_id[bad], strict=True)
            ]
            rule = f"outside [{column.low:g}, {column.high:g}] {column.unit}".rstrip()
            faults.add(
                f"column {column.name!r}: {bad.sum()} values {rule}: {listed(shown, 3)}",
                "check the input's units",
            )
