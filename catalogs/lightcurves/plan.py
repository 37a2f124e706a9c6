"""How a survey declares that it has light curves, and how its automatic scheme measures them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.lightcurves import account

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from catalogs.catalogue import Catalogue
    from catalogs.lightcurves.container import LightCurves
    from catalogs.survey import Survey

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class LightCurvePlan:
    """The light curves of a survey.

    `build(files, folder, progress=)` makes the store; `bands` names its bands.
    `measure(light_curves, progress=)` makes the columns that the survey describes, one row an
    object: periods, Fourier parameters and the other numbers that automatic schemes see.
    `fewest_epochs`: objects with fewer epochs are left out of the catalogue. `periods()` gives
    periods that are known, object to days; `measure` then takes them as `period_days`."""

    build: Callable[..., LightCurves]
    bands: tuple[str, ...]
    measure: Callable[..., pd.DataFrame]
    fewest_epochs: int = 1
    periods: Callable[[], Mapping[str, float]] | None = None

    def store(
        self, files: Mapping[str, Path], folder: Path | str, progress: Progress | None = None
    ) -> LightCurves:
        """The light curves of {file name: path} in `folder`: those that lie there if they were made
        from the same, or new.
        """
        return self.build(files, Path(folder), progress=progress)

    def measured(
        self,
        survey: Survey,
        catalogue: Catalogue,
        files: Mapping[str, Path],
        folder: Path | str,
        progress: Progress | None = None,
    ) -> Catalogue:
        """The catalogue with the columns that are measured on its light curves; `folder` keeps
        them.
        """
        return self.describe(survey, catalogue, self.store(files, folder, progress), progress)

    def describe(
        self,
        survey: Survey,
        catalogue: Catalogue,
        light_curves: LightCurves,
        progress: Progress | None = None,
    ) -> Catalogue:
        """The catalogue's objects that have one of the light curves, with the measured columns put
        before those it has.
        """
        import pandas as pd

        shown = catalogue.select(restricted(catalogue, light_curves, self.fewest_epochs))
        known = {} if self.periods is None else {"period_days": self._known(shown)}
        frame = self.measure(light_curves.take(shown.object_id), progress=progress, **known)
        features = pd.concat([frame.reset_index(drop=True), shown.features], axis=1)
        lost = account.objects(
            light_curves, catalogue.object_id, catalogue.labels, self.fewest_epochs
        )
        before = catalogue.provenance.get("account", [])
        read, *gone = account.epochs(light_curves) or [""]
        said = [*before, *([read] if read else []), *gone, *lost]
        provenance = {**shown.provenance, "account": said, "lost": [*gone, *lost]}
        return replace(shown, features=features, columns=survey.columns, provenance=provenance)

    def _known(self, shown: Catalogue) -> np.ndarray:
        """The known periods of objects, (N,) float64 days, NaN where none is."""
        assert self.periods is not None
        periods = self.periods()
        return np.array([periods.get(name, np.nan) for name in shown.object_id.tolist()])


def restricted(
    catalogue: Catalogue, light_curves: LightCurves, fewest_epochs: int = 1
) -> np.ndarray:
    """Which objects of the catalogue have a light curve of at least that many epochs, (N,) bool."""
    return np.isin(
        catalogue.object_id, light_curves.object_id[light_curves.n_epochs >= fewest_epochs]
    )
