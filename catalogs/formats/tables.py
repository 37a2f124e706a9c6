"""Tables of any format, found by their content: as a source of blocks, or as an astropy Table with
units, descriptions and masks.

A format is a module of catalogs.formats that holds TITLE, `matches(path, head, **options)` and
`open(path, **options)`; a new one is one new file, found by its name. What all of them keep:
integers exactly (never by way of a float), a missing value null where the file says that it is
missing, NaN as NaN, text without the blanks that fill it up."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from catalogs import formats as folder
from catalogs.astronomy.units import require_bounded
from catalogs.errors import CatalogueError, foreign
from catalogs.files.sniff import kind
from catalogs.files.unpacking import require_regular
from catalogs.formats.reading.convert import to_table
from catalogs.formats.reading.wanted import head_of
from catalogs.formats.source import Source

if TYPE_CHECKING:
    from astropy.table import Table


def formats() -> list[str]:
    """The names of the table formats that can be read, in alphabetical order."""
    modules = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    return sorted(
        name
        for name in modules
        if name not in ("tables", "source", "reading") and hasattr(_module(name), "matches")
    )


def open_table(path: Path | str, format: str | None = None, **options: object) -> Source:
    """The table in a file (or in a folder of Parquet files) as a source of blocks.

    format: one of `formats()`; by default what the content of the file says. options: those of the
    format's `open` (readme and table for 'cds', hdu for 'fits', delimiter for 'csv', ...). A file
    of another kind, a missing column, an option that the format does not know: CatalogueError in
    one line."""
    path = Path(path)
    if not path.exists():
        raise CatalogueError(f"{path}: does not exist; remedy: give the path of a table")
    require_regular(path)
    if format is None:
        format = format_of(path, **options)
    module = _known(format)
    unknown = sorted(set(options) - set(option_names(format)))
    if unknown:
        takes = ", ".join(option_names(format)) or "none"
        raise CatalogueError(
            f"{path}: format {format!r} has no option {unknown[0]!r}; remedy: choose among: {takes}"
        )
    if not module.matches(path, head_of(path), **options) and not _is_text_named(format, path):
        raise CatalogueError(
            f"{path}: this is {describe(path)}, {module.TITLE} expected; remedy:"
            f" {_remedy(path, format)}"
        )
    with foreign(path, module.TITLE, "fetch or export it again"):
        source: Source = module.open(path, **options)
    for field in source.fields:
        if field.unit:
            require_bounded(field.unit, f"{path}: column {field.name!r}")
    return source


def read_table(
    path: Path | str,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    **options: object,
) -> Table:
    """The table as an astropy Table, its wanted columns in the order asked for, all that can be
    read for None; see `open_table`.
    """
    import pyarrow as pa

    source = open_table(path, format, **options)
    fields = source.typed(columns)
    names = [field.name for field in fields]
    with foreign(path, "a readable table", "fetch or export it again"):
        batches = list(source.blocks(names)) if names else []
        columns_of = [
            pa.chunked_array([batch.column(place) for batch in batches], type=None)
            if batches
            else pa.chunked_array([], type=field.type or pa.string())
            for place, field in enumerate(fields)
        ]
        return to_table(fields, columns_of)


def format_of(path: Path | str, **options: object) -> str:
    """The name of the format that a file is in, told from its content (a CSV file also from its
    name).

    Raises
    ------
    CatalogueError
        If it is in none of the formats.
    """
    path = Path(path)
    require_regular(path)
    head = head_of(path)
    found = [name for name in formats() if _module(name).matches(path, head, **options)]
    if not found:
        raise CatalogueError(
            f"{path}: this is {describe(path)}, a table expected; remedy: convert it to one of the"
            f" formats {', '.join(formats())}, or name its format"
        )
    return found[0]


def describe(path: Path | str) -> str:
    """What a file is, in words: 'a FITS table', 'an HTML page', 'plain text', 'an empty file'."""
    path = Path(path)
    if path.is_file() and path.stat().st_size == 0:
        return "an empty file"
    head = head_of(path)
    for name in formats():
        if _module(name).matches(path, head):
            return _module(name).TITLE
    return "a folder" if path.is_dir() else kind(path) or "plain text"


def option_names(format: str) -> tuple[str, ...]:
    """The options of a format's reader."""
    return tuple(inspect.signature(_known(format).open).parameters)[1:]


def _is_text_named(format: str, path: Path) -> bool:
    """Whether a format of text is asked for by name, which then counts more than the content."""
    return format in ("csv", "text") and path.is_file() and kind(path) is None


def _known(format: str) -> ModuleType:
    if format not in formats():
        raise CatalogueError(
            f"unknown table format {format!r}; choose one of: {', '.join(formats())}"
        )
    return _module(format)


def _module(name: str) -> ModuleType:
    return import_module(f"catalogs.formats.{name}")


def _remedy(path: Path, format: str) -> str:
    others = [
        name for name in formats() if name != format and _module(name).matches(path, head_of(path))
    ]
    return (
        f"read it as format {others[0]!r}, or give the right file"
        if others
        else "give the right file"
    )
