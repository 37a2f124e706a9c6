"""Galaxy Zoo 1's path of decisions: galaxy -> smooth | spiral | merger, spiral -> edge-on |
clockwise | anticlockwise.

The pictures, classes and parts are those of the survey `galaxy_zoo1` (split by_run): whole SDSS
runs train, validate or test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalogs.captions.task import CaptionTask
from catalogs.surveys import galaxy_zoo1

NAME = "galaxy_zoo1"
PATHS = {  # by the code in the survey's table; 4, don't know, says nothing
    "0": "galaxy smooth",
    "1": "galaxy spiral clockwise",
    "2": "galaxy spiral anticlockwise",
    "3": "galaxy spiral edge-on",
    "5": "galaxy merger",
}
VIEWS = {
    "rotation": 180.0,
    "mirror": True,
    "mirror_pairs": [["clockwise", "anticlockwise"]],
    "zoom": 0.15,
    "detail": 6,
    "class_weight": 0.2,
    "label_smoothing": 0.05,
    "crop": 64,
    "test_views": 8,
    "network": "pooled",
    "network_options": {"blocks": [1, 1, 1]},
    "max_epochs": 30,
}


def sequences(files: Mapping[str, Path]) -> dict[str, str]:
    """The path of each galaxy that the visitors put into a class, by its objID."""
    table = galaxy_zoo1.read_table(Path(files[galaxy_zoo1.TABLE.name]))
    known = table[table["CLASS"].isin(list(PATHS))]
    return dict(zip(known["OBJID"], known["CLASS"].map(PATHS)))


TASK = CaptionTask(
    name=NAME,
    title="Galaxy Zoo 1, path of decisions",
    citation=galaxy_zoo1.SURVEY.citation,
    noun="galaxies",
    moves={
        "start": {"galaxy": "galaxy"},
        "galaxy": {"smooth": "decided", "spiral": "spiral", "merger": "decided"},
        "spiral": dict.fromkeys(("edge-on", "clockwise", "anticlockwise"), "decided"),
    },
    ends=("decided",),
    survey=galaxy_zoo1.NAME,
    split="by_run",
    sequences=sequences,
    classes=("smooth", "edge-on", "clockwise", "anticlockwise", "merger"),
    options={**VIEWS, "position": False},
    plain=VIEWS,
)
