"""Tables of any format as one kind of object: an astropy Table with units, descriptions and masks.

A format is a module of catalogs.formats that holds TITLE, `matches(path, head, **options)` and
`read(path, columns, **options)`; a new one is one new file, found by its name. What all of them
keep: integers exactly (never by way of a float), a missing value masked where the file says that it
is missing, NaN as NaN, text without the blanks that fill it up."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from catalogs import formats as folder
from catalogs.errors import CatalogueError
from catalogs.files.sniff import kind
from catalogs.formats.wanted import head_of

if TYPE_CHECKING:
    from astropy.table import Table


def formats() -> list[str]:
    """The names of the table formats that can be read, in alphabetical order."""
    modules = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    return sorted(name for name in modules if hasattr(_module(name), "matches"))


def read_table(
    path: Path | str,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    **options: object,
) -> Table:
    """The table in a file (or in a folder of Parquet files), its wanted columns in the order asked
    for, all for None.

    format: one of `formats()`; by default what the content of the file says. options: those of the
    format's `read` (readme and table for 'cds', hdu for 'fits', delimiter for 'csv', ...). A file
    of another kind, a missing column, an option that the format does not know: CatalogueError in
    one line."""
    path = Path(path)
    if not path.exists():
        raise CatalogueError(f"{path}: does not exist; remedy: give the path of a table")
    if format is None:
        format = format_of(path, **options)
    module = _known(format)
    unknown = sorted(set(options) - set(option_names(format)))
    if unknown:
        takes = ", ".join(option_names(format)) or "none"
        raise CatalogueError(
            f"{path}: format {format!r} has no option {unknown[0]!r}; remedy: choose among: {takes}"
        )
    if not module.matches(path, _head(path), **options):
        raise CatalogueError(
            f"{path}: this is {describe(path)}, {module.TITLE} expected; remedy:"
            f" {_remedy(path, format)}"
        )
    table = module.read(path, columns, **options)
    table.convert_bytestring_to_unicode()
    return table


def format_of(path: Path | str, **options: object) -> str:
    """The name of the format that a file is in, told from its content (a CSV file also from its
    name).
    """
    path = Path(path)
    head = _head(path)
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
    head = _head(path)
    for name in formats():
        if _module(name).matches(path, head):
            return _module(name).TITLE
    return "a folder" if path.is_dir() else kind(path) or "plain text"


def option_names(format: str) -> tuple[str, ...]:
    """The options of a format's reader, besides the columns."""
    return tuple(inspect.signature(_known(format).read).parameters)[2:]


def _known(format: str) -> ModuleType:
    if format not in formats():
        raise CatalogueError(
            f"unknown table format {format!r}; choose one of: {', '.join(formats())}"
        )
    return _module(format)


def _module(name: str) -> ModuleType:
    return import_module(f"catalogs.formats.{name}")


def _head(path: Path) -> bytes:
    return head_of(path)


def _remedy(path: Path, format: str) -> str:
    others = [
        name for name in formats() if name != format and _module(name).matches(path, _head(path))
    ]
    return (
        f"read it as format {others[0]!r}, or give the right file"
        if others
        else "give the right file"
    )
