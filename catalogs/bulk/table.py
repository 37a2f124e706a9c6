"""Tables of any format that is read (catalogs.formats), part by part: the inputs that a model wants
are made by the code that made them for its training (catalogs.recipes.inputs).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.bulk.parts import Block, Part, Wanted
from catalogs.errors import CatalogueError
from catalogs.formats.source import Source
from catalogs.formats.tables import format_of, open_table
from catalogs.recipes.inputs import Input
from catalogs.recipes.joins import Joined
from catalogs.recipes.recipe import Recipe, of_json
from catalogs.recipes.view import Columns, View, as_text, require_numbers

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "a table (Parquet, Arrow, FITS, VOTable, ECSV, CSV, ...)"


def matches(path: Path) -> bool:
    """Whether the file is in a format of tables."""
    if not path.is_file():
        return False
    try:
        format_of(path)
    except CatalogueError:
        return False
    return True


def open_source(path: Path, wanted: Wanted) -> Source:
    """The table of a file: of the format and with the options that are asked for, else, in a file
    of the recipe's own format, with the recipe's.
    """
    form = wanted.format or format_of(path)
    options = dict(wanted.options)
    recipe = recipe_of(wanted)
    if recipe is not None and not options and recipe.format in ("", form):
        options = dict(recipe.options)
    return open_table(path, form, **options)


def columns(path: Path, wanted: Wanted) -> dict[str, str]:
    """The columns of a file, with the unit that it states or ''."""
    return {field.name: field.unit for field in open_source(path, wanted).fields}


def check(path: Path, wanted: Wanted) -> None:
    """Raise CatalogueError unless the file has all that is wanted of it."""
    Reader(open_source(path, wanted), wanted)


def parts(path: Path, rows: int, wanted: Wanted) -> list[Part]:
    """The parts of a file of about `rows` objects."""
    source, found, row = open_source(path, wanted), [], 0
    for span in source.spans(rows):
        found.append(Part(str(path), "table", span.first, span.last, span.rows, row))
        row += span.rows
    return found


def blocks(part: Part, wanted: Wanted) -> Iterator[Block]:
    """The objects of a part in their order, their inputs in the order asked for; CatalogueError
    where a cell that must be a number is none.
    """
    reader = Reader(open_source(Path(part.path), wanted), wanted)
    for view in reader.columns.views(part.first, part.last, part.row):
        block = reader.block(view)
        if problem := require_numbers(reader.columns.tally):
            raise CatalogueError(
                f"{part.path}: column {problem} where numbers are needed; remedy: correct these"
                " cells"
            )
        yield block


class Reader:
    """The inputs, identifiers and kept columns of one table, or of tables with the same joined
    ones.
    """

    def __init__(
        self, source: Source, wanted: Wanted, joined: Mapping[str, Joined] | None = None
    ) -> None:
        recipe = recipe_of(wanted)
        self.wanted, self.plain = wanted, recipe is None
        self.inputs = inputs_of(wanted)
        refs = references(wanted)
        if joined is None:
            own = set(source.names())
            joined = recipe.joined([r for r in refs if r not in own], source.path) if recipe else {}
        self.columns = Columns(source, refs, joined)
        self.factors = [one.factor(self.columns) for one in self.inputs]

    def block(self, view: View) -> Block:
        """What is wanted of some rows."""
        made: list[np.ndarray] = []
        for one, factor in zip(self.inputs, self.factors, strict=True):
            made.append(view.numbers(str(one.source)) if self.plain else one.values(view, factor))
        kept = {ref: view.columns[ref] for ref in self.wanted.keep}
        return Block(self._identifiers(view), made, kept)

    def _identifiers(self, view: View) -> pa.Array:
        import pyarrow as pa

        names = self.wanted.identifier
        if len(names) == 1:
            return view.columns[names[0]]
        if not names:
            return pa.array(view.rows())
        texts = [as_text(view.columns[name], name) for name in names]
        joined = texts[0]
        for text in texts[1:]:
            joined = np.char.add(np.char.add(joined, "-"), text)
        return pa.array(joined.tolist(), pa.string())


def inputs_of(wanted: Wanted) -> list[Input]:
    """How each input is made: as the recipe says, or of the column of its name."""
    recipe = recipe_of(wanted)
    if recipe is None:
        return [Input(name, name) for name in wanted.names]
    return recipe.chosen(wanted.names)


def references(wanted: Wanted) -> list[str]:
    """All columns, elements and columns of joined tables that are read."""
    own = [ref for one in inputs_of(wanted) for ref in one.columns]
    return [*own, *wanted.identifier, *wanted.keep]


@lru_cache(maxsize=8)
def _recipe(text: str) -> Recipe:
    return of_json(json.loads(text))


def recipe_of(wanted: Wanted) -> Recipe | None:
    """The recipe of a model; None for a model of plain columns."""
    return _recipe(wanted.recipe) if wanted.recipe else None


def missing(path: Path, wanted: Wanted, names: Sequence[str]) -> list[str]:
    """Which of some columns a file has not."""
    found = columns(path, wanted)
    return [name for name in names if name not in found]
