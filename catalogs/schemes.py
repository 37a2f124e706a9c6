"""Class schemes: the names of the classes, their order, and where they begin and end on de
Vaucouleurs' stage T.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.names import check_names

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ClassScheme:
    """A list of classes. `limits` holds (t_min, t_max) a class, t_min <= T < t_max, or None without
    T types; `ordered` says that the classes follow each other along a sequence, as listed.
    """

    name: str
    classes: tuple[str, ...]
    limits: tuple[tuple[float, float], ...] | None
    ordered: bool
    description: str
    reference: str

    def __post_init__(self) -> None:
        check_names("class", *self.classes)
        if (
            len(set(self.classes)) < len(self.classes)
            or "" in self.classes
            or len(self.classes) < 2
        ):
            raise CatalogueError(
                f"class scheme {self.name!r}: classes {list(self.classes)} must be at least two"
                " different names; remedy: rename or drop the doubles"
            )
        if self.limits is not None:
            self._check_limits(self.limits)

    def _check_limits(self, limits: tuple[tuple[float, float], ...]) -> None:
        by_start = sorted(limits)
        rising = all(low < high for low, high in limits)
        apart = all(before[1] <= after[0] for before, after in pairwise(by_start))
        if len(limits) != len(self.classes) or not rising or not apart:
            raise CatalogueError(
                f"class scheme {self.name!r}: limits {list(limits)} must be one (t_min, t_max) a"
                " class, t_min < t_max, without overlap; remedy: correct the limits"
            )

    def from_t(self, t: np.ndarray) -> np.ndarray:
        """The class of each stage T, (N,) floats to an (N,) object array of names; '' where T is
        NaN or in no class.

        Raises
        ------
        CatalogueError
            If the scheme has no limits on T.
        """
        if self.limits is None:
            raise CatalogueError(
                f"class scheme {self.name!r} has no limits on T; choose one that has, such as"
                " 'hubble_5'"
            )
        t = np.asarray(t, dtype=float)
        found = np.full(t.shape, "", dtype=object)
        for name, (t_min, t_max) in zip(self.classes, self.limits, strict=True):
            found[(t >= t_min) & (t < t_max)] = name
        return found

    @classmethod
    def from_mapping(cls, name: str, entry: Mapping) -> ClassScheme:
        """The scheme that a TOML table or JSON object describes; missing and unknown keys are an
        error.

        Raises
        ------
        CatalogueError
            If a key is missing or unknown.
        """
        known = {"classes", "limits", "ordered", "description", "reference"}
        wrong = sorted(set(entry) - known) or sorted({"classes", "ordered"} - set(entry))
        if wrong:
            raise CatalogueError(
                f"class scheme {name!r}: unknown or missing keys {wrong}; remedy: give classes and"
                " ordered, and if you like limits, description, reference"
            )
        limits = entry.get("limits")
        return cls(
            name=name,
            classes=tuple(entry["classes"]),
            limits=(
                None if limits is None else tuple((float(low), float(high)) for low, high in limits)
            ),
            ordered=bool(entry["ordered"]),
            description=entry.get("description", ""),
            reference=entry.get("reference", ""),
        )


def names() -> list[str]:
    """The names of the schemes that the package carries, in alphabetical order."""
    return sorted(_shipped())


def load(name: str) -> ClassScheme:
    """The scheme of that name; CatalogueError with the choices if there is none."""
    shipped = _shipped()
    if name not in shipped:
        raise CatalogueError(
            f"unknown class scheme {name!r}; choose one of: {', '.join(sorted(shipped))}"
        )
    return ClassScheme.from_mapping(name, shipped[name])


def _shipped() -> dict[str, dict]:
    return tomllib.loads(files("catalogs").joinpath("schemes.toml").read_text(encoding="utf-8"))
