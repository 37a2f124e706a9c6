"""VOTables: XML tables of the Virtual Observatory, with units, descriptions and nulls (Ochsenbein
et al. 2019, VOTable 1.4), as TABLEDATA, BINARY or BINARY2.

Nothing but the file itself is ever opened: a file that refers to another, or that defines entities
of its own, is refused by an XML parser that looks at it first, in whatever encoding it is."""

from __future__ import annotations

import re
import warnings
import xml.parsers.expat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs.astronomy import units
from catalogs.errors import CatalogueError, foreign
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import convert
from catalogs.formats.source import ROWS, Source, Span, row_spans

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Table

TITLE = "a VOTable"
PLAIN = re.compile(
    rb"""<\?xml[^>]*encoding\s*=\s*["'](utf-?8|us-ascii|iso-8859-1|latin-?1)""", re.I
)
STARTS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether the file begins as XML with a VOTABLE element."""
    if head.startswith(STARTS):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"votable" in head.lower()


def open(path: Path, *, table: int | str | None = None) -> Source:
    """One table of the file, by its number (the first is 0) or name, by default the one with most
    rows.
    """
    plain = unpacked(path)
    require_whole(path, plain)
    return VotableSource(path, plain, table)


class VotableSource(Source):
    """A table that astropy has read."""

    def __init__(self, path: Path, plain: Path, wanted: int | str | None) -> None:
        from astropy.io.votable import parse

        with foreign(path, TITLE), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = list(parse(plain, verify="ignore").iter_tables())
            number = _chosen(path, found, wanted)
            self.table: Table = found[number].to_table(use_names_over_ids=True)
        super().__init__(path, convert.fields_of(self.table), len(self.table))
        self.choice = f"table = {number}" if len(found) > 1 else ""
        for warning in caught:
            self.notes[f"astropy: {str(warning.message)[:80]}"] += 1

    def spans(self, rows: int) -> list[Span]:
        """Runs of rows."""
        return row_spans(len(self.table), rows)

    def _blocks(self, names: list[str], first: int, last: int | None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        last = len(self.table) if last is None else min(last, len(self.table))
        for start in range(first, last, ROWS):
            rows = slice(start, min(start + ROWS, last))
            columns = [convert.column_of(self.table[name][rows]) for name in names]
            yield pa.record_batch(columns, names=names)


def _chosen(path: Path, tables: list[Any], wanted: int | str | None) -> int:
    sizes = [len(table.array) for table in tables]
    if wanted is None and tables:
        return max(range(len(tables)), key=sizes.__getitem__)
    for number, table in enumerate(tables):
        if wanted in (number, table.name, table.ID) and not isinstance(wanted, bool):
            return number
    raise CatalogueError(
        f"{path}: no table number {wanted!r}; the file holds {len(tables)}, counted from 0"
    )


def require_whole(path: Path, plain: Path) -> None:
    """Raise CatalogueError for a file that would have others read in its place, that defines
    entities, or that has a unit which computes without end.
    """
    if _may_refer(plain):
        _look(path, plain)


def _may_refer(plain: Path) -> bool:
    """Whether a file must be looked at element by element: one in another encoding than ASCII's
    kin, with a document type, a stream, or a suspicious unit. Few have any.
    """
    with plain.open("rb") as file:
        head, held = file.read(4096), b""
        if b"\x00" in head or (b"encoding" in head[:200] and not PLAIN.search(head)):
            return True
        if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return True
        file.seek(0)
        while block := file.read(1 << 22):
            text = (held + block).lower()
            if b"<!" in text.replace(b"<!--", b"").replace(b"<![cdata[", b""):
                return True
            if re.search(rb"<([\w.-]+:)?stream\b", text) or b"href" in text:
                return True
            if any(not units.is_bounded(u.decode("latin-1")) for u in UNIT.findall(text)):
                return True
            held = block[-512:]
    return False


UNIT = re.compile(rb"""unit\s*=\s*["']([^"']{8,})["']""")


def _look(path: Path, plain: Path) -> None:
    parser = xml.parsers.expat.ParserCreate()

    def refuse(what: str, remedy: str = "export the table with its data in it") -> None:
        raise CatalogueError(f"{path}: it holds {what}, which is not followed; remedy: {remedy}")

    def element(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2].upper() == "STREAM" and any(
            key.rpartition(":")[2].lower() == "href" for key in attributes
        ):
            refuse("a STREAM that lies elsewhere (href)")
        if "unit" in attributes:
            units.require_bounded(attributes["unit"], str(path))

    def entity(*_: object) -> None:
        refuse("definitions of its own (ENTITY, ATTLIST)")

    def external(*_: object) -> int:
        entity()
        return 0

    def doctype(name: str, system: str | None, public: str | None, internal: bool) -> None:
        if internal:
            entity()

    parser.StartElementHandler = element
    parser.EntityDeclHandler = entity
    parser.AttlistDeclHandler = entity
    parser.StartDoctypeDeclHandler = doctype
    parser.ExternalEntityRefHandler = external
    try:
        with plain.open("rb") as file:
            parser.ParseFile(file)
    except (xml.parsers.expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError(
            f"{path}: damaged, or not {TITLE} ({error}); remedy: fetch or export it again"
        ) from error
