"""Who stands in which part, as it is kept on disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from catalogs.errors import CatalogueError, foreign
from catalogs.files.parquet import read_columns, write_columns

TRAIN, VALIDATION, TEST, UNUSED = "train", "validation", "test", ""
KIND = "split"
BLOCK = 65_536  # lines digested at once


@dataclass(frozen=True, eq=False)
class Split:
    """Who stands where: part[i] is 'train', 'validation', 'test' or '' (unused) for object_id[i],
    both (N,) text, sorted by object_id; the name of the split, the survey and the seed that drew
    it.
    """

    survey: str
    name: str
    seed: int
    object_id: np.ndarray
    part: np.ndarray

    def ids(self, part: str) -> np.ndarray:
        """The identifiers of one part ('train', 'validation', 'test'), (M,) text in alphabetical
        order.
        """
        return self.object_id[self.part == part]

    def count(self, part: str) -> int:
        """The number of objects of one part."""
        return int((self.part == part).sum())

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of who stands where: the same for the same parts, whatever drew them."""
        found = hashlib.sha256()
        for start in range(0, len(self.part), BLOCK):
            names, parts = (all_[start : start + BLOCK] for all_ in (self.object_id, self.part))
            pairs = zip(names.tolist(), parts.tolist(), strict=True)
            found.update("".join(f"{name}\t{part}\n" for name, part in pairs if part).encode())
        return found.hexdigest()

    def write(self, path: Path | str) -> None:
        """Write the split to one Parquet file, atomically."""
        columns = {"object_id": self.object_id, "part": self.part}
        about = {"survey": self.survey, "name": self.name, "seed": self.seed, "digest": self.digest}
        write_columns(path, columns, KIND, about, {})

    @classmethod
    def read(cls, path: Path | str) -> Split:
        """The split that `write` wrote; CatalogueError if its parts are not the ones its digest was
        made of.
        """
        columns, about = read_columns(path, KIND)
        with foreign(path, f"a whole {KIND}", "draw the split again"):
            names, parts = (columns[name].astype(str) for name in ("object_id", "part"))
            split = cls(about["survey"], about["name"], about["seed"], names, parts)
            digest = about["digest"]
        if split.digest != digest:
            raise CatalogueError(
                f"{path}: the parts do not fit their digest {digest}; remedy: draw the split again"
            )
        return split
