"""Which of the formats of text a file is in, told from its first bytes: exactly one, or none."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from catalogs.formats.reading import dialect

BYTE_TABLE = b"byte-by-byte description of file"
SEPARATED = (".csv", ".tsv")
IPAC_TYPES = (
    r"c(h(ar?)?)?|i(nt?)?|integer|l(o(ng?)?)?|d(o(u(b(le?)?)?)?)?|f(lo?a?t?)?|r(eal?)?|date|"
)
NO_TABLE = (b"<", b"{", b"[", b"%", b"\\documentclass", b"version https://git-lfs", b"%pdf")


def text_format(path: Path, head: bytes) -> str:
    """'cds', 'csv', 'ecsv', 'ipac', 'text', 'vizier', or '' for what is no table of text."""
    beside = path.parent / "ReadMe"
    with_readme = ".dat" in path.suffixes and beside.is_file()
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    return _text_format(head, with_readme, any(name in suffixes for name in SEPARATED))


@lru_cache(maxsize=32)
def _text_format(head: bytes, with_readme: bool, named_csv: bool) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start or b"\x00" in head or start.lower().startswith(NO_TABLE):
        return ""
    if start.startswith((b"# %ECSV", b"SIMPLE  =", b"PAR1")):
        return "ecsv" if start.startswith(b"# %ECSV") else ""
    if BYTE_TABLE in head.lower() or with_readme:
        return "cds"
    if _is_ipac(start):
        return "ipac"
    found = dialect.head_of(head)
    if is_vizier(found):
        return "vizier"
    delimiter = dialect.delimiter_of(found)
    if delimiter:
        return "csv"
    if delimiter is not None:
        return "text"
    return "csv" if named_csv else ""  # of one column, or with faults that its reader names


def _is_ipac(start: bytes) -> bool:
    """Whether the first line that is no keyword or comment (\\) stands between bars, with types
    below.
    """
    rows = start.decode("latin-1").split("\n")[:2000]
    rows = [row.rstrip() for row in rows if row.strip() and not row.startswith("\\")][:2]
    if len(rows) < 2 or not all(re.fullmatch(r"\|.*\|", row) for row in rows):
        return False
    kinds = [cell.strip().lower() for cell in rows[1].strip("|").split("|")]
    return all(re.fullmatch(IPAC_TYPES, kind) for kind in kinds)


def is_vizier(head: dialect.Head) -> bool:
    """Whether a line of dashes follows the names and, in between, perhaps their units."""
    texts = [text.strip() for _, text in head.lines[:3]]
    ruled = any(dialect.RULED.fullmatch(text) and len(text) > 1 for text in texts[1:])
    return ruled and (len(texts[0].split()) == 1 or any(sign in texts[0] for sign in "\t;|,"))
