"""Galaxy Zoo 1's path of decisions: galaxy -> smooth | spiral | merger, spiral -> edge-on | clockwise | anticlockwise.

The pictures, classes and parts are those of the survey `galaxy_zoo1` (split by_run): whole SDSS runs train, validate or test.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalogs.captions.task import Captions, CaptionTask
from catalogs.surveys import galaxy_zoo1

NAME = "galaxy_zoo1"
PATHS = {  # by the code in the survey's table; 4, don't know, says nothing
    "0": "galaxy smooth",
    "1": "galaxy spiral clockwise",
    "2": "galaxy spiral anticlockwise",
    "3": "galaxy spiral edge-on",
    "5": "galaxy merger",
}
SPLIT = "by_run"


def build(files: Mapping[str, Path], sizes: Mapping[str, int], seed: int) -> Captions:
    """The galaxies that the visitors put into a class and that have a picture."""
    import tempfile

    import numpy as np

    from catalogs.images.stack import ImageStack

    TASK.checked_sizes(sizes)
    survey = galaxy_zoo1.SURVEY
    table = galaxy_zoo1.read_table(Path(files[galaxy_zoo1.TABLE.name]))
    caption = dict(zip(table["OBJID"], table["CLASS"].map(PATHS).fillna("")))
    catalogue = survey.ingest(files).labelled()
    with tempfile.TemporaryDirectory() as folder:
        stack = survey.images.stack(files, folder)
        catalogue = catalogue.select(np.isin(catalogue.object_id, stack.object_id))
        split = survey.split(catalogue, SPLIT, seed)
        catalogue = catalogue.select(split.object_id)
        pixels = np.array(stack.pixels[stack.rows(catalogue.object_id)])
    return Captions(
        catalogue.object_id,
        np.array([caption[name] for name in catalogue.object_id]),
        split.part,
        catalogue.group,
        ImageStack(catalogue.object_id, pixels, stack.bands, stack.scaling, stack.provenance),
    )


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
    build=build,
    files=galaxy_zoo1.FILES,
    options={
        "rotation": 180.0,
        "mirror": True,
        "mirror_pairs": [["clockwise", "anticlockwise"]],
        "position": False,
        "zoom": 0.15,
        "detail": 6,
    },
)
