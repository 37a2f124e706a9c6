"""How a split is drawn: what all kinds of it share. Each kind is a module of catalogs/splits/kinds.

A kind is a frozen dataclass whose fields made with `key` are its keys in a section [splits.NAME] of
a survey.toml. It says which values they may have (`rules`) and who stands in which part (`parts`);
the rest is here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from catalogs.errors import Faults
from catalogs.keys import Rule, key
from catalogs.splits import cells

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue


@dataclass(frozen=True, eq=False)
class Candidates:
    """Who may take part in a split, N objects in alphabetical order of their identifiers.

    catalogue: where they stand, in its own order; rows (N,) int64: the row of each in it; labels
    (N,) text, '' for an object that may not take part; groups (N,) text: what stays together; seed:
    the number that all random choices derive from.
    """

    catalogue: Catalogue
    rows: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    seed: int

    @property
    def object_id(self) -> np.ndarray:
        """The identifiers, (N,) text."""
        return self.catalogue.object_id[self.rows]


@dataclass(frozen=True, kw_only=True)
class SplitPlan(ABC):
    """How the labelled objects of a catalogue are dealt into parts.

    `description` says it in words. Only objects that know all inputs named in `needs` take part.
    With `min_separation_arcsec` objects closer than that count as one group, objects without a
    position take no part, and a closer pair in two parts is an error."""

    description: str = ""
    needs: tuple[str, ...] = key(str, (), many=True)
    min_separation_arcsec: float = key(float, 0.0)

    kind: ClassVar[str]  # the name of the module
    summary: ClassVar[str]  # the description where none is given
    example: ClassVar[Mapping[str, object]] = {}  # the keys that a section cannot do without
    has_sizes: ClassVar[bool] = False  # whether n_train and n_test can be asked for
    same_mix: ClassVar[bool] = True  # whether training and test have the same mix of classes
    needs_positions: ClassVar[bool] = False  # whether it asks where an object is

    def __post_init__(self) -> None:
        if not self.description:
            object.__setattr__(self, "description", self.summary)

    @property
    def has_validation(self) -> bool:
        """Whether a validation part is set aside."""
        return False

    @abstractmethod
    def parts(self, drawn_from: Candidates) -> np.ndarray:
        """The part of each of N candidates, (N,): 'train', 'validation', 'test' or '' (unused)."""

    def rules(self) -> Iterator[Rule]:
        """What is wrong with the values of the plan, each with its key and the remedy."""
        if self.min_separation_arcsec < 0.0:
            yield (
                "min_separation_arcsec",
                "is negative",
                "give an angle in arcsec, 0 for no such rule",
            )

    def check(self, name: str) -> None:
        """Raise CatalogueError with all that is wrong with the plan of the split of that name."""
        faults = Faults(f"split {name!r}")
        for where, problem, remedy in self.rules():
            faults.add(f"{where}: {problem}", remedy)
        faults.raise_if_any()

    @property
    def fold_of(self) -> tuple[int, int] | None:
        """The number of its fold (from 0) and how many folds test every object once; None where the
        plan is not one of such folds.
        """
        return None

    def with_fold(self, fold: int) -> Self:
        """The same plan with another fold to test.

        Raises
        ------
        TypeError
            If plans of this kind are not one of several folds.
        """
        raise TypeError(f"a split of kind {self.kind!r} has no folds")

    def named(self, name: str) -> Self:
        """The plan as the split of that name in a survey.toml."""
        return self

    def written_out(self, name: str) -> dict[str, Self]:
        """The splits that a section [splits.NAME] without a chosen fold stands for: this one, or
        NAME_1, NAME_2, ..., which test every labelled object once.
        """
        if self.fold_of is None:
            return {name: self.named(name)}
        n = self.fold_of[1]
        return {
            f"{name}_{i + 1}": replace(
                self.with_fold(i).named(f"{name}_{i + 1}"),
                description=f"{self.description}; fold {i + 1} of {n} to test",
            )
            for i in range(n)
        }

    def columns(self) -> tuple[str, ...]:
        """The columns of the user's table that the plan reads."""
        return ()

    def flags(self, text: Callable[[str], np.ndarray]) -> dict[str, np.ndarray]:
        """The yes/no columns, (N,) bool each, that the plan needs in the catalogue, made of the
        table's columns as text.
        """
        return {}

    def links(self, catalogue: Catalogue) -> list[np.ndarray]:
        """What else than the catalogue's groups must stay together, as catalogs.splits.cells.joined
        takes it. Close pairs are (P, 2).
        """
        if self.min_separation_arcsec <= 0.0:
            return []
        vectors = cells.unit_vectors(catalogue.ra_deg, catalogue.dec_deg)
        return [cells.close_pairs(vectors, self.min_separation_arcsec)]
