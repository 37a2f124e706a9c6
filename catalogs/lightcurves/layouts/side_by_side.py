"""All bands of an epoch in one row: time, mag_g, err_g, mag_r, err_r, ..."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import Rule, key
from catalogs.lightcurves.table_layout import TableLayout


@dataclass(frozen=True, kw_only=True)
class SideBySide(TableLayout):
    """`magnitude` and `error` are the columns' names with {band} in place of the band's. Without
    `object_id` a file is one object, named as `file_name` says. A blank cell is no epoch.
    """

    object_id: str = key(str, "")
    time: str = key(str, "", needed=True)
    magnitude: str = key(str, "mag_{band}")
    error: str = key(str, "")
    file_name: str = key(str, "")

    kind: ClassVar[str] = "side_by_side"

    def rules(self) -> Iterator[Rule]:
        yield from super().rules()
        for name in ("magnitude", "error"):
            value = getattr(self, name)
            if (value or name == "magnitude") and "{band}" not in value:
                yield name, f"{value!r} is the same for all bands", "write {band} where it stands"

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        beside = {
            band: (self.magnitude.replace("{band}", band), self.error.replace("{band}", band))
            for band in bands
        }
        own = {"object_id": self.object_id, "file_name": self.file_name, "side_by_side": beside}
        return {**super().columns(bands), **own, "error": ""}
