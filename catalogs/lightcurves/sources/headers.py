"""The zero of the times that a file's own header states: FITS keywords, or lines such as
'# TIMEZERO = 2450000.0' above a text's rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from catalogs.errors import CatalogueError
from catalogs.files.unpacking import unpacked

MOST = 1000  # lines of a text among which its header is


def header_zero(path: Path, keywords: Sequence[str]) -> float:
    """The sum of the numbers that keywords of a file's header have, in days.

    Parameters
    ----------
    path : Path
        A FITS file, of which the first HDU that has a keyword counts; or a text, packed or not.
    keywords : sequence of str
        Such as BJDREFI and BJDREFF.

    Returns
    -------
    float

    Raises
    ------
    CatalogueError
        If the header lacks a keyword, or it is no number.
    """
    found = _of_fits(path, keywords) if _is_fits(path) else _of_text(path, keywords)
    total = 0.0
    for word in keywords:
        if word not in found:
            raise CatalogueError(
                f"{path}: its header has no {word}; remedy: correct zero_keyword, or leave it out"
            )
        try:
            total += float(str(found[word]))
        except (TypeError, ValueError):
            raise CatalogueError(
                f"{path}: {word} is {found[word]!r}, no number; remedy: correct zero_keyword"
            ) from None
    return total


def _is_fits(path: Path) -> bool:
    return re.search(r"\.(fits|fit|fts)(\.gz|\.fz)?$", path.name, re.I) is not None


def _of_fits(path: Path, keywords: Sequence[str]) -> dict[str, object]:
    from astropy.io import fits

    found: dict[str, object] = {}
    with fits.open(path) as hdus:
        for hdu in hdus:
            found |= {w: hdu.header[w] for w in keywords if w in hdu.header and w not in found}
    return found


def _of_text(path: Path, keywords: Sequence[str]) -> dict[str, object]:
    line_of = {
        word: re.compile(rf"^\W*{re.escape(word)}\W*[=:]\s*['\"]?(?P<value>[^\s'\",;/]+)", re.I)
        for word in keywords
    }
    found: dict[str, object] = {}
    with open(unpacked(path), encoding="utf-8", errors="replace") as lines:
        for _, line in zip(range(MOST), lines, strict=False):
            for word, pattern in line_of.items():
                if word not in found and (match := pattern.match(line)):
                    found[word] = match["value"]
    return found
