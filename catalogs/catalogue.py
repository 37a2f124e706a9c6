"""A checked table of objects: identifiers, inputs with units, labels of one class scheme,
positions, provenance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import texts
from catalogs.errors import CatalogueError, Faults, foreign, listed
from catalogs.files.parquet import no_columns, read_columns, write_columns
from catalogs.names import LONGEST, first_bad_name, name_fault, shown
from catalogs.schema import Column, check_ranges
from catalogs.schemes import ClassScheme

if TYPE_CHECKING:
    import pandas as pd
    from astropy.table import Table

KIND = "catalogue"
RESERVED = (
    *("object_id", "label", "group", "ra_deg", "dec_deg"),
    *("baseline", "stage", "sample_weight"),
)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """N objects of one survey, each once.

    object_id (N,) text, unique; features (N, F) float64, NaN where unknown, described by `columns`;
    labels (N,) class names of `scheme`, '' where unlabelled; group (N,) text: objects of one group
    never stand on both sides of a split; ra_deg, dec_deg (N,) degrees, NaN where there is no
    position; flags (N, any) yes/no columns that a split may hold out (never inputs); baseline (N,)
    the survey's own automatic class in the names of `scheme`, '' where it gives none, or None for a
    survey without one; stage (N,) de Vaucouleurs' T that the labels were made of, NaN where
    unknown, or None; sample_weight (N,) how much each object counts in a training, finite and >= 0,
    or None for all alike; simulated: no sky was observed; provenance: what it was made from. An
    empty catalogue is allowed. Every fault of the arrays is reported in one CatalogueError."""

    survey: str
    object_id: np.ndarray
    features: pd.DataFrame
    columns: tuple[Column, ...]
    labels: np.ndarray
    scheme: ClassScheme
    group: np.ndarray
    ra_deg: np.ndarray
    dec_deg: np.ndarray
    simulated: bool = False
    provenance: dict = field(default_factory=dict)
    flags: pd.DataFrame = field(default_factory=no_columns)
    baseline: np.ndarray | None = None
    stage: np.ndarray | None = None
    sample_weight: np.ndarray | None = None

    def __post_init__(self) -> None:
        import pandas as pd

        for name in self._texts():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=str))
        for name in self._numbers():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        features = self.features.astype("float64").reset_index(drop=True)
        object.__setattr__(self, "features", features)
        flags = (
            self.flags if self.flags.shape[1] else pd.DataFrame(index=range(len(self.object_id)))
        )
        object.__setattr__(self, "flags", flags.astype(bool).reset_index(drop=True))
        self._check()

    def _texts(self) -> tuple[str, ...]:
        return (
            "object_id",
            "labels",
            "group",
            *(("baseline",) if self.baseline is not None else ()),
        )

    def _numbers(self) -> tuple[str, ...]:
        more = ("stage", "sample_weight")
        return ("ra_deg", "dec_deg", *(name for name in more if getattr(self, name) is not None))

    def _check(self) -> None:
        faults = Faults(f"catalogue {self.survey!r}")
        self._check_shape(faults)
        faults.raise_if_any()
        self._check_values(faults)
        faults.raise_if_any()

    def _check_shape(self, faults: Faults) -> None:
        arrays = (*self._texts(), *self._numbers(), "features", "flags")
        lengths = {name: len(getattr(self, name)) for name in arrays}
        if len(set(lengths.values())) > 1:
            faults.add(
                f"arrays of different lengths: {lengths}", "give every array one entry per object"
            )
        described, found = [column.name for column in self.columns], list(self.features.columns)
        if described != found:
            faults.add(
                f"features {found} are not the described columns {described}",
                "describe each, in the same order",
            )
        names = [*RESERVED, *found, *self.flags.columns]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            faults.add(
                f"column names used twice: {listed(repeated)}",
                f"rename; {', '.join(RESERVED)} are reserved",
            )

    def _check_values(self, faults: Faults) -> None:
        for what in ("object_id", "group"):
            if (bad := first_bad_name(getattr(self, what))) is not None:
                faults.add(
                    f"{what} {shown(bad)[:LONGEST]!r} {name_fault(bad)}",
                    "names are of one line, without control characters; rename it",
                )
        if len(twice := texts.repeated(self.object_id)):
            faults.add(
                f"identifiers given more than once: {listed(twice)}", "keep each object once"
            )
        if (self.object_id == "").any():
            faults.add("an object has an empty identifier", "give every object a name")
        for what, names in (("labels", self.labels), ("baseline classes", self.baseline)):
            unknown = (
                []
                if names is None
                else sorted({*texts.distinct(names).tolist()} - {*self.scheme.classes, ""})
            )
            if unknown:
                faults.add(
                    f"{what} outside scheme {self.scheme.name!r}: {listed(map(repr, unknown))}",
                    f"use {', '.join(self.scheme.classes)}, or '' for no label",
                )
        if self.sample_weight is not None:
            bad = ~(np.isfinite(self.sample_weight) & (self.sample_weight >= 0))
            if bad.any():
                faults.add(
                    f"weights that are no finite numbers >= 0: {listed(self.object_id[bad])}",
                    "give 0 to an object that is not to be learned from",
                )
        check_ranges(self.features, self.columns, self.object_id, faults)

    def __len__(self) -> int:
        return len(self.object_id)

    def labelled(self) -> Catalogue:
        """The objects that have a label, in their order."""
        return self.select(self.labels != "")

    def select(self, mask_or_ids: np.ndarray) -> Catalogue:
        """The objects of a boolean mask (N,), or those of a list of identifiers in that list's
        order.

        Unknown identifiers and a mask of another length are errors.
        """
        chosen = np.asarray(mask_or_ids)
        if chosen.dtype == bool:
            if chosen.shape != self.object_id.shape:
                raise CatalogueError(
                    f"mask of {chosen.size} entries for {len(self)} objects; remedy: one entry an"
                    " object"
                )
            rows = np.flatnonzero(chosen)
        else:
            rows = self._rows_of(chosen.astype(str))
        arrays = {name: getattr(self, name)[rows] for name in (*self._texts(), *self._numbers())}
        return replace(
            self, features=self.features.iloc[rows], flags=self.flags.iloc[rows], **arrays
        )

    def _rows_of(self, ids: np.ndarray) -> np.ndarray:
        rows = texts.rows_of(self.object_id, ids)
        if (rows < 0).any():
            raise CatalogueError(
                f"catalogue {self.survey!r} has no object {listed(ids[rows < 0])}; remedy: choose"
                " among its identifiers"
            )
        return rows

    def class_counts(self) -> dict[str, int]:
        """How many objects each class of the scheme has, in the scheme's order; unlabelled ones are
        not counted.
        """
        return {name: int((self.labels == name).sum()) for name in self.scheme.classes}

    def to_table(self) -> Table:
        """The catalogue as an astropy Table with units, descriptions and metadata."""
        from astropy.table import Column as TableColumn
        from astropy.table import Table

        table = Table(
            {"object_id": self.object_id, "label": self.labels, "group": self.group},
            meta=self._metadata(),
        )
        if self.baseline is not None:
            table["baseline"] = self.baseline
        if self.stage is not None:
            table["stage"] = TableColumn(self.stage, description="de Vaucouleurs' stage T")
        if self.sample_weight is not None:
            table["sample_weight"] = self.sample_weight
        for name in ("ra_deg", "dec_deg"):
            table[name] = TableColumn(getattr(self, name), unit="deg")
        for column in self.columns:
            values = self.features[column.name].to_numpy()
            table[column.name] = TableColumn(
                values, unit=column.unit or None, description=column.description
            )
        return table

    def write(self, path: Path | str) -> None:
        """Write one Parquet file, atomically and always the same bytes: units and descriptions
        stand in the fields' metadata, scheme, columns and provenance in the file's.
        """
        columns = {"object_id": self.object_id, "label": self.labels, "group": self.group}
        columns |= {"ra_deg": self.ra_deg, "dec_deg": self.dec_deg}
        if self.baseline is not None:
            columns["baseline"] = self.baseline
        if self.stage is not None:
            columns["stage"] = self.stage
        if self.sample_weight is not None:
            columns["sample_weight"] = self.sample_weight
        for part in (self.features, self.flags):
            columns |= {name: part[name].to_numpy() for name in part}
        about = {
            column.name: {"unit": column.unit, "description": column.description}
            for column in self.columns
        }
        about |= {"ra_deg": {"unit": "deg"}, "dec_deg": {"unit": "deg"}}
        write_columns(path, columns, KIND, self._metadata(), about)

    @classmethod
    def read(cls, path: Path | str) -> Catalogue:
        """The catalogue that `write` wrote; CatalogueError for any other file."""
        found, about = read_columns(path, KIND)
        with foreign(path, f"a whole {KIND}", "make it again"):
            columns = tuple(Column(**without_none(column)) for column in about["columns"])
            return cls(
                survey=about["survey"],
                object_id=found["object_id"],
                features=_frame(found, [column.name for column in columns]),
                columns=columns,
                labels=found["label"],
                scheme=ClassScheme.from_mapping(about["scheme"].pop("name"), about["scheme"]),
                group=found["group"],
                ra_deg=found["ra_deg"],
                dec_deg=found["dec_deg"],
                simulated=about["simulated"],
                provenance=about["provenance"],
                flags=_frame(found, about["flags"]),
                baseline=found.get("baseline"),
                stage=found.get("stage"),
                sample_weight=found.get("sample_weight"),
            )

    def _metadata(self) -> dict:
        return {
            "survey": self.survey,
            "simulated": self.simulated,
            "scheme": asdict(self.scheme),
            "columns": [finite_or_none(asdict(column)) for column in self.columns],
            "flags": list(self.flags.columns),
            "provenance": self.provenance,
        }


def _frame(columns: Mapping[str, np.ndarray], names: Sequence[str]) -> pd.DataFrame:
    """Some of N rows' columns as a frame; KeyError for a name that is not among them."""
    import pandas as pd

    n = len(columns["object_id"])
    return pd.DataFrame({name: columns[name] for name in names}, index=range(n), copy=False)


def finite_or_none(entry: dict) -> dict:
    """The entry with None for infinite numbers, which JSON does not know."""
    return {
        name: None if value in (float("inf"), float("-inf")) else value
        for name, value in entry.items()
    }


def without_none(entry: dict) -> dict:
    """The entry without its None values, so that defaults apply."""
    return {name: value for name, value in entry.items() if value is not None}
