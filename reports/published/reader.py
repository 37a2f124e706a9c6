"""Reads a published table and checks every number in it against every other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reports.confusion import ConfusionTable
from reports.errors import ReportError, refuse
from reports.measures import pairs, statistics
from reports.measures.pairs import MarginBounds

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class PublishedTable:
    """Confusion tables that one source prints for one set of objects.

    `quoted_bounds` are McNemar bounds that the source's full table gives, (low, high) as printed,
    by pair of classifiers."""

    name: str
    title: str
    citation: str
    doi: str
    noun: str
    ordered: bool
    split_title: str
    n_train: int | None
    tables: tuple[ConfusionTable, ...]
    notes: tuple[str, ...]
    quotes: tuple[str, ...]
    quoted_bounds: Mapping[tuple[str, str], tuple[str, str]]
    file: str

    def with_quoted_bounds(self, found: MarginBounds) -> MarginBounds:
        """The same bounds with those that the source states beside them; unchanged when the cells
        gave them.
        """
        quoted = self.quoted_bounds.get((found.a, found.b))
        if quoted is None or found.margins == "numbers right per class":
            return found
        return replace(found, quoted_low=quoted[0], quoted_high=quoted[1])


def names() -> list[str]:
    """The published tables that there are, by name, sorted."""
    return sorted(file.stem for file in FOLDER.glob("*.ecsv"))


def path(name: str) -> Path:
    """The file of the published table of that name; an unknown name raises ReportError."""
    if name not in names():
        raise ReportError(f"unknown published table {name!r}; choose one of: {', '.join(names())}")
    return FOLDER / f"{name}.ecsv"


def load(name: str) -> PublishedTable:
    """The published table of that name, checked; an unknown name raises ReportError."""
    return read(path(name))


def read(file: Path | str) -> PublishedTable:
    """The published table in an ECSV file (see `reports.published`); cells that disagree raise
    ReportError, all at once.
    """
    file = Path(file)
    try:
        return _read(file)
    except ReportError:
        raise
    except Exception as error:  # of astropy, or of what is missing in the head
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise ReportError(
            f"{file.name}: not a published table ({said}); see reports/published"
        ) from error


def _read(file: Path) -> PublishedTable:
    from astropy.table import Table  # slow to import, and only this function needs it

    columns = Table.read(file, format="ascii.ecsv")
    meta = columns.meta
    classes, totals = tuple(columns["reference"].tolist()), tuple(columns["total"].tolist())
    tables = tuple(
        _table(columns, key, fields, classes, totals) for key, fields in meta["classifiers"].items()
    )
    bounds = {tuple(entry["pair"]): tuple(entry["chi2"]) for entry in meta.get("quoted_bounds", [])}
    refuse(f"{file.name}", _disagreements(tables, bounds))
    return PublishedTable(
        name=file.stem,
        title=meta["title"],
        citation=meta["citation"],
        doi=meta["doi"],
        noun=meta["noun"],
        ordered=meta["ordered"],
        split_title=meta["split_title"],
        n_train=meta.get("n_train"),
        tables=tables,
        notes=tuple(meta.get("notes", ())),
        quotes=tuple(meta.get("quotes", ())),
        quoted_bounds=bounds,
        file=file.name,
    )


def _table(
    columns, key: str, fields: dict, classes: tuple[str, ...], totals: tuple[int, ...]
) -> ConfusionTable:
    """One classifier's table: its columns `<key>:<class>`, masked where the cell is not
    available.
    """
    missing = [f"{key}:{label}" for label in classes if f"{key}:{label}" not in columns.colnames]
    refuse(
        f"table {key!r}",
        [f"column {name!r} is missing; add it, empty where not available" for name in missing],
    )
    cells = [np.ma.asarray(columns[f"{key}:{label}"]) for label in classes]
    rows = tuple(
        tuple(None if np.ma.getmaskarray(column)[i] else int(column[i]) for column in cells)
        for i in range(len(classes))
    )
    return ConfusionTable(
        name=key,
        title=fields["title"],
        kind="published",
        classes=classes,
        counts=rows,
        totals=totals,
        n_right=fields["n_right"],
        quoted=dict(fields.get("quoted", {})),
        sample=fields["sample"],
    )


def _disagreements(tables: tuple[ConfusionTable, ...], quoted_bounds: Mapping) -> list[str]:
    """Where statistics of transcribed cells differ from those that the source states, to the digits
    it prints.
    """
    faults = []
    for table in tables:
        found = statistics.of_table(replace(table, quoted={}), ordered=True).values
        stated = {
            key: found[key].number
            for key in table.quoted
            if key in found and found[key].origin == "derived"
        }
        faults += [
            _fault(f"{table.name} {key}", value, table.quoted[key]) for key, value in stated.items()
        ]
    by_name = {table.name: table for table in tables}
    for (a, b), digits in quoted_bounds.items():
        bounds = pairs.bounds(by_name[a], by_name[b])
        if bounds.margins == "numbers right per class":
            faults += [
                _fault(f"McNemar bound of {a} and {b}", v, q)
                for v, q in zip((bounds.chi2_low, bounds.chi2_high), digits)
            ]
    return [fault for fault in faults if fault]


def _fault(what: str, value: float, digits: str) -> str:
    """Nothing when `value` prints as `digits`, half a unit of the last digit and rounding error
    allowed.
    """
    unit = 10.0 ** -len(digits.partition(".")[2])
    if abs(value - float(digits)) <= unit * (0.5 + 1e-9):
        return ""
    return f"{what} of the cells is {value:.6g}, quoted is {digits}; check the transcription"
