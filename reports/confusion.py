"""ConfusionTable: the counts of one classifier on one test set, all known or only in part.

Rows are the reference class, columns the prediction: counts[i][j] objects of class i were given
class j. A cell that the source does not give is None, and stays None: nothing here fills a cell in.
What the margins allow is computed; what they do not is reported as not derivable
(`reports.measures.statistics`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from reports.errors import ReportError, refuse

KINDS = ("network", "automatic", "human", "learned", "published")
FORMER_KINDS = {"rival": "learned"}  # as 0.1.0 called them


@dataclass(frozen=True)
class ConfusionTable:
    """counts[i][j] objects of reference class i were given class j; None where the source does not
    say.

    `totals[i]` is the number of objects of class i and `n_right` the number given their own class:
    both follow from full counts, and must be given otherwise. `quoted` holds numbers that a source
    states, as it prints them ("0.578"). `sample` names the objects: two published tables with one
    non-empty sample were made on the same objects."""

    name: str
    title: str
    kind: str
    classes: tuple[str, ...]
    counts: tuple[tuple[int | None, ...], ...]
    totals: tuple[int, ...] = ()
    n_right: int | None = None
    quoted: Mapping[str, str] = field(default_factory=dict)
    sample: str = ""

    def __post_init__(self) -> None:
        set_field = object.__setattr__  # the dataclass is frozen: this is its constructor
        set_field(self, "kind", FORMER_KINDS.get(self.kind, self.kind))
        set_field(self, "classes", tuple(map(str, self.classes)))
        set_field(self, "counts", tuple(tuple(map(_cell, row)) for row in self.counts))
        refuse(f"table {self.name!r}", self._shape_faults())
        if not self.totals and self.complete:
            set_field(self, "totals", tuple(sum(row) for row in self.counts))
        if self.n_right is None and self.diagonal is not None:
            set_field(self, "n_right", int(sum(self.diagonal)))
        set_field(self, "totals", tuple(map(int, self.totals)))
        refuse(f"table {self.name!r}", self._margin_faults())

    @classmethod
    def from_counts(
        cls,
        name: str,
        title: str,
        kind: str,
        classes: Sequence[str],
        counts: ArrayLike,
        **fields: Any,
    ) -> ConfusionTable:
        """The table of a full (K, K) array of counts.

        Parameters
        ----------
        name, title, kind : str
            What it is called, in tables and in code, and one of `KINDS`.
        classes : sequence of K names
            In the order of rows and columns.
        counts : array_like (K, K) of int
            counts[i, j] objects of class i were given class j.
        **fields :
            Further fields of the table.

        Returns
        -------
        ConfusionTable
            Full.

        Raises
        ------
        ReportError
            With all faults at once.
        """
        return cls(
            name,
            title,
            kind,
            tuple(classes),
            tuple(map(tuple, np.asarray(counts).tolist())),
            **fields,
        )

    @property
    def size(self) -> int:
        """The number of classes, K."""
        return len(self.classes)

    @property
    def n(self) -> int:
        """The number of objects."""
        return sum(self.totals)

    @property
    def complete(self) -> bool:
        """Whether every cell is known."""
        return all(cell is not None for row in self.counts for cell in row)

    @property
    def diagonal(self) -> tuple[int, ...] | None:
        """Numbers right per class, or None when one of them is not known."""
        cells = [self.counts[i][i] for i in range(self.size)]
        known = tuple(cell for cell in cells if cell is not None)
        return known if len(known) == len(cells) else None

    @property
    def constant(self) -> bool:
        """Whether every object is known to have been given one and the same class."""
        return self.complete and int((self.matrix().sum(0) > 0).sum()) <= 1

    def matrix(self) -> np.ndarray:
        """The counts as (K, K) int64; a table with unknown cells raises ReportError.

        Returns
        -------
        ndarray (K, K) int64
            The counts.

        Raises
        ------
        ReportError
            If a cell is not known.
        """
        if not self.complete:
            raise ReportError(
                f"table {self.name!r} has cells that its source does not give; only its margins can"
                " be used"
            )
        return np.array(self.counts, np.int64).reshape(self.size, self.size)

    def _shape_faults(self) -> list[str]:
        cells = [cell for row in self.counts for cell in row if cell is not None]
        rules = {
            f"kind {self.kind!r} is not one of {', '.join(KINDS)}": self.kind not in KINDS,
            f"class names must differ, got {', '.join(self.classes)}": (
                len(set(self.classes)) != self.size or not self.size
            ),
            f"needs {self.size} x {self.size} cells": (
                [len(row) for row in self.counts] != [self.size] * self.size
            ),
            f"counts must be 0 or more, got {min(cells, default=0)}": min(cells, default=0) < 0,
        }
        return [fault for fault, broken in rules.items() if broken]

    def _margin_faults(self) -> list[str]:
        if len(self.totals) != self.size:
            return [
                f"needs the {self.size} class totals when cells are unknown, got {len(self.totals)}"
            ]
        faults = [self._row_fault(*row) for row in zip(self.classes, self.counts, self.totals)]
        known = sum(
            cell for cell in (self.counts[i][i] for i in range(self.size)) if cell is not None
        )
        right = self.n_right
        if right is not None and (
            right > self.n or known > right or (self.diagonal is not None and known != right)
        ):
            faults.append(
                f"the diagonal adds up to {known}, the number right is {right} of {self.n}"
            )
        return [fault for fault in faults if fault]

    @staticmethod
    def _row_fault(label: str, row: Sequence[int | None], total: int) -> str:
        known = sum(cell for cell in row if cell is not None)
        wrong = known > total if None in row else known != total
        return f"row {label} adds up to {known}, its class total is {total}" if wrong else ""


def _cell(value: Any) -> int | None:
    """A count as a whole number; None for a cell that is not known."""
    if value is None:
        return None
    if int(value) != value:
        raise ReportError(f"a cell holds a count of objects, got {value!r}; give a whole number")
    return int(value)
