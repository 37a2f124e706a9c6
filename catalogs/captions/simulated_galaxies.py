"""Simulated galaxies and their descriptions in de Vaucouleurs' manner, with bar, ring and arms
known pixel by pixel.

See catalogs.simulations.galaxy_strings; no sky was seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from catalogs.captions.task import Captions, CaptionTask
from catalogs.images.stack import ImageStack
from catalogs.simulations import galaxies as simulate
from catalogs.simulations import galaxy_strings as strings
from catalogs.surveys.simulated_galaxies import BANDS, SCALING

NAME = "simulated_galaxies"
SIZE = 64


def build(sizes: Mapping[str, int], seed: int) -> Captions:
    """The pictures, as in the survey of that name, and as regions the components that outshine the
    noise before the PSF.
    """
    truth = strings.truth(sum(sizes.values()), seed)
    object_id = np.array([f"sim_{n:05d}" for n in range(1, len(truth) + 1)])
    pictures = np.empty((len(truth), len(BANDS), SIZE, SIZE), np.uint8)
    regions = np.empty((len(truth), len(simulate.COMPONENTS), SIZE, SIZE), np.uint8)
    for row in range(len(truth)):
        seen, light = simulate.observe(truth.iloc[row], SIZE)
        pictures[row], regions[row] = SCALING(seen), 255 * (light > 1.0)
    about = {"captions": NAME, "simulated": True, "seed": seed, "sizes": dict(sizes), "model": 1}
    return Captions(
        object_id,
        truth["caption"].to_numpy(dtype=str),
        np.repeat(list(sizes), list(sizes.values())),
        object_id,
        ImageStack(object_id, pictures, BANDS, SCALING.describe(), about),
        ImageStack(object_id, regions, simulate.COMPONENTS, provenance=about),
    )


TASK = CaptionTask(
    name=NAME,
    title="Simulated galaxies, described",
    citation=(
        "de Vaucouleurs 1959, Handbuch der Physik 53, 275 (the notation); the galaxies are"
        " simulated"
    ),
    noun="simulated galaxies",
    moves=strings.MOVES,
    ends=strings.ENDS,
    build=build,
    simulated=True,
    sizes={"train": 8000, "test": 1000},
    look_at=strings.LOOK_AT,
    slots={
        "flattening": strings.ELLIPTICALS,
        "family": (*strings.FAMILIES, "S"),
        "variety": strings.VARIETIES,
        "stage": strings.STAGES,
        "edge-on": (strings.EDGE_ON,),
    },
    classes=(*strings.ELLIPTICALS, *strings.STAGES, strings.EDGE_ON),
    options={
        "rotation": 180.0,
        "mirror": True,
        "position": False,
        "zoom": 0.0,
        "test_views": 8,
        "max_epochs": 20,
    },
)
