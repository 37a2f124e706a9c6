"""What automatic schemes see of a light curve: one row of numbers an object, measured in padded batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from catalogs.schema import Column

if TYPE_CHECKING:
    import pandas as pd

    from catalogs.lightcurves.container import LightCurves

Progress = Callable[[int, int | None], None]
AUTOMATIC = ("amplitude", "skew", "von_neumann")


def columns() -> tuple[Column, ...]:
    """The measured columns, in order."""
    from catalogs.lightcurves.features.described import VARIABILITY

    return VARIABILITY


def measurer() -> Callable[..., pd.DataFrame]:
    """The `measure` of a LightCurvePlan."""
    return partial(measure)


def measure(light_curves: LightCurves, progress: Progress | None = None) -> pd.DataFrame:
    """The columns of all objects, (N, F) float64, in their order; NaN where a light curve does not give a number."""
    import numpy as np
    import pandas as pd

    from catalogs.lightcurves.features.batches import batches
    from catalogs.lightcurves.features.variability import variability

    names = [column.name for column in columns()]
    values = np.full((len(light_curves), len(names)), np.nan)
    for rows, batch in batches(light_curves):
        found = variability(batch)
        values[rows] = np.stack([found[name].cpu().numpy() for name in names], axis=1)
    return pd.DataFrame(values, columns=names)
