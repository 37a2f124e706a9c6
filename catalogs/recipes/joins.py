"""The sections [joins.NAME] of a survey.toml: a second table whose rows belong to the survey's, by
equal keys or by place on the sky, one to one.

    [joins.photo]
    file = "photometry.fits"     # in any format; format, hdu, table, ... as in [table]
    on = ["ID"]                  # columns of both, or { ID = "SOURCE" } (own = its)
    [joins.spec]
    file = "spectra.csv"
    within_arcsec = 1.0          # the nearest, and its own nearest, within this angle
    ra = "RA"                    # of the joined table, degrees; the survey's are those of [objects]
    dec = "DEC"

Its columns are `photo.MAG` wherever a column may stand, and `photo.found` is yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.formats.reading.wanted import choose
from catalogs.formats.source import Source
from catalogs.formats.tables import open_table
from catalogs.recipes.view import Tally, View, as_text

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 3
WIDEST = 3600.0  # arcsec


@dataclass(frozen=True)
class JoinPlan:
    """What a section says. on: (own column, column of the joined table), () for a match on the
    sky; ra, dec: the joined table's, own_ra, own_dec the survey's, in degrees.
    """

    name: str
    file: Path
    format: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    on: tuple[tuple[str, str], ...] = ()
    within_arcsec: float = 0.0
    ra: str = ""
    dec: str = ""
    own_ra: str = ""
    own_dec: str = ""

    def own_keys(self) -> list[str]:
        """The survey's own columns that the join looks at."""
        return [own for own, _ in self.on] or [self.own_ra, self.own_dec]


class Joined:
    """A joined table, some of its columns in memory; counts how many rows found a partner."""

    def __init__(self, plan: JoinPlan, wanted: list[str]) -> None:
        self.plan = plan
        self.source: Source = open_table(plan.file, plan.format, **plan.options)
        theirs = [other for _, other in plan.on] or [plan.ra, plan.dec]
        names = list(dict.fromkeys([*theirs, *wanted]))
        choose(self.source.path, names, self.source.names())
        self.columns = _columns(self.source, names)
        self.n = len(self.columns[names[0]])
        self.asked = self.matched = 0
        self.unmatched: list[str] = []
        self.taken: set[int] = set()
        self._index = self._by_key(theirs) if plan.on else self._by_place(theirs)

    def own_keys(self) -> list[str]:
        """The survey's own columns that the join looks at."""
        return self.plan.own_keys()

    def partners(self, view: View) -> pa.Array:
        """The row of this table for each row of a view, null where there is none."""
        import pyarrow as pa

        found = self._keyed(view) if self.plan.on else self._near(view)
        shown = np.flatnonzero(found < 0)[: max(0, SHOWN - len(self.unmatched))]
        names = view.text(self.own_keys()[0])
        self.unmatched += [str(names[row]) for row in shown]
        self.asked += len(found)
        self.matched += int((found >= 0).sum())
        self.taken |= set(found[found >= 0].tolist())
        return pa.array(found, mask=found < 0)

    def account(self) -> str:
        """How many rows found a partner, in a sentence."""
        left = self.n - len(self.taken)
        text = f"joins.{self.plan.name}: {self.matched} of {self.asked} rows have a partner"
        if self.unmatched and self.matched < self.asked:
            text += f" (none for {listed(self.unmatched, SHOWN)})"
        return f"{text}; {left} rows of {self.plan.file.name} belong to no object"

    def require_any(self) -> None:
        """Raise CatalogueError where no row at all found a partner: the two are spelled in other
        ways.
        """
        if self.matched or not self.asked:
            return
        theirs = self._spelled()[:SHOWN]
        raise CatalogueError(
            f"joins.{self.plan.name}: no row has a partner: {listed(map(repr, self.unmatched))}"
            f" here, {listed(map(repr, theirs))} in {self.plan.file.name}; remedy: name columns"
            " that spell the objects alike"
        )

    def _spelled(self) -> list[str]:
        name = self.plan.on[0][1] if self.plan.on else self.plan.ra
        return as_text(self.columns[name].slice(0, SHOWN), name).tolist()

    def _by_key(self, theirs: list[str]) -> dict[str, int]:
        texts = [as_text(self.columns[name], f"{self.source.path}: {name}") for name in theirs]
        index: dict[str, int] = {}
        twice: list[str] = []
        for row, parts in enumerate(zip(*(text.tolist() for text in texts), strict=True)):
            key = "\x1f".join(parts)
            if key in index:
                twice.append(" ".join(parts))
            elif all(parts):
                index[key] = row
        if twice:
            raise CatalogueError(
                f"{self.source.path}: joins.{self.plan.name}: {len(twice)} keys are given twice:"
                f" {listed(twice)}; remedy: keep each once, or name more columns in on"
            )
        return index

    def _keyed(self, view: View) -> np.ndarray:
        texts = [view.text(own).tolist() for own, _ in self.plan.on]
        index: dict[str, int] = self._index  # type: ignore[assignment]
        return np.array(
            [index.get("\x1f".join(parts), -1) for parts in zip(*texts, strict=True)],
            dtype=np.int64,
        ).reshape(len(view))

    def _by_place(self, theirs: list[str]) -> object:
        from scipy.spatial import cKDTree

        view = View(self.source.path, 0, self.n, self.columns, Tally())
        points = _vectors(*(np.asarray(view.numbers(name), dtype=float) for name in theirs))
        self._rows = np.flatnonzero(np.isfinite(points).all(axis=1))
        self._points = points[self._rows]
        return cKDTree(self._points)

    def _near(self, view: View) -> np.ndarray:
        """The nearest partner within the angle, of two rows that share one the nearer."""
        from scipy.spatial import cKDTree

        tree: cKDTree = self._index
        points = _vectors(
            *(np.asarray(view.numbers(name), dtype=float) for name in self.own_keys())
        )
        found, known = np.full(len(points), -1), np.isfinite(points).all(axis=1)
        if not known.any() or not len(self._rows):
            return found
        reach = 2.0 * np.sin(np.deg2rad(self.plan.within_arcsec / 3600.0) / 2.0)
        distance, row = tree.query(points[known], distance_upper_bound=reach)
        near = np.flatnonzero(known)[np.isfinite(distance)]
        row, distance = row[np.isfinite(distance)], distance[np.isfinite(distance)]
        best: dict[int, int] = {}
        for place in np.argsort(distance, kind="stable").tolist():
            theirs = int(self._rows[row[place]])
            if theirs not in best and theirs not in self.taken:
                best[theirs] = int(near[place])
        for theirs, own in best.items():
            found[own] = theirs
        return found


def _vectors(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """Unit vectors (n, 3) of positions in degrees."""
    ra, dec = np.deg2rad(ra_deg), np.deg2rad(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)


def _columns(source: Source, names: list[str]) -> dict[str, pa.Array]:
    import pyarrow as pa

    fields = source.typed(names)
    batches = list(source.blocks(names))
    found = {}
    for place, column in enumerate(fields):
        parts = [batch.column(place) for batch in batches]
        found[column.name] = pa.concat_arrays(parts) if parts else pa.array([], column.type)
    return found
