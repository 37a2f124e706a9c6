"""What a set of described images is, and how it lies on disk: `captions.parquet`, `stack/`, and
where known `regions/`.

The schema is small enough for any survey with votes or types as text: one row per object with
`object_id`, `caption` (tokens with blanks between), `part` ('train', 'validation', 'test') and
`group`, and a stack of pictures under the same names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import surveys
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.files.parquet import read_frame, write_frame
from catalogs.images.stack import ImageStack

if TYPE_CHECKING:
    import numpy as np


KIND = "captions"
FILE, STACK, REGIONS = "captions.parquet", "stack", "regions"
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Captions:
    """N pictures, each with a sequence of tokens.

    object_id (N,), caption (N,), part (N,), group (N,) text; stack: their pictures, in the same
    order; regions: for each a plane a named part of the object, 255 where it is, or None where
    nobody knows. Every fault is one CatalogueError."""

    object_id: np.ndarray
    caption: np.ndarray
    part: np.ndarray
    group: np.ndarray
    stack: ImageStack
    regions: ImageStack | None = None

    def __post_init__(self) -> None:
        for name in ("object_id", "caption", "part", "group"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=str))
        faults = Faults("captions")
        stacks = [self.stack] + ([] if self.regions is None else [self.regions])
        if any(stack.object_id.tolist() != self.object_id.tolist() for stack in stacks):
            faults.add(
                "pictures or regions are not those of the objects, in their order",
                "give one picture a caption",
            )
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
        return np.flatnonzero(self.part == part)

    def write(self, folder: Path | str) -> None:
        """Write the set to `folder`, the table last: it exists from then on."""
        import pandas as pd

        self.stack.write(Path(folder) / STACK)
        if self.regions is not None:
            self.regions.write(Path(folder) / REGIONS)
        columns = {name: getattr(self, name) for name in ("object_id", "caption", "part", "group")}
        write_frame(
            Path(folder) / FILE,
            pd.DataFrame(columns),
            KIND,
            {"regions": self.regions is not None},
            {},
        )

    @classmethod
    def read(cls, folder: Path | str) -> Captions:
        """The set that lies in `folder`, its pictures memory-mapped."""
        frame, about = read_frame(Path(folder) / FILE, KIND)
        regions = ImageStack.read(Path(folder) / REGIONS) if about["regions"] else None
        columns = {
            name: frame[name].to_numpy(dtype=str)
            for name in ("object_id", "caption", "part", "group")
        }
        return cls(**columns, stack=ImageStack.read(Path(folder) / STACK), regions=regions)


@dataclass(frozen=True)
class CaptionTask:
    """One set of described images.

    A composed set has `build(sizes, seed)`, which makes it with sizes {'train': n, 'test': n}. A
    set of real pictures names its `survey` and the `split` of it, and has `sequences({file name:
    path})`, the caption of each object by its name.

    `moves` and `ends` are the automaton of the sequences that may be said (without moves: those of
    the training part); `look_at` names the plane of `regions` that shows what a token speaks of,
    and a token that stands in `by_place` speaks of the plane of its own place in the sequence.
    `slots` groups the tokens into attributes. `options` are those of the classifier that suit the
    set; where the last token is a class, `classes` lists these and `plain` has the options of a
    classifier without words to stand beside it."""

    name: str
    title: str
    citation: str
    noun: str
    moves: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ends: tuple[str, ...] = ()
    build: Callable[[Mapping[str, int], int], Captions] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    survey: str = ""
    split: str = ""
    sequences: Callable[[Mapping[str, Path]], dict[str, str]] | None = None
    simulated: bool = False
    look_at: Mapping[str, str] = field(default_factory=dict)
    by_place: frozenset[str] = frozenset()
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    plain: Mapping[str, object] = field(default_factory=dict)

    def regions_of(self, caption: str) -> list[str]:
        """The plane of each token of a caption, '' where it speaks of no known one."""
        tokens = caption.split()
        return [
            f"place {n}" if token in self.by_place else self.look_at.get(token, "")
            for n, token in enumerate(tokens, 1)
        ]


def of_survey(
    task: CaptionTask, files: Mapping[str, Path], stack: ImageStack, seed: int, **sizes: int
) -> Captions:
    """The objects of a survey that have a caption, a class and a picture in the stack, in the parts
    of the task's split.

    `sizes`, n_train and n_test, take the place of the split's own numbers where it has such.

    Raises
    ------
    CatalogueError
        If the set is not one of a survey, or no object has a caption, a class and an image.
    """
    if task.sequences is None:
        raise CatalogueError(
            f"captions {task.name!r} are composed, not those of a survey; remedy: make them with"
            " build(sizes, seed)"
        )
    survey, said = surveys.load(task.survey), task.sequences(files)
    catalogue = survey.ingest(files).labelled()
    described = [bool(said.get(name, "").split()) for name in catalogue.object_id.tolist()]
    catalogue = catalogue.select(
        np.isin(catalogue.object_id, stack.object_id) & np.array(described, dtype=bool)
    )
    if not len(catalogue):
        raise CatalogueError(
            f"captions {task.name!r}: no object of {task.survey!r} has a caption and a picture;"
            " remedy: give captions under the survey's own object_id"
        )
    split = survey.split(catalogue, task.split or next(iter(survey.splits)), seed, **sizes)
    used = np.isin(split.part, PARTS)
    catalogue = catalogue.select(split.object_id[used])
    pixels = np.asarray(stack.pixels[stack.rows(catalogue.object_id)])
    shown = ImageStack(catalogue.object_id, pixels, stack.bands, stack.scaling, stack.provenance)
    return Captions(
        catalogue.object_id,
        np.array([said[name] for name in catalogue.object_id], dtype=str),
        split.part[used],
        catalogue.group,
        shown,
    )
