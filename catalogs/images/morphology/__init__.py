"""Concentration, asymmetry, smoothness, Gini, M20 and colours of every galaxy of a stack: the
survey scheme without a network.

Definitions: Conselice 2003 (ApJS 147, 1), Lotz, Primack & Madau 2004 (AJ 128, 163), with the
choices of Rodriguez-Gomez et al. 2019 (MNRAS 483, 4140) where the papers leave one. All galaxies of
a batch are measured at once with torch, on a CPU or a GPU. Pixels of display-stretched pictures
(JPEG) are not linear in flux: their numbers serve to compare galaxies of one survey with each other
and must not be set beside published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catalogs.images.morphology.described import automatic_features, columns

if TYPE_CHECKING:
    import pandas as pd

    from catalogs.images.stack import ImageStack

__all__ = ["automatic_features", "columns", "measure"]


def measure(stack: ImageStack, *, device: str = "auto", batch: int = 64) -> pd.DataFrame:
    """The columns of `columns(stack.bands)`, one row per image in the stack's order; NaN where
    nothing could be measured (no object at the centre of the picture).
    """
    import pandas as pd

    from catalogs.images.morphology.batch import measure_batch

    names = [column.name for column in columns(stack.bands)]
    if not len(stack):
        return pd.DataFrame({name: np.empty(0) for name in names})
    parts = [
        measure_batch(stack.pixels[first : first + batch], stack.bands, device)
        for first in range(0, len(stack), batch)
    ]
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names})
