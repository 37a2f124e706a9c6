"""Epochs in the rows of tables of any format that catalogs.formats reads: all objects in one table,
or one file per object; one measurement a row with its band, or all bands side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from catalogs.formats.tables import open_table
from catalogs.lightcurves.cleaning import LEFT_OUT, OTHER_BAND, UPPER_LIMIT
from catalogs.lightcurves.epochs import Epochs, Source
from catalogs.lightcurves.sources import cells
from catalogs.lightcurves.sources.banded import BandPlaces
from catalogs.lightcurves.sources.headers import header_zero
from catalogs.lightcurves.sources.names import NamePattern
from catalogs.recipes.view import Columns, View

if TYPE_CHECKING:
    pass


class Rule(Protocol):
    """Which rows are meant (catalogs.recipes.conditions)."""

    columns: tuple[str, ...]

    def met(self, view: View) -> np.ndarray:
        """Which rows are meant, (n,) bool."""
        ...


@dataclass(frozen=True)
class EpochColumns:
    """The names of the columns; '' where there is none.

    The column `magnitude` may hold fluxes (and `error` theirs). Without `object_id` a file is one
    object, named by the file as `file_name` says ('{object}.csv', '{object}_{band}.csv'; '' for
    the name without its suffixes). `band_names` turns what the column `band` (or the file's name)
    says into the survey's names; epochs of other bands are left out and counted. `side_by_side`
    names for each band its columns of measurement and error, in place of magnitude, error and band.
    Rows that do not meet `where`, or have a bit of `bits` (column: mask) set, are left out and
    counted. `part` is the column of what has a level of its own ('file': the file has);
    `time_zero` a column of zeros that is added to the time, `zero_keyword` keywords of each file's
    header whose sum is; a number that stands for '{zero}' in `file_name` is added as well.
    """

    object_id: str
    time: str
    magnitude: str = ""
    error: str = ""
    band: str = ""
    band_names: Mapping[str, str] = field(default_factory=dict)
    side_by_side: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    file_name: str = ""
    where: Rule | None = None
    bits: Mapping[str, int] = field(default_factory=dict)
    part: str = ""
    time_zero: str = ""
    zero_keyword: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """The columns that are read, each once."""
        part = "" if self.part == "file" else self.part
        found = [self.object_id, self.time, self.magnitude, self.error, self.band, part]
        found += [self.time_zero, *self.bits, *(self.where.columns if self.where else ())]
        found += [name for pair in self.side_by_side.values() for name in pair]
        return [name for name in dict.fromkeys(found) if name]


def tables(
    paths: Sequence[Path | str],
    columns: EpochColumns,
    bands: Sequence[str],
    format: str | None = None,
    **options: object,
) -> Source:
    """The epochs of one or more files with the same columns, of one format (by default what each
    file's content says). A missing column, or no epoch of any of the bands, is a CatalogueError
    with the choices.
    """
    given = {name: value for name, value in options.items() if value not in (None, "")}

    def source() -> Iterator[Epochs]:
        reader = _Reader(columns, tuple(bands))
        for number, path in enumerate(map(Path, paths)):
            found = Columns(open_table(path, format, **given), columns.names())
            zero = header_zero(path, columns.zero_keyword) if columns.zero_keyword else 0.0
            for view in found.views():
                yield from reader.epochs(path, number, view, zero)
        where = f"column {columns.band!r}" if columns.band else "the files' names"
        reader.places.require_some(where)

    return source


class _Reader:
    """Epochs from rows, one file after the other; parts keep their numbers."""

    def __init__(self, columns: EpochColumns, bands: tuple[str, ...]) -> None:
        self.columns, self.bands = columns, bands
        self.pattern = NamePattern(columns.file_name)
        self.parts: dict[str, int] = {}
        self.places = BandPlaces(bands, columns.band_names)

    def epochs(self, path: Path, number: int, view: View, zero: float = 0.0) -> Iterator[Epochs]:
        """The rows of a view, once for each band that stands beside the others; `zero` is added to
        their times.
        """
        wanted = self.columns
        zero += float(self.pattern.of(path).get("zero", 0.0))
        time = cells.julian_or_numbers(view, wanted.time) + zero
        if wanted.time_zero:
            time = time + view.numbers(wanted.time_zero)
        lost, part = self._lost(view), self._part(view, number)
        beside = wanted.side_by_side or {"": (wanted.magnitude, wanted.error)}
        for name, (measured, error) in beside.items():
            names, code, band = self._whose(path, view, name)
            value, limits = cells.measurements(view, measured)
            sigma = view.numbers(error) if error else np.full(len(view), np.nan)
            cause = np.where(limits, UPPER_LIMIT, lost)
            cause = np.where(band < 0, OTHER_BAND, cause).astype(np.int8)
            there = ~np.isnan(value) | limits if wanted.side_by_side else np.ones(len(view), bool)
            yield Epochs(
                names,
                code[there],
                time[there],
                value[there],
                sigma[there],
                band[there],
                cause[there],
                None if part is None else part[there],
            )

    def _lost(self, view: View) -> np.ndarray:
        """LEFT_OUT where a rule or a bit leaves the row out, else -1, (n,) int8."""
        lost = np.zeros(len(view), dtype=bool)
        if self.columns.where is not None:
            lost |= ~self.columns.where.met(view)
        for name, mask in self.columns.bits.items():
            word = np.nan_to_num(view.numbers(name)).astype(np.int64)
            lost |= (word & mask) != 0
        return np.where(lost, LEFT_OUT, -1).astype(np.int8)

    def _part(self, view: View, number: int) -> np.ndarray | None:
        if not self.columns.part:
            return None
        if self.columns.part == "file":
            return np.full(len(view), number, dtype=np.int32)
        values, code = np.unique(view.text(self.columns.part), return_inverse=True)
        numbers = [self.parts.setdefault(value, len(self.parts)) for value in values.tolist()]
        return np.array(numbers, dtype=np.int32)[code]

    def _whose(
        self, path: Path, view: View, beside: str
    ) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
        """The objects' names, which of them each row has, and the place of its band, -1 for
        another.
        """
        of_file = self.pattern.of(path)
        if self.columns.object_id:
            names, code = cells.codes(view.columns[self.columns.object_id])
        else:
            names, code = [of_file["object"]], np.zeros(len(view), dtype=np.int32)
        if beside:
            return names, code, np.full(len(view), self.bands.index(beside), dtype=np.int8)
        if self.columns.band:
            found, place = cells.codes(view.columns[self.columns.band])
            return names, code, self.places(found)[place]
        band = of_file.get("band", "")
        place_of_all = self.places([band])[0] if band else 0
        return names, code, np.full(len(view), place_of_all, dtype=np.int8)
