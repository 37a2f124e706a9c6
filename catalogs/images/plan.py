"""How a survey declares that it has images, and how its automatic scheme measures them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed

if TYPE_CHECKING:
    import pandas as pd

    from catalogs.catalogue import Catalogue
    from catalogs.images.stack import ImageStack
    from catalogs.schema import Column

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class ImagePlan:
    """The images of a survey.

    `build(files, folder, size=, crop=, progress=)` makes the stack; `size` (pixels) and `crop` (the
    middle part kept, as a share of the image's side) make the one for classifiers, which look at
    its central `seen` pixels (0: at all of it); what is around them shows in turned and shifted
    views.

    `measure(stack)` makes the columns that the survey describes, one row per image, from a stack of
    `measured_size` and `measured_crop`, because the automatic scheme needs the sky about the
    object; None where the survey's table has the columns already.

    What the classes allow when a classifier is trained: `turns` says whether an object turned by
    any angle stays in its class, `mirrors` whether a mirror image shows an object of the survey at
    all, and `mirror_pairs` names the classes that become each other in the mirror.

    `truth(folder of the stack)` gives, for simulated objects, numbers that they were drawn with:
    one row per object, by object_id; the name of a column says in words what it is."""

    build: Callable[..., ImageStack]
    bands: tuple[str, ...]
    measure: Callable[[ImageStack], pd.DataFrame] | None
    size: int = 64
    crop: float = 1.0
    seen: int = 0
    measured_size: int = 128
    measured_crop: float = 1.0
    turns: bool = True
    mirrors: bool = True
    mirror_pairs: tuple[tuple[str, str], ...] = ()
    truth: Callable[[Path], pd.DataFrame] | None = None
    build_measured: Callable[..., ImageStack] | None = None

    def stack(
        self,
        files: Mapping[str, Path],
        folder: Path | str,
        *,
        size: int | None = None,
        crop: float | None = None,
        progress: Progress | None = None,
    ) -> ImageStack:
        """The stack of {file name: path} in `folder`: the one that lies there if it was made from
        the same, or a new one.

        Raises
        ------
        CatalogueError
            If size or crop is impossible, or the files cannot be used.
        """
        size, crop = size or self.size, crop or self.crop
        if size < 1 or not 0 < crop <= 1:
            raise CatalogueError(
                f"pictures of size {size} and crop {crop}: size at least 1, crop above 0, at most 1"
            )
        return self.build(files, Path(folder), size=size, crop=crop, progress=progress)

    def measured(
        self,
        catalogue: Catalogue,
        files: Mapping[str, Path],
        folder: Path | str,
        columns: tuple[Column, ...],
        progress: Progress | None = None,
    ) -> Catalogue:
        """The catalogue's objects that have a picture, with the measured columns added; `folder`
        keeps the stack measured. `columns` describes them, as the survey does.

        Raises
        ------
        CatalogueError
            If the survey measures nothing on its images, or its files cannot be used.
        """
        if self.measure is None:
            raise CatalogueError(
                f"{catalogue.survey}: nothing is measured on its pictures; use the catalogue as"
                " it is"
            )

        build = self.build_measured or self.build
        whole = {"size": self.measured_size, "crop": self.measured_crop}
        stack = build(files, Path(folder), **whole, progress=progress)
        shown = catalogue.select(restricted(catalogue, stack))
        frame = self.measure(stack).iloc[stack.rows(shown.object_id)].reset_index(drop=True)
        before = shown.provenance.get("account", [])
        lost = account(catalogue, stack, shown.object_id[frame.isna().all(axis=1)])
        own = {"account": [*before, *lost], "lost": lost}
        provenance = {**shown.provenance, **own} if lost else shown.provenance
        return replace(shown, features=frame, columns=columns, provenance=provenance)


def account(catalogue: Catalogue, stack: ImageStack, dark: np.ndarray) -> list[str]:
    """How many pictures were set aside and why, how many objects have none, and on which nothing
    could be measured (`dark`, (n,) their identifiers), in sentences.
    """
    absent = "no picture of it in the files"
    reasons = Counter(entry.reason for entry in stack.set_aside if entry.reason != absent)
    found = [f"{count} pictures set aside: {why}" for why, count in reasons.most_common()]
    without = ~np.isin(catalogue.object_id, stack.object_id)
    if without.any():
        labelled = int((without & (catalogue.labels != "")).sum())
        names = listed(catalogue.object_id[without].tolist(), 3)
        many = f"{int(without.sum())} objects, {labelled} of them labelled"
        found.append(f"{many}, have no usable picture ({names})")
    if len(dark):
        names = listed(dark.tolist(), 3)
        found.append(f"{len(dark)} pictures show nothing that could be measured ({names})")
    return found


def restricted(catalogue: Catalogue, stack: ImageStack):
    """Which objects of the catalogue have a picture in the stack, (N,) bool."""
    return np.isin(catalogue.object_id, stack.object_id)
