"""Text in columns that blanks part: SExtractor's and EAZY's catalogues, `.dat`, `.cat`, `.txt`.

Names stand in the first line, in a comment line with as many words (`# id ra dec`), or in
numbered comment lines (`#   1 NUMBER  Running object number  [unit]`); without any the columns are
col1, col2, ... Types and words for nothing are those of catalogs.formats.csv."""

from __future__ import annotations

from pathlib import Path

from catalogs.errors import CatalogueError
from catalogs.files.sniff import require_text
from catalogs.files.unpacking import unpacked
from catalogs.formats.reading import dialect
from catalogs.formats.reading.lines import LineSource
from catalogs.formats.reading.texts import text_format
from catalogs.formats.reading.wanted import head_of
from catalogs.formats.source import Source

TITLE = "a table in columns parted by blanks"


def matches(path: Path, head: bytes, **_: object) -> bool:
    """Whether all first lines of the text have the same number of words, two or more."""
    return text_format(path, head) == "text"


def open(path: Path, *, comment: str = "#", header: bool | None = None) -> Source:
    """The table; `header` says whether the first line holds names, by default it is told from the
    cells. CatalogueError for names given twice.
    """
    plain = unpacked(path)
    require_text(plain, TITLE)
    first = head_of(plain)
    dialect.require_utf8(path, first)
    head = dialect.head_of(first, comment)
    layout = dialect.layout(path, head, "", comment=comment, header=header)
    repeated = dialect.repeated(dialect.split(head.lines[0][1], ""))
    if repeated and layout.skip > head.lines[0][0]:
        raise CatalogueError(
            f"{path}: column names given twice: {', '.join(repeated)}; remedy: rename one"
        )
    return LineSource(path, plain, layout)
