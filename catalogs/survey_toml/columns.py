"""The columns of a user's own table as identifiers, positions, inputs and classes; faults are named
by column and row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from catalogs.astronomy import coordinates, hubble
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.formats.tables import read_table
from catalogs.splits import cells

if TYPE_CHECKING:
    from astropy.table import Table

    from catalogs.schemes import ClassScheme
    from catalogs.survey_toml.spec import ClassColumn, Feature, OwnSpec

HOURS = ("hourangle", "h")


class OwnTable:
    """Some columns of one or several files: values (N,), masks (N,), units, and the number of each
    row in its file (the first row is 1).
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        names = tables[0].colnames
        self.units = {name: str(tables[0][name].unit or "") for name in names}
        self.values = {
            name: np.concatenate([np.ma.getdata(table[name]) for table in tables]) for name in names
        }
        self.masks = {
            name: np.concatenate([np.ma.getmaskarray(table[name]) for table in tables])
            for name in names
        }
        self.rows = np.concatenate([np.arange(1, len(table) + 1) for table in tables])

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, chosen: np.ndarray) -> None:
        """Keep the rows of a mask."""
        self.rows = self.rows[chosen]
        for columns in (self.values, self.masks):
            columns.update({name: column[chosen] for name, column in columns.items()})

    def unit(self, source: object) -> str:
        """The unit of a column as astropy writes it; '' for a pure number, for an unknown column or
        a formula.
        """
        return astropy_unit(self.units.get(source, "")) if isinstance(source, str) else ""

    def text(self, name: str) -> np.ndarray:
        """A column as text, (N,): whole numbers digit by digit, others as short as they are exact,
        '' where masked or NaN.
        """
        values, mask = self.values[name], self.masks[name]
        if values.dtype.kind == "f":
            mask = mask | np.isnan(values)
            written = [
                f"{value:.0f}" if value == round(value, 0) else repr(value)
                for value in values.tolist()
            ]
        else:
            written = [str(value).strip() for value in values.tolist()]
        return (
            np.where(mask, "", np.array(written, dtype=str))
            if len(values)
            else np.array([], dtype=str)
        )

    def numbers(self, name: str) -> np.ndarray | None:
        """A column as float64 with NaN where masked, (N,); None for a column of text."""
        values = self.values[name]
        if values.dtype.kind not in "fiub" or values.ndim > 1:
            return None
        return np.where(self.masks[name], np.nan, values.astype(np.float64))


def astropy_unit(text: str) -> str:
    """A unit that astropy knows under this name, or under this name in small letters ('MAG',
    'KM/S'), as astropy writes it; the text itself if it knows neither.
    """
    from astropy.units import Unit

    for candidate in (text, text.lower()):
        try:
            return Unit(candidate).to_string() if candidate else ""
        except (ValueError, TypeError):
            continue
    return text


def read(spec: OwnSpec) -> OwnTable:
    """The columns that the spec needs, of all its files, of the rows that it selects; at least one
    row.
    """
    table = OwnTable(
        [read_table(path, spec.format, spec.columns(), **spec.options) for path in spec.files]
    )
    found = len(table)
    for column, values in spec.only.items():
        table.select(np.isin(table.text(column), values))
        if not len(table):
            rule = f"objects.only.{column}: none of {found} rows has {listed(map(repr, values))}"
            raise CatalogueError(f"{rule}; remedy: correct the values")
    if not len(table):
        raise CatalogueError(f"{listed(spec.files)}: no rows; remedy: give a table with objects")
    return table


def identifiers(table: OwnTable, name: str, faults: Faults) -> np.ndarray:
    """The identifiers as text, (N,); faults: a column of floats, blank cells, names given twice."""
    if table.values[name].dtype.kind == "f":
        remedy = "store identifiers as text or whole numbers"
        faults.add(
            f"objects.id: column {name!r} holds floats, which lose digits beyond 2^53", remedy
        )
    ids = table.text(name)
    blank = table.rows[ids == ""]
    if len(blank):
        faults.add(
            f"objects.id: column {name!r} is blank in {len(blank)} rows: row {listed(blank)}",
            "name every object",
        )
    twice = [text for text, count in Counter(ids.tolist()).items() if count > 1 and text]
    if twice:
        remedy = "keep each object once, or choose a column that tells them apart"
        faults.add(
            f"objects.id: column {name!r} repeats {len(twice)} identifiers: {listed(twice)}", remedy
        )
    return ids


def positions(table: OwnTable, spec: OwnSpec, faults: Faults) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension and declination in degrees, (N,) both, NaN where unknown or without such
    columns.
    """
    nowhere = np.full(len(table), np.nan)
    if not spec.ra or not spec.dec:
        return nowhere, nowhere
    angles = []
    for key, names, low, high in (("ra", spec.ra, 0.0, 360.0), ("dec", spec.dec, -90.0, 90.0)):
        angle, bad = _angle(table, names, hours=key == "ra")
        bad |= (angle < low) | (angle > high)
        if bad.any():
            cells = np.stack([table.text(name)[bad] for name in names], axis=1)
            shown = listed(
                (
                    f"{' '.join(cell)!r} in row {row}"
                    for cell, row in zip(cells, table.rows[bad], strict=True)
                ),
                3,
            )
            rule = f"no angle within [{low:g}, {high:g}] degrees"
            faults.add(
                f"objects.{key}: {bad.sum()} values of {listed(names)} are {rule}: {shown}",
                "check columns and unit",
            )
        angles.append(angle)
    return angles[0], angles[1]


def _angle(
    table: OwnTable, names: tuple[str, ...], *, hours: bool
) -> tuple[np.ndarray, np.ndarray]:
    """An angle in degrees, (N,), from one column of numbers or of sexagesimal text, or from columns
    that are its parts; and the mask of the cells that are none.
    """
    numbers = table.numbers(names[0]) if len(names) == 1 else None
    if numbers is not None:
        return numbers * _degrees_per(table.units[names[0]]), np.zeros(len(table), dtype=bool)
    text = (
        table.text(names[0])
        if len(names) == 1
        else _joined_parts([table.text(name) for name in names])
    )
    text = np.char.replace(text, " ", ":")
    return coordinates.right_ascension(text) if hours else coordinates.declination(text)


def _degrees_per(unit: str) -> float:
    """How many degrees the unit of an angle is; 1 for none or one that is no angle."""
    from astropy.units import Unit, UnitConversionError, deg

    try:
        return float(Unit(astropy_unit(unit)).to(deg)) if unit else 1.0
    except (UnitConversionError, ValueError):
        return 1.0


def _joined_parts(parts: list[np.ndarray]) -> np.ndarray:
    """'HH:MM:SS' or '-DD:MM:SS' from columns of parts; a first column of signs ('-', '+', blank)
    goes before the degrees.
    """
    signs = np.isin(parts[0], ["", "+", "-"]).all()
    sign, numbers = (parts[0], parts[1:]) if signs else (np.full(len(parts[0]), ""), parts)
    padded = []
    for i, part in enumerate(numbers):
        whole = np.char.partition(np.char.lstrip(part, "+-"), ".")
        padded.append(
            np.char.add(np.char.zfill(whole[:, 0], 2), np.char.add(whole[:, 1], whole[:, 2]))
        )
        if i == 0 and not signs:
            sign = np.where(np.char.startswith(part, "-"), "-", "")
    text = padded[0]
    for part in [*padded[1:], *[np.full(len(text), "00")] * (3 - len(padded))]:
        text = np.char.add(np.char.add(text, ":"), part)
    blank = np.any([part == "" for part in numbers], axis=0)
    return np.where(blank, "", np.char.add(sign, text))


def feature(table: OwnTable, about: Feature, faults: Faults) -> np.ndarray:
    """One input, (N,) float64, NaN where a cell that it takes is masked or one of the missing
    values.
    """
    columns = {}
    for name in about.columns:
        numbers = table.numbers(name)
        if numbers is None:
            first = next((text for text in table.text(name).tolist() if text), "")
            where = f"features.{about.about.name}: column {name!r}"
            faults.add(
                f"{where} holds text, such as {first!r}, where numbers are needed",
                "choose another column",
            )
            return np.full(len(table), np.nan)
        columns[name] = np.where(np.isin(numbers, about.missing), np.nan, numbers)
    if isinstance(about.source, str):
        values = columns[about.source]
        return np.where(np.isfinite(values), values, np.nan)
    return about.source.evaluate(columns)


def classes(
    table: OwnTable, key: str, about: ClassColumn | None, scheme: ClassScheme, faults: Faults
) -> np.ndarray:
    """The class of each object in the names of the scheme, (N,), '' where there is none; faults:
    texts that mean no class.
    """
    if about is None:
        return np.full(len(table), "")
    if about.kind == "t":
        numbers = table.numbers(about.column)
        if numbers is None:
            faults.add(
                f"{key}.column: {about.column!r} holds text, not stages T",
                'choose kind = "hubble" or "class"',
            )
            return np.full(len(table), "")
        return scheme.from_t(numbers).astype(str)
    text = table.text(about.column)
    return (
        _hubble(text, key, scheme, faults)
        if about.kind == "hubble"
        else _mapped(text, key, about, scheme, faults)
    )


def stages(table: OwnTable, about: ClassColumn | None) -> np.ndarray | None:
    """De Vaucouleurs' stage T of each object, (N,), NaN where unknown; None where the labels are
    made of names of classes.

    The column has passed `classes`."""
    if about is None or about.kind not in ("t", "hubble"):
        return None
    return (
        table.numbers(about.column)
        if about.kind == "t"
        else hubble.hubble_to_t(table.text(about.column).tolist())
    )


def _hubble(text: np.ndarray, key: str, scheme: ClassScheme, faults: Faults) -> np.ndarray:
    unknown = hubble.unknown_strings(text.tolist())
    if unknown:
        remedy = f'{hubble.REMEDY}; or choose kind = "class" with a mapping'
        faults.add(f"{key}.column: {hubble.describe_unknown(unknown)}", remedy)
        return np.full(len(text), "")
    return scheme.from_t(hubble.hubble_to_t(text.tolist())).astype(str)


def _mapped(
    text: np.ndarray, key: str, about: ClassColumn, scheme: ClassScheme, faults: Faults
) -> np.ndarray:
    mapping = (
        {name: name for name in scheme.classes} if about.mapping is None else dict(about.mapping)
    )
    mapping.setdefault("", "")
    unknown = Counter(text[~np.isin(text, list(mapping))].tolist())
    if unknown:
        shown = listed((f"{name!r} ({count})" for name, count in unknown.most_common()), 20)
        remedy = f"give each a class in {key}.mapping ({', '.join(scheme.classes)}, or '' for none)"
        faults.add(
            f"{key}.column: {len(unknown)} values of {about.column!r} mean no class (with counts):"
            f" {shown}",
            remedy,
        )
        return np.full(len(text), "")
    return np.array([mapping[name] for name in text.tolist()], dtype=str)


def groups(
    table: OwnTable, spec: OwnSpec, ids: np.ndarray, ra_deg: np.ndarray, dec_deg: np.ndarray
) -> np.ndarray:
    """The group of each object, (N,): a column, a cell of the sky, or the object itself (also where
    that is unknown).
    """
    if spec.group:
        found = table.text(spec.group)
    elif spec.group_cell_deg:
        number = cells.sky_cells(ra_deg, dec_deg, spec.group_cell_deg)
        found = np.where(number < 0, "", np.char.add("cell_", number.astype(str)))
    else:
        return ids
    return np.where(found == "", np.char.add("object_", ids), found)
