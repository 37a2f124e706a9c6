"""What a file's name says: '{object}.csv', '{object}_{band}.dat', 's*-{object}_lc.fits',
'{object}_JD{zero}.txt'."""

from __future__ import annotations

import re
from pathlib import Path

from catalogs.errors import CatalogueError

SUFFIXES = re.compile(r"(\.(csv|tsv|txt|dat|gz|fits|fit|parquet|vot|xml|ecsv|tbl|json|fz))+$", re.I)
FIELDS = {"{object}": r"(?P<object>.+?)", "{band}": r"(?P<band>[^_\-/]+?)", "*": r".*?"}
FIELDS["{zero}"] = r"(?P<zero>[-+]?\d+(\.\d+)?)"


class NamePattern:
    """A pattern of file names; '' takes the name without its suffixes for the object."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        pieces = re.split(r"(\{object\}|\{band\}|\{zero\}|\*)", pattern)
        self.regex = re.compile("".join(FIELDS.get(piece, re.escape(piece)) for piece in pieces))

    def of(self, path: Path) -> dict[str, str]:
        """The object and, where the pattern has them, the band and the zero of the times.

        Raises
        ------
        CatalogueError
            If the name does not match.
        """
        if not self.pattern:
            return {"object": SUFFIXES.sub("", path.name)}
        depth = self.pattern.count("/") + 1
        match = self.regex.fullmatch("/".join(path.parts[-depth:]))
        if match is None:
            raise CatalogueError(
                f"{path}: its name does not match {self.pattern!r}; remedy: correct file_name, in"
                " which {object}, {band} and {zero} stand for these, * for anything"
            )
        found = match.groupdict()
        return {"object": SUFFIXES.sub("", path.name), **found}
