"""One table per object, or per object and band, of any format: CSV with a header, VOTable time
series, ECSV, FITS, IPAC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import key
from catalogs.lightcurves.table_layout import TableLayout


@dataclass(frozen=True, kw_only=True)
class ObjectFiles(TableLayout):
    """The object is named by the file: `file_name` is such as '{object}.csv' or
    '{object}_{band}.csv', * standing for anything, '' for the name without its suffixes.
    """

    time: str = key(str, "", needed=True)
    magnitude: str = key(str, "", needed=True)
    file_name: str = key(str, "")

    kind: ClassVar[str] = "object_files"

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        own = {"magnitude": self.magnitude, "file_name": self.file_name}
        return {**super().columns(bands), **own}
