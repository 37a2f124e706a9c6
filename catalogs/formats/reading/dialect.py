"""What a text file is, told from its first lines: which signs part its cells, where its names
stand, which lines are comments.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalogs.errors import CatalogueError
from catalogs.formats.reading.cells import WORDS, is_number
from catalogs.formats.reading.lines import Layout
from catalogs.formats.source import unique_names

DELIMITERS = (",", "\t", ";", "|")
HEAD = 1 << 18  # bytes looked at
SAMPLE = 200  # lines of data looked at
RULED = re.compile(r"-+([\t|;, ]+-+)*[\t|;, ]*")  # a line of dashes between names and data
SEXTRACTOR = re.compile(r"#\s*(\d+)\s+(\S+)\s*(.*?)\s*(\[([^\]]*)\])?\s*$")


@dataclass(frozen=True)
class Head:
    """The first lines of a file: its text lines (number from 0, text), which of them are comments,
    and whether the file goes on behind them.
    """

    lines: tuple[tuple[int, str], ...]
    comments: tuple[tuple[int, str], ...]
    cut: bool

    @property
    def sample(self) -> list[str]:
        """The first lines that are no comments."""
        return [text for _, text in self.lines[:SAMPLE]]


def require_utf8(path: Path, data: bytes) -> None:
    """Raise CatalogueError unless the first bytes of a file are UTF-8, a cut last character
    aside.
    """
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"{path}: cannot be read as UTF-8 text in columns ({error.reason} at byte"
            f" {error.start}); remedy: save it as UTF-8"
        ) from error


def head_of(data: bytes, comment: str = "#") -> Head:
    """The lines in the first bytes of a file; the last one is left out where it is cut off."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cut = len(data) >= HEAD
    rows = rows[:-1] if cut and len(rows) > 1 else rows
    numbered = [(number, row) for number, row in enumerate(rows) if row.strip()]
    is_comment = [bool(comment) and row.lstrip(" ").startswith(comment) for _, row in numbered]
    return Head(
        tuple(item for item, mark in zip(numbered, is_comment, strict=True) if not mark),
        tuple(item for item, mark in zip(numbered, is_comment, strict=True) if mark),
        cut,
    )


def split(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without blanks around them; delimiter '' for runs of blanks.
    CatalogueError for a line that has no cells to be told apart.
    """
    if not delimiter:
        return [
            cell.strip('"') if cell.startswith('"') else cell
            for cell in re.findall(r'"(?:[^"]|"")*"|\S+', line)
        ]
    try:
        found = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise CatalogueError(f"a line cannot be read in cells ({error:.100})") from error
    return [cell.strip() for cell in found]


def delimiter_of(head: Head) -> str | None:
    """The sign that parts the cells: the one that gives most lines the same number of two cells or
    more; '' for blanks; None where the lines are no columns.
    """
    lines = head.sample
    if not lines:
        return None
    best: tuple[float, int, str] | None = None
    for order, sign in enumerate((*DELIMITERS, "")):
        try:
            counts = [len(split(line, sign)) for line in lines]
        except CatalogueError:
            continue
        usual = max(set(counts), key=counts.count)
        alike = counts.count(usual) / len(counts)
        if usual < 2 or (alike < 0.5 and sign == "") or alike < 0.3:
            continue
        if sign == "" and (alike < 1.0 or len(lines) + len(head.comments) < 2):
            continue
        rank = (round(alike, 1) if sign == "" else round(alike, 1) + 0.2, -order, sign)
        best = rank if best is None or rank > best else best
    return None if best is None else best[2]


def layout(
    path: Path,
    head: Head,
    delimiter: str,
    *,
    comment: str = "#",
    decimal: str = ".",
    header: bool | None = None,
) -> Layout:
    """The layout of a file whose cells that sign parts: names from the first line, from the last
    comment before it that has as many words, or col1, col2, ... where there are none.
    CatalogueError for a file without a line of data.
    """
    if not head.lines:
        raise CatalogueError(f"{path}: no line of data; remedy: give a table with rows")
    first, line = head.lines[0]
    following = [text for _, text in head.lines[1:SAMPLE]]
    own = split(line, delimiter)
    width = max((len(split(text, delimiter)) for text in following[:5]), default=len(own))
    described = _sextractor(head, len(own)) if not delimiter else None
    if described is not None and header is not True:
        names, units, texts = described
        return _made(names, first, delimiter, comment, decimal, head, units, texts)
    named = _looks_like_names(own, following, delimiter) if header is None else header
    commented = _commented_names(head, first, delimiter, max(width, len(own) if not named else 0))
    if (
        named
        and following
        and commented
        and header is None
        and not _differs(own, following, delimiter)
    ):
        named = False  # a line of texts like those below it: the names stand in the comment
    if named and not (commented and len(commented) == width != len(own)):
        names, skip = own, first + 1
        wider = [split(text, delimiter) for text in following]
        if len(wider) > 1 and all(len(row) == len(own) + 1 for row in wider):
            # R writes no name over row names; others end each row in a delimiter
            names = [*own, ""] if all(row[-1] == "" for row in wider) else ["", *own]
        if not delimiter and following and RULED.fullmatch(following[0].strip()):
            skip = head.lines[1][0] + 1  # a line of dashes below the names
        return _made(names, skip, delimiter, comment, decimal, head)
    if commented and header is None:
        return _made(commented, first, delimiter, comment, decimal, head)
    return _made([""] * max(len(own), width), first, delimiter, comment, decimal, head)


def _made(
    names: Sequence[str],
    skip: int,
    delimiter: str,
    comment: str,
    decimal: str,
    head: Head,
    units: Sequence[str] | None = None,
    texts: Sequence[str] | None = None,
) -> Layout:
    loose = bool(delimiter) and any(
        re.search(rf'(^|{re.escape(delimiter)})[ ]+"|"[ ]+({re.escape(delimiter)}|$)', line)
        for line in head.sample
    )
    return Layout(
        tuple(unique_names(list(names))),
        skip,
        delimiter=delimiter,
        comment=comment,
        decimal=decimal,
        loose=loose,
        units=tuple(units or ()),
        descriptions=tuple(texts or ()),
    )


def _looks_like_names(own: list[str], following: list[str], delimiter: str) -> bool:
    """Whether the first line holds names: no number and no word for nothing among its cells, or
    numbers where the next line has none.
    """
    given = [cell for cell in own if cell]
    if any(cell in WORDS for cell in given) and len(given) > 1:
        return False
    if not any(is_number(cell) for cell in given):
        return True
    if not following:
        return False
    below = split(following[0], delimiter)
    pairs = list(zip(own, below, strict=False))
    return any(is_number(cell) and not is_number(under) and under for cell, under in pairs)


def _differs(own: list[str], following: list[str], delimiter: str) -> bool:
    """Whether a line below has a number where the first line has none."""
    below = split(following[0], delimiter) if following else []
    return any(
        is_number(under) and not is_number(cell) for cell, under in zip(own, below, strict=False)
    )


def _commented_names(head: Head, first: int, delimiter: str, width: int) -> list[str] | None:
    """The names in the last comment line before the data that has as many words as there are
    columns.
    """
    for number, text in reversed(head.comments):
        if number > first:
            continue
        bare = text.strip().lstrip("#").strip()
        for sign in dict.fromkeys((delimiter, "")):
            names = split(bare, sign) if bare else []
            if len(names) == width and not any(is_number(name) for name in names):
                return names
    return None


def _sextractor(head: Head, width: int) -> tuple[list[str], list[str], list[str]] | None:
    """Names, units and descriptions of a head of numbered comment lines, as SExtractor writes it
    (a vector is named once; its further elements are NAME_1, NAME_2, ...).
    """
    found: dict[int, tuple[str, str, str]] = {}
    for _, text in head.comments:
        match = SEXTRACTOR.fullmatch(text.strip())
        if match:
            found[int(match[1])] = (match[2], match[5] or "", match[3])
    if not found or min(found) != 1 or max(found) > width or len(found) < 2:
        return None
    names, units, texts = [], [], []
    last, element = ("", "", ""), 0
    for number in range(1, width + 1):
        element = 0 if number in found else element + 1
        last = found.get(number, last)
        names.append(last[0] + (f"_{element}" if element else ""))
        units.append(last[1])
        texts.append(last[2])
    return names, units, texts


def repeated(names: Sequence[str]) -> list[str]:
    """The names that are given more than once, blank ones aside."""
    return sorted({name for name in names if name and list(names).count(name) > 1})
