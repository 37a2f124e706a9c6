"""What a set of described images is, and how it lies on disk: `captions.parquet`, `stack/`, and where known `regions/`.

The schema is small enough for any survey with votes or types as text: one row an object with `object_id`, `caption` (tokens
with blanks between), `part` ('train', 'validation', 'test') and `group`, and a stack of pictures under the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError, Faults, listed
from catalogs.fetch import RemoteFile

if TYPE_CHECKING:
    import numpy as np

    from catalogs.images.stack import ImageStack

KIND = "captions"
FILE, STACK, REGIONS = "captions.parquet", "stack", "regions"
PARTS = ("train", "validation", "test")
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, eq=False)
class Captions:
    """N pictures, each with a sequence of tokens.

    object_id (N,), caption (N,), part (N,), group (N,) text; stack: their pictures, in the same order; regions: for each a
    plane a named part of the object, 255 where it is, or None where nobody knows. Every fault is one CatalogueError.
    """

    object_id: np.ndarray
    caption: np.ndarray
    part: np.ndarray
    group: np.ndarray
    stack: ImageStack
    regions: ImageStack | None = None

    def __post_init__(self) -> None:
        import numpy as np

        for name in ("object_id", "caption", "part", "group"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=str))
        faults = Faults("captions")
        stacks = [self.stack] + ([] if self.regions is None else [self.regions])
        if any(stack.object_id.tolist() != self.object_id.tolist() for stack in stacks):
            faults.add("pictures or regions are not those of the objects, in their order", "give one picture a caption")
        wrong = sorted(set(self.part.tolist()) - set(PARTS))
        if wrong:
            faults.add(f"parts {listed(map(repr, wrong))}", f"use {', '.join(PARTS)}")
        silent = self.object_id[[not text.split() for text in self.caption]]
        if len(silent):
            faults.add(f"objects without a caption: {listed(silent)}", "leave them out")
        faults.raise_if_any()

    def __len__(self) -> int:
        return len(self.object_id)

    def rows(self, part: str) -> np.ndarray:
        """The rows of the objects in that part, (n,) int64."""
        import numpy as np

        return np.flatnonzero(self.part == part)

    def write(self, folder: Path | str) -> None:
        """Write the set to `folder`, the table last: it exists from then on."""
        import pandas as pd

        from catalogs.parquet import write_frame

        self.stack.write(Path(folder) / STACK)
        if self.regions is not None:
            self.regions.write(Path(folder) / REGIONS)
        columns = {name: getattr(self, name) for name in ("object_id", "caption", "part", "group")}
        write_frame(Path(folder) / FILE, pd.DataFrame(columns), KIND, {"regions": self.regions is not None}, {})

    @classmethod
    def read(cls, folder: Path | str) -> Captions:
        """The set that lies in `folder`, its pictures memory-mapped."""
        from catalogs.images.stack import ImageStack
        from catalogs.parquet import read_frame

        frame, about = read_frame(Path(folder) / FILE, KIND)
        regions = ImageStack.read(Path(folder) / REGIONS) if about["regions"] else None
        columns = [frame[name].to_numpy(dtype=str) for name in ("object_id", "caption", "part", "group")]
        return cls(*columns, ImageStack.read(Path(folder) / STACK), regions)


@dataclass(frozen=True)
class CaptionTask:
    """One set of described images.

    `build(files, sizes, seed)` makes it from {file name: path} with sizes {'train': n, 'test': n} objects (sets of fixed parts
    refuse sizes); `moves` and `ends` are the automaton of the sequences that may be said; `look_at` names the plane of
    `regions` that shows what a token speaks of, and a token that stands in `by_place` speaks of the plane of its own place in
    the sequence. `slots` groups the tokens into attributes. `options` are those of the classifier that suit the set.
    """

    name: str
    title: str
    citation: str
    noun: str
    moves: Mapping[str, Mapping[str, str]]
    ends: tuple[str, ...]
    build: Callable[..., Captions]
    files: tuple[RemoteFile, ...] = ()
    simulated: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)
    look_at: Mapping[str, str] = field(default_factory=dict)
    by_place: frozenset[str] = frozenset()
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)

    def regions_of(self, caption: str) -> list[str]:
        """The plane of each token of a caption, '' where it speaks of no known one."""
        tokens = caption.split()
        return [f"place {n}" if token in self.by_place else self.look_at.get(token, "") for n, token in enumerate(tokens, 1)]

    def checked_sizes(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """How many objects each part shall have: the set's own numbers, `sizes` in place of some."""
        strangers = sorted(set(sizes) - set(self.sizes))
        if strangers or any(n < 1 for n in sizes.values()):
            allowed = ", ".join(self.sizes) or "none: its parts are fixed"
            raise CatalogueError(f"captions {self.name!r}: sizes {dict(sizes)} must be numbers from 1 on of {allowed}")
        return {**self.sizes, **sizes}
