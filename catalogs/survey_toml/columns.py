"""The columns of a user's own table as identifiers, positions, inputs and classes; faults are named
by column and row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalogs import texts
from catalogs.astronomy import coordinates, hubble, units
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.formats.reading.cells import NAN, WORDS, to_numbers
from catalogs.formats.reading.convert import simple
from catalogs.formats.source import Source
from catalogs.formats.tables import open_table
from catalogs.recipes.joins import Joined
from catalogs.recipes.view import FOUND, Columns, Tally, View, as_text, place_of
from catalogs.splits import cells

if TYPE_CHECKING:
    import pyarrow as pa

    from catalogs.schemes import ClassScheme
    from catalogs.survey_toml.spec import ClassColumn, SurveySpec

HOURS = ("hourangle", "h")


class SurveyTable:
    """Some columns of one or several files, as Arrow has them, their units, and the number of each
    row in its file (the first row is 1) with the file's name.
    """

    def __init__(
        self, columns: Mapping[str, pa.Array], units: Mapping[str, str], rows: np.ndarray
    ) -> None:
        self.columns, self.units, self.rows = dict(columns), dict(units), rows

    @classmethod
    def of(cls, source: Source, names: Sequence[str]) -> SurveyTable:
        """Whole columns of a source."""
        import pyarrow as pa

        fields = source.typed(names)
        parts: dict[str, list[pa.Array]] = {name: [] for name in names}
        for batch in source.blocks(list(names)) if names else ():
            for name, column in zip(names, batch.columns, strict=True):
                parts[name].append(simple(column))
        columns = {
            f.name: pa.concat_arrays(parts[f.name]) if parts[f.name] else pa.array([], f.type)
            for f in fields
        }
        n = len(next(iter(columns.values()))) if columns else 0
        return cls(columns, {f.name: f.unit for f in fields}, np.arange(1, n + 1))

    def __len__(self) -> int:
        return len(self.rows)

    def unit(self, source: object) -> str:
        """The unit of a column as astropy writes it; '' for a pure number, for an unknown column or
        a formula.
        """
        return astropy_unit(self.units.get(source, "")) if isinstance(source, str) else ""

    def text(self, name: str) -> np.ndarray:
        """A column as text, (N,): whole numbers digit by digit, others as short as they are exact,
        '' where null or NaN.
        """
        return as_text(self.columns[name], f"column {name!r}")

    def words(self, name: str, keep: Iterable[str] = ()) -> np.ndarray:
        """A column as text, '' also where it holds a word for nothing (null, NA, --, ...) that is
        not among those to keep. (N,) str.
        """
        text = self.text(name)
        nothing = np.array([word for word in (*WORDS, *NAN) if word not in set(keep)])
        return np.where(texts.rows_of(nothing, text) >= 0, "", text)

    def is_float(self, name: str) -> bool:
        """Whether a column holds numbers with decimals."""
        import pyarrow as pa

        return bool(pa.types.is_floating(self.columns[name].type))

    def numbers(self, name: str) -> np.ndarray | None:
        """A column as float64 with NaN where null, (N,); None for a column of text that is not all
        numbers, and for arrays.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        values = self.columns[name]
        if pa.types.is_fixed_size_list(values.type):
            return None
        if pa.types.is_string(values.type):
            found = to_numbers(values)
            if found.strays or found.limits or found.values.null_count == len(found.values):
                return None
            values = found.values
        return np.asarray(
            pc.fill_null(values.cast(pa.float64(), safe=False), float("nan")).to_numpy(
                zero_copy_only=False
            )
        )


def joined_parts(
    parts: Mapping[str, list[pa.Array]], units: Mapping[str, str], n: int
) -> SurveyTable:
    """A table of columns that came in blocks."""
    table = _whole(parts, units, [np.arange(1, n + 1)])
    return SurveyTable({k: simple(v) for k, v in table.columns.items()}, units, table.rows)


def astropy_unit(text: str) -> str:
    """A unit that astropy knows under this name, or under this name in small letters ('MAG',
    'KM/S'), as astropy writes it; the text itself if it knows neither.
    """
    found = units.known(text)
    return text if found is None else found.to_string()


@dataclass
class Read:
    """What was read: the columns that name, place and label the objects, the inputs (N,) float64 by
    name with their units, how many rows there were, and an account of what was left out.
    """

    table: SurveyTable
    features: dict[str, np.ndarray]
    units: dict[str, str]
    stated: dict[str, str]
    found: int
    account: list[str]


def read(spec: SurveySpec, faults: Faults) -> Read:
    """All that the spec needs of all its files, of the rows that it selects, block by block; at
    least one row. Cells that are no numbers are noted in `faults`.
    """
    tally, joined = Tally(), _joined(spec)
    parts: dict[str, list[pa.Array]] = {ref: [] for ref in spec.kept()}
    values: dict[str, list[np.ndarray]] = {one.name: [] for one in spec.inputs()}
    rows: list[np.ndarray] = []
    found, dropped, notes = 0, Counter[str](), Counter[str]()
    own_units: dict[str, str] = {}
    for path in spec.files:
        source = open_table(path, spec.format, **spec.options)
        columns = Columns(source, spec.columns(), joined, tally)
        own_units = own_units or {ref: columns.unit(ref) for ref in columns.places}
        factors = {one.name: one.factor(columns) for one in spec.inputs()}
        for view in columns.views():
            chosen = _selected(view, spec, dropped)
            found += len(view)
            mask = None if chosen.all() else pa_mask(chosen)
            for ref, kept in parts.items():
                column = view.columns[ref]
                kept.append(column if mask is None else column.filter(mask))
            for one in spec.inputs():
                made = one.values(view, factors[one.name])
                values[one.name].append(made if mask is None else made[chosen])
            rows.append(view.rows() if mask is None else view.rows()[chosen])
        notes += source.notes
    for join in joined.values():
        join.require_any()
    _report_strays(spec, tally, faults)
    table = _whole(parts, own_units, rows)
    _require_rows(spec, found, dropped, len(table))
    stated = {one.name: own_units.get(str(one.source), "") for one in spec.inputs()}
    account = [f"{found} rows read from {listed([path.name for path in spec.files])}"]
    account += [f"{count} rows left out: {rule}" for rule, count in dropped.items() if count]
    account += [f"{count} cells: {rule}" for rule, count in tally.counts.items() if count]
    account += [join.account() for join in joined.values()]
    account += [f"{note} ({count})" for note, count in notes.items()]
    features = {}
    for name in list(values):
        blocks = values.pop(name)  # they are given back, column by column
        features[name] = np.concatenate(blocks) if blocks else np.empty(0)
    texts.give_back()
    return Read(table, features, _units(spec, table), stated, found, account)


def pa_mask(chosen: np.ndarray) -> pa.Array:
    """A mask (N,) of rows as Arrow has it."""
    import pyarrow as pa

    return pa.array(chosen)


def _joined(spec: SurveySpec) -> dict[str, Joined]:
    """The joined tables with the columns that the spec takes of them."""
    wanted: dict[str, list[str]] = {plan.name: [] for plan in spec.joins}
    for ref in spec.columns():
        name, dot, column = ref.partition(".")
        if dot and name in wanted:
            bare = place_of(column, set(), {}).column
            wanted[name] += [bare] if bare != FOUND else []
    return {plan.name: Joined(plan, wanted[plan.name]) for plan in spec.joins}


def _selected(view: View, spec: SurveySpec, dropped: Counter[str]) -> np.ndarray:
    """Which rows the spec means, (n,) bool; the others are counted by rule."""
    chosen = np.ones(len(view), dtype=bool)
    for column, values in spec.only.items():
        keep = np.isin(view.text(column), values)
        dropped[f"objects.only.{column}"] += int((chosen & ~keep).sum())
        chosen &= keep
    if spec.where is not None:
        keep = spec.where.met(view)
        dropped[f"objects.where ({spec.where.text})"] += int((chosen & ~keep).sum())
        chosen &= keep
    return chosen


def _require_rows(spec: SurveySpec, found: int, dropped: Counter[str], left: int) -> None:
    if left:
        return
    if not found:
        raise CatalogueError(f"{listed(spec.files)}: no rows; remedy: give a table with objects")
    for column, values in spec.only.items():
        if dropped[f"objects.only.{column}"]:
            rule = f"objects.only.{column}: none of {found} rows has {listed(map(repr, values))}"
            raise CatalogueError(f"{rule}; remedy: correct the values")
    text = spec.where.text if spec.where else ""
    raise CatalogueError(
        f"objects.where: none of {found} rows meets {text!r}; remedy: correct the condition"
    )


def _report_strays(spec: SurveySpec, tally: Tally, faults: Faults) -> None:
    for ref, (count, shown) in tally.strays.items():
        users = [one.name for one in spec.inputs() if ref in one.columns]
        where = f"features.{users[0]}: column" if users else "column"
        faults.add(
            f"{where} {ref!r} holds text, such as {shown[0]}, where numbers are needed"
            f" ({count} cells: {listed(shown)})",
            "correct these cells, list the words in missing, or choose another column",
        )


def _whole(
    parts: Mapping[str, list[pa.Array]], units: Mapping[str, str], rows: list[np.ndarray]
) -> SurveyTable:
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    for ref, kept in parts.items():
        kinds = {str(part.type) for part in kept}
        alike = kept if len(kinds) == 1 else [part.cast(pa.string()) for part in kept]
        columns[ref] = pa.concat_arrays(alike) if alike else pa.array([], pa.string())
    return SurveyTable(columns, units, np.concatenate(rows) if rows else np.empty(0, dtype=int))


def _units(spec: SurveySpec, table: SurveyTable) -> dict[str, str]:
    return {one.name: table.unit(one.source) for one in spec.inputs()}


def identifiers(table: SurveyTable, spec: SurveySpec, faults: Faults) -> np.ndarray:
    """The identifiers as text, (N,): of one column, of several joined by '-', or the number of the
    row in its file; faults: a column of floats, blank cells, names given twice.
    """
    names = spec.identifier
    if not names:
        return _row_names(table, spec)
    if len(names) == 1 and table.is_float(names[0]):
        remedy = 'store identifiers as text or whole numbers, or take id = "row"'
        faults.add(
            f"objects.id: column {names[0]!r} holds floats, which lose digits beyond 2^53", remedy
        )
    parts = [table.words(name) for name in names]
    ids = parts[0]
    for part in parts[1:]:
        ids = np.char.add(np.char.add(ids, "-"), part)
    what = f"column {names[0]!r}" if len(names) == 1 else f"columns {listed(map(repr, names))}"
    is_blank = np.any([part == "" for part in parts], axis=0)
    blank = table.rows[is_blank]
    if len(blank):
        faults.add(
            f"objects.id: {what} is blank in {len(blank)} rows: row {listed(blank)}",
            "name every object",
        )
    twice = texts.repeated(ids[~is_blank]).tolist()
    if twice:
        remedy = (
            "keep each object once, choose a column that tells them apart, list several columns, or"
            ' take id = "row"'
        )
        faults.add(f"objects.id: {what} repeats {len(twice)} identifiers: {listed(twice)}", remedy)
    return ids


def _row_names(table: SurveyTable, spec: SurveySpec) -> np.ndarray:
    """The number of each row, with its file's name before it where there are several files."""
    numbers = table.rows.astype(str)
    if len(spec.files) == 1:
        return numbers
    starts = np.cumsum(np.diff(table.rows, prepend=0) < 1)
    stems = np.array([path.name for path in spec.files], dtype=str)
    return np.char.add(np.char.add(stems[np.minimum(starts, len(stems) - 1)], ":"), numbers)


def positions(
    table: SurveyTable, spec: SurveySpec, faults: Faults
) -> tuple[np.ndarray, np.ndarray]:
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
    table: SurveyTable, names: tuple[str, ...], *, hours: bool
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
    return units.factor(unit, "deg") or 1.0


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


def classes(
    table: SurveyTable, key: str, about: ClassColumn | None, scheme: ClassScheme, faults: Faults
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
    keep = scheme.classes if about.mapping is None else tuple(about.mapping)
    text = table.words(about.column, keep)
    return (
        _hubble(text, key, scheme, faults)
        if about.kind == "hubble"
        else _mapped(text, key, about, scheme, faults)
    )


def sample_weights(
    table: SurveyTable, about: ClassColumn | None, labels: np.ndarray, faults: Faults
) -> np.ndarray | None:
    """How much each object counts in a training, (N,), 0 for an object without label and weight;
    None without such a column. Faults: text, and labelled objects without a finite weight >= 0.
    """
    if about is None or not about.weight:
        return None
    numbers = table.numbers(about.weight)
    if numbers is None:
        faults.add(
            f"label.weight: {about.weight!r} holds text, where numbers are needed",
            "name a column of numbers >= 0",
        )
        return None
    bad = (labels != "") & ~(np.isfinite(numbers) & (numbers >= 0))
    if bad.any():
        cells = zip(numbers[bad], table.rows[bad], strict=True)
        shown = listed((f"{value:g} in row {row}" for value, row in cells), 3)
        faults.add(
            f"label.weight: {bad.sum()} labelled objects have no weight >= 0 in {about.weight!r}:"
            f" {shown}",
            "give 0 to an object that is not to be learned from",
        )
    return np.where(np.isfinite(numbers) & (numbers >= 0), numbers, 0.0)


def stages(table: SurveyTable, about: ClassColumn | None) -> np.ndarray | None:
    """De Vaucouleurs' stage T of each object, (N,), NaN where unknown; None where the labels are
    made of names of classes.

    The column has passed `classes`."""
    if about is None or about.kind not in ("t", "hubble"):
        return None
    return (
        table.numbers(about.column)
        if about.kind == "t"
        else hubble.hubble_to_t(table.words(about.column).tolist())
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
    named = texts.rows_of(np.array(list(mapping), dtype=str), text)
    unknown = Counter(text[named < 0].tolist())
    if unknown:
        shown = listed((f"{name!r} ({count})" for name, count in unknown.most_common()), 20)
        remedy = f"give each a class in {key}.mapping ({', '.join(scheme.classes)}, or '' for none)"
        faults.add(
            f"{key}.column: {len(unknown)} values of {about.column!r} mean no class (with counts):"
            f" {shown}",
            remedy,
        )
        return np.full(len(text), "")
    return np.array(list(mapping.values()), dtype=str)[named]


def groups(
    table: SurveyTable, spec: SurveySpec, ids: np.ndarray, ra_deg: np.ndarray, dec_deg: np.ndarray
) -> np.ndarray:
    """The group of each object, (N,): a column, a cell of the sky, or the object itself (also where
    that is unknown).
    """
    if spec.group:
        found = table.words(spec.group)
    elif spec.group_cell_deg:
        number = cells.sky_cells(ra_deg, dec_deg, spec.group_cell_deg)
        found = np.where(number < 0, "", np.char.add("cell_", number.astype(str)))
    else:
        return ids
    return np.where(found == "", np.char.add("object_", ids), found)
