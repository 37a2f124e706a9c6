"""Names that come from outside: of surveys, classes, columns, files, objects.

A control character, a line break or a mark that turns the direction of writing, in a name, rewrites
a terminal, breaks a table's row, or makes a document ill-formed: such names are refused when they
are read. Texts that only pass through (messages) show these characters as escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from catalogs.errors import CatalogueError, listed

# Control characters, line and paragraph separators, marks of direction, invisible joiners and
# fillers, halves of characters, what is no character (ill-formed in XML), private and tag planes.
HIDDEN = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U0001fffe-\U0001ffff\U000e0000-\U0010ffff"
)
_HIDDEN = re.compile(f"[{HIDDEN}]")
LONGEST = 200  # characters of a name
BLOCK = 65_536  # names looked at at once


def shown(text: object) -> str:
    """The text with every such character as an escape, for a terminal."""
    return _HIDDEN.sub(lambda found: ascii(found.group())[1:-1], str(text))


def name_fault(name: str) -> str:
    """Why the text cannot be a name, '' if it can."""
    if hidden := _HIDDEN.findall(name):
        return f"holds {listed(sorted({ascii(each)[1:-1] for each in hidden}))}"
    return f"is longer than {LONGEST} characters" if len(name) > LONGEST else ""


def check_names(what: str, *names: str) -> None:
    """Raise CatalogueError if one of the names cannot be one; ``what`` says whose they are."""
    for name in names:
        if reason := name_fault(name):
            raise CatalogueError(
                f"{what} {shown(name)[:LONGEST]!r} {reason}: names are of one line, without control"
                " characters and marks of direction; remedy: rename it"
            )


def first_bad_name(names: Iterable[Any]) -> str | None:
    """The first of many texts that cannot be a name, None if all can."""
    if isinstance(names, np.ndarray) and names.dtype.kind == "U" and _is_plain(names):
        return None
    texts = list(map(str, names))
    if not _HIDDEN.search("".join(texts)) and max(map(len, texts), default=0) <= LONGEST:
        return None
    return next((text for text in texts if name_fault(text)), None)


def _is_plain(names: np.ndarray) -> bool:
    """Whether all of (N,) str are of printable ASCII alone and none is longer than LONGEST."""
    width = names.dtype.itemsize // 4
    if width > LONGEST or not width:
        return False
    codes = np.ascontiguousarray(names).view(np.uint32).reshape(-1, width)
    for start in range(0, len(codes), BLOCK):
        block = codes[start : start + BLOCK]
        blank = block == 0  # numpy fills texts up with 0
        if (blank[:, :-1] & ~blank[:, 1:]).any() or not (
            (block >= 32) & (block < 127) | blank
        ).all():
            return False
    return True
