"""Which classes are taken for which, in both directions: a fault that runs one way is a bias, one
that runs both ways is an overlap."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from reports.confusion import ConfusionTable

NAMED = 2  # of each classifier, in the sentence
ROWS = 15  # of the table


@dataclass(frozen=True)
class Confusion:
    """Two classes of one table: `there` objects of class `first` were given `second`, `back`
    objects of `second` were given `first`."""

    first: str
    second: str
    there: int
    back: int
    n_first: int
    n_second: int

    def __str__(self) -> str:
        """The larger direction first: "S0 as Sa+Sb (240 of 587; the reverse 85 of 1,611)"."""
        ways = [
            (self.there, self.n_first, self.first, self.second),
            (self.back, self.n_second, self.second, self.first),
        ]
        (more, n, name, other), (less, m, _, _) = sorted(ways, key=lambda way: -way[0])
        return f"{name} as {other} ({more:,} of {n:,}; the reverse {less:,} of {m:,})"


def confusions(table: ConfusionTable) -> list[Confusion]:
    """Every two classes of a table whose two cells are known, in the order of the classes."""
    found = []
    for i, j in combinations(range(table.size), 2):
        there, back = table.counts[i][j], table.counts[j][i]
        if there is not None and back is not None:
            sizes = (table.totals[i], table.totals[j])
            found.append(Confusion(table.classes[i], table.classes[j], there, back, *sizes))
    return found


def sentence(tables: list[tuple[str, ConfusionTable]]) -> str:
    """The commonest confusions of each titled table; "" with fewer than three classes, where the
    table itself says it, or without any."""
    parts = []
    for title, table in tables:
        found = [c for c in confusions(table) if c.there or c.back] if table.size > 2 else []
        found.sort(key=lambda c: -max(c.there, c.back))
        if found:
            parts.append(f"by {title} {', '.join(map(str, found[:NAMED]))}")
    return f"Most often confused: {'; '.join(parts)}." if parts else ""


def rows(left: ConfusionTable, right: ConfusionTable | None) -> list[tuple[str, ...]]:
    """One row two classes, the most often confused first, with each table's two directions as
    "240 of 587"; at most ROWS, none of them empty."""
    tables = [confusions(table) for table in (left, right) if table is not None]
    if len({len(found) for found in tables}) > 1 or left.size < 3:
        return []
    both = [pair for pair in zip(*tables) if any(c.there or c.back for c in pair)]
    both.sort(key=lambda pair: -sum(c.there + c.back for c in pair))
    return [(f"{pair[0].first}, {pair[0].second}", *_cells(pair)) for pair in both[:ROWS]]


def _cells(pair: tuple[Confusion, ...]) -> list[str]:
    ways = [way for c in pair for way in ((c.there, c.n_first), (c.back, c.n_second))]
    return [f"{count} of {n}" for count, n in ways]
