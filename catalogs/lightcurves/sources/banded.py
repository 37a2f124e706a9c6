"""Epochs of one object at a time, whose bands are written by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from catalogs.errors import CatalogueError, listed


class BandPlaces:
    """The places of bands among the survey's; those of others are counted and named if there is
    nothing else.
    """

    def __init__(self, bands: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        self.bands, self.names = tuple(bands), dict(names or {})
        self.others: dict[str, None] = {}
        self.some = False

    def __call__(self, written: Sequence[str]) -> np.ndarray:
        """The place of each band, -1 for one that is not the survey's, (n,) int8."""
        known = {name: place for place, name in enumerate(self.bands)}
        found = [known.get(self.names.get(name, name), -1) for name in written]
        self.some |= any(place >= 0 for place in found)
        self.others |= {n: None for n, place in zip(written, found, strict=True) if place < 0}
        return np.array(found, dtype=np.int8)

    def require_some(self, where: str) -> None:
        """Raise CatalogueError if all epochs are of other bands."""
        if self.others and not self.some:
            raise CatalogueError(
                f"{where}: no epoch of band {listed(self.bands)}, but of {listed(self.others)};"
                " remedy: name the bands as they are written, or say under band_names which is"
                " which"
            )
