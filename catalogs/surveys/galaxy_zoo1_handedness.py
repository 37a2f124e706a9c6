"""Which way the face-on spirals of Galaxy Zoo 1 wind: the classes 1 and 2 of `galaxy_zoo1`, its
files and its pictures.

A mirror image belongs to the other class. No measurement of the automatic scheme knows left from
right: concentration, asymmetry, smoothness, Gini, M20 and colours are the same in the mirror, so
that a forest on them must stay at chance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.images.morphology import measure
from catalogs.images.plan import ImagePlan
from catalogs.survey import Survey
from catalogs.surveys import galaxy_zoo1

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue

NAME = "galaxy_zoo1_handedness"
CLASSES = {"1": "clockwise", "2": "anticlockwise"}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The 680 spirals of the table whose sense of winding the visitors saw."""
    return galaxy_zoo1.catalogue(NAME, "handedness", CLASSES, files)


SURVEY = Survey(
    name=NAME,
    title="Galaxy Zoo 1 spirals, which way they wind",
    citation=galaxy_zoo1.SURVEY.citation,
    licence=galaxy_zoo1.SURVEY.licence,
    files=galaxy_zoo1.FILES,
    scheme="handedness",
    noun="spirals",
    columns=galaxy_zoo1.COLUMNS,
    automatic_features=galaxy_zoo1.SURVEY.automatic_features,
    splits=galaxy_zoo1.SPLITS,
    ingest=ingest,
    images=ImagePlan(
        build=galaxy_zoo1.stack_builder(CLASSES),
        bands=galaxy_zoo1.BANDS,
        measure=measure,
        size=77,
        # the network sees .30 of the side, all of a galaxy and little sky, as 64 pixels: two of the
        # original each
        crop=0.36,
        seen=64,
        measured_crop=0.6,
        mirror_pairs=(("clockwise", "anticlockwise"),),
    ),
    classifier="handedness",
)
