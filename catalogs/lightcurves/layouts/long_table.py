"""Long tables, one row per epoch, of any format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from catalogs.keys import key
from catalogs.lightcurves.table_layout import TableLayout


@dataclass(frozen=True, kw_only=True)
class LongTable(TableLayout):
    """All objects in one or more tables with the same columns, `object_id` naming the object."""

    object_id: str = key(str, "", needed=True)
    time: str = key(str, "", needed=True)
    magnitude: str = key(str, "", needed=True)

    kind: ClassVar[str] = "long_table"

    def columns(self, bands: tuple[str, ...]) -> dict[str, Any]:
        own = {"object_id": self.object_id, "magnitude": self.magnitude}
        return {**super().columns(bands), **own}
