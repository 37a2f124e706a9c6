"""ASAS in all ten of its classes, the seven beta Cephei stars among them: two or three of them in a
test say little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.surveys import asas

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue

NAME = "asas_all"
CLASSES = asas.CLASSES | {"bc": "beta Cephei"}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The stars with their classes, no inputs yet."""
    return asas.catalogue(NAME, NAME, CLASSES, files)


SURVEY = replace(
    asas.SURVEY,
    name=NAME,
    title="ASAS variable stars, all ten classes",
    scheme=NAME,
    splits=asas.FOLDS,
    ingest=ingest,
)
