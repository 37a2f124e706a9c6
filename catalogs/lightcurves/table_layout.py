"""What the layouts share whose epochs are rows of tables, of any format that is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogs.errors import CatalogueError
from catalogs.keys import Rule, key
from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.layout import Layout, files_of
from catalogs.lightcurves.sources.tables import EpochColumns, tables
from catalogs.recipes import conditions


@dataclass(frozen=True, kw_only=True)
class TableLayout(Layout):
    """Columns of tables. With `flux_zero_point` the measurements are fluxes, and `softening` that
    of asinh magnitudes, in the flux's unit (by default the noise of each object and band).
    `band_column` says the band of an epoch, `band_names` what each of its values means; epochs of
    other bands are left out and counted, as are those that do not meet `where`, those with one of
    the `bits` of a column set (bits = { catflags = "32768" }), and upper limits ('>13.6').
    `part_column` names what has a level of its own ('file' for each file), `zero_column` what is
    added to the time, which may be a calendar date, `zero_keyword` keywords of the file's header
    that are (BJDREFI and BJDREFF are summed). `format`, `delimiter`, `hdu` and `table` say
    how a table is to be read where its content does not.
    """

    time: str = key(str, "")
    error: str = key(str, "")
    band_column: str = key(str, "")
    band_names: Mapping[str, str] = key(dict, None)
    where: str = key(str, "")
    bits: Mapping[str, str] = key(dict, None)
    part_column: str = key(str, "")
    zero_column: str = key(str, "")
    zero_keyword: tuple[str, ...] = key(str, (), many=True)
    flux_zero_point: float | None = key(float, None)
    softening: float | None = key(float, None)
    format: str = key(str, "")
    delimiter: str = key(str, "")
    hdu: int | None = key(int, None)
    table: str = key(str, "")

    def rules(self) -> Iterator[Rule]:
        if self.where:
            try:
                conditions.parse(self.where)
            except CatalogueError as error:
                problem, _, remedy = str(error).partition("; remedy: ")
                yield "where", problem, remedy
        for name, mask in self.bits.items():
            try:
                int(mask, 0)
            except ValueError:
                yield f"bits.{name}", f"{mask!r} is no mask of bits", "give '1', '0x10' or '32768'"

    def fluxes(self) -> Fluxes | None:
        if self.flux_zero_point is None:
            return None
        return Fluxes(self.flux_zero_point, self.softening)

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        """The columns that are read, as catalogs.lightcurves.sources.tables.EpochColumns has
        them.
        """
        return {
            "object_id": "",
            "time": self.time,
            "error": self.error,
            "band": self.band_column,
            "band_names": dict(self.band_names),
            "where": conditions.parse(self.where) if self.where else None,
            "bits": {name: int(mask, 0) for name, mask in self.bits.items()},
            "part": self.part_column,
            "time_zero": self.zero_column,
            "zero_keyword": self.zero_keyword,
        }

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        options = {"delimiter": self.delimiter, "hdu": self.hdu, "table": self.table}
        columns = EpochColumns(**self.columns(bands))
        return tables(files_of(places), columns, bands, self.format or None, **options)
