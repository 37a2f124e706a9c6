"""VizieR's tables of separated values (asu.tsv; tab, `;` or `|`): `#` lines, names, perhaps a line
of units, a line of dashes, the rows. A file may hold several tables, each with such a head.

Ochsenbein, Bauer & Marcout 2000, A&AS 143, 23."""

from __future__ import annotations

from pathlib import Path

from catalogs.errors import CatalogueError
from catalogs.files.sniff import require_text
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import dialect
from catalogs.formats.reading.lines import Layout, LineSource
from catalogs.formats.reading.texts import text_format
from catalogs.formats.source import Source, unique_names

TITLE = "a table as VizieR separates it (TSV)"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the text has a line of dashes below its names."""
    return text_format(path, head) == "vizier"


def open(path: Path, *, table: int | None = None) -> Source:
    """Table number `table` of the file (the first is 0), by default the longest; CatalogueError
    where it is not there.
    """
    plain = unpacked(path)
    require_text(plain, TITLE)
    found = _layouts(plain)
    if not found or (table is not None and not 0 <= table < len(found)):
        raise CatalogueError(
            f"{path}: no table number {table or 0}; the file holds {len(found)}, counted from 0"
        )
    number = max(range(len(found)), key=lambda k: found[k].lines or 0) if table is None else table
    source = LineSource(path, plain, found[number])
    source.choice = f"table = {number}" if len(found) > 1 else ""
    return source


def _layouts(path: Path) -> list[Layout]:
    """The layout of each table: its names and units stand above a line of dashes."""
    heads: list[tuple[int, list[str]]] = []  # number of the line of dashes, lines above it
    above: list[str] = []
    ends: list[int] = []
    number = -1
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file):
            text = line.rstrip("\n")
            if text.startswith("#") or not text.strip(" \r"):
                above = []
                if heads and len(ends) < len(heads):
                    ends.append(number)
            elif dialect.RULED.fullmatch(text.strip()) and above and "--" in text:
                heads.append((number, above[-2:]))
                del ends[len(heads) - 1 :]
            elif len(above) < 3:
                above.append(text)
    ends += [number + 1] * (len(heads) - len(ends))
    return [_layout(ruled, lines, end) for (ruled, lines), end in zip(heads, ends, strict=True)]


def _layout(ruled: int, above: list[str], end: int) -> Layout:
    sign = next((sign for sign in "\t;|," if sign in above[0]), "\t")
    names = [name.strip() for name in above[0].split(sign)]
    units = [unit.strip() for unit in above[1].split(sign)] if len(above) > 1 else []
    units = (units + [""] * len(names))[: len(names)]
    return Layout(
        tuple(unique_names(names)),
        ruled + 1,
        end - ruled - 1,
        sign,
        "#",
        quoted=False,
        units=tuple(units),
    )
