"""Captions of your own for the pictures of a survey: a CSV file with the columns object_id and
caption.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.captions.task import CaptionTask
from catalogs.errors import CatalogueError, listed
from catalogs.formats.reading.delimited import read_delimited

if TYPE_CHECKING:
    from catalogs.survey import Survey


def own(survey: Survey, name: str, path: Path | str) -> CaptionTask:
    """The set of the survey's pictures with the captions of a file: vote paths or types as text,
    tokens with blanks between.

    ``name`` is what ``survey`` is loaded by. A survey without pictures is an error.
    """
    if survey.images is None:
        raise CatalogueError(
            f"survey {survey.name!r} has no pictures to be described; choose one that has"
        )
    plan = survey.images
    turns = {"rotation": 180.0, "mirror": plan.mirrors, "position": False} if plan.turns else {}
    return CaptionTask(
        name=f"{survey.name}-captions",
        title=f"{survey.title}, captions of {Path(path).name}",
        citation=survey.citation,
        noun=survey.noun,
        survey=name,
        sequences=partial(_read, path=Path(path)),
        simulated=survey.simulated,
        options={**turns, "crop": plan.seen or None},
    )


def _read(files: Mapping[str, Path], path: Path) -> dict[str, str]:
    """The caption of each object of the file; one given twice is an error. ``files``, the survey's
    own, are not needed.
    """
    table = read_delimited(path, ("object_id", "caption"), delimiter=",")
    twice = table.loc[table["object_id"].duplicated(), "object_id"]
    if len(twice):
        raise CatalogueError(
            f"{path}: objects with two captions: {listed(twice)}; remedy: keep one each"
        )
    return dict(zip(table["object_id"], table["caption"]))
