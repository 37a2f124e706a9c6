"""Objects that come one by one, as mappings of names to values (JSON lines, alert packets): the
inputs that a model wants are made of them as of the rows of a file.

A value lies under its column's own name, or under the names of the mappings around it with a dot
between: `candidate.magpsf` is record["candidate"]["magpsf"]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs.bulk.parts import Block, Wanted
from catalogs.bulk.table import Reader, recipe_of, references
from catalogs.errors import CatalogueError, foreign
from catalogs.formats.reading.wanted import choose
from catalogs.formats.source import Field, Source
from catalogs.recipes.view import place_of, require_numbers

if TYPE_CHECKING:
    import pyarrow as pa

PATH = Path("standard input")  # for messages; joined tables are looked for in the working folder
Record = Mapping[str, Any]


class Records:
    """What is wanted of records, batch by batch."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        recipe = recipe_of(wanted)
        refs = references(wanted)
        joins = {plan.name for plan in recipe.joins} if recipe else set()
        theirs = [ref for ref in refs if ref.partition(".")[0] in joins and "." in ref]
        self.joined = recipe.joined(theirs, PATH) if recipe else {}
        own = [_bare(ref) for ref in refs if ref not in theirs]
        own += [_bare(key) for join in self.joined.values() for key in join.own_keys()]
        self.columns = list(dict.fromkeys(own))

    def block(self, records: Sequence[Record], row: int = 0) -> Block:
        """The inputs, identifiers and kept columns of n records, the first of which is number `row`
        (from 0) of all.

        Raises
        ------
        CatalogueError
            If a record has no such column, or something else than a number where one is needed.
        """
        source = _Batch(self.columns, [self._arrow(name, records) for name in self.columns])
        for join in self.joined.values():
            join.taken.clear()  # an object may come again
        with foreign(PATH, "a record of numbers and texts", "send one value for each column"):
            reader = Reader(source, self.wanted, self.joined)
            (view,) = reader.columns.views(row=row)
            block = reader.block(view)
        if problem := require_numbers(reader.columns.tally):
            raise CatalogueError(f"column {problem} where numbers are needed")
        return block

    def _arrow(self, name: str, records: Sequence[Record]) -> pa.Array:
        import pyarrow as pa

        values = [_value(record, name) for record in records]
        with foreign(PATH, f"column {name!r} of one kind of values", "send numbers or texts"):
            found = _array(values)
        if pa.types.is_list(found.type):
            lengths = set(found.value_lengths().to_pylist()) - {None}
            if len(lengths) == 1:
                return found.cast(pa.list_(found.type.value_type, lengths.pop()))
        return found


class _Batch(Source):
    """Records as the rows of a table that is there already."""

    def __init__(self, names: Sequence[str], arrays: Sequence[pa.Array]) -> None:
        super().__init__(PATH, [_field(*pair) for pair in zip(names, arrays, strict=True)])
        self.arrays = dict(zip(names, arrays, strict=True))

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        yield pa.record_batch({name: self.arrays[name] for name in names})


def _field(name: str, values: pa.Array) -> Field:
    import pyarrow as pa

    is_array = pa.types.is_fixed_size_list(values.type)
    return Field(name, values.type, shape=(values.type.list_size,) if is_array else ())


def _array(values: list[Any]) -> pa.Array:
    """One Arrow array; numbers beside texts, and whole ones beyond 64 bits, become texts, nothing
    but blanks become numbers.
    """
    import pyarrow as pa

    try:
        found = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        found = pa.array(
            [None if v is None else v if isinstance(v, str) else repr(v) for v in values]
        )
    return found.cast(pa.float64()) if pa.types.is_null(found.type) else found


def _value(record: Record, name: str) -> Any:
    """What a record holds under a name, whole or with dots."""
    if name in record:
        return record[name]
    inside: Any = record
    for part in name.split("."):
        if not isinstance(inside, Mapping) or part not in inside:
            choose(PATH, [name], list(map(str, record)))  # raises
        inside = inside[part]
    return inside


def _bare(ref: str) -> str:
    """The column of a reference such as PSFMAG[2]."""
    return place_of(ref, {ref.partition("[")[0]}, {}).column
