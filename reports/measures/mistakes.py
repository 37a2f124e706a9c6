"""The mistakes that a classifier was surest of: where a label is wrong, a picture is strange, or a
lesson waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.measures.folded import FoldedCurve
from reports.predictions import Predictions

MOST = 12
VIEWER = "https://aladin.cds.unistra.fr/AladinLite/?target={ra:.5f}%20{dec}&fov=0.10"


@dataclass(frozen=True)
class Mistake:
    """One object that was put into the wrong class: the two classes, the posterior of the wrong
    one, the position in degrees (None if it has none), its `values` in the columns of the sheet
    (None where not measured), its light curve if it has one.
    """

    object_id: str
    reference: str
    predicted: str
    posterior: float
    ra_deg: float | None
    dec_deg: float | None
    values: tuple[float | None, ...]
    curve: FoldedCurve | None = None

    @property
    def viewer(self) -> str:
        """The address at which Aladin Lite shows the place on the sky; '' without a position."""
        if self.ra_deg is None or self.dec_deg is None:
            return ""
        return VIEWER.format(ra=self.ra_deg, dec=f"{self.dec_deg:+.5f}".replace("+", "%2B"))


@dataclass(frozen=True)
class MistakeSheet:
    """The surest mistakes of one classifier, the surest first, of `n_wrong` in all; `columns` name
    what the values are.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Mistake, ...]
    n_wrong: int


def surest(
    predictions: Predictions,
    ra_deg: np.ndarray,
    dec_deg: np.ndarray,
    values: Mapping[str, np.ndarray],
    most: int = MOST,
    curves: Callable[[Sequence[str]], Mapping[str, FoldedCurve]] | None = None,
) -> MistakeSheet | None:
    """The sheet of one classifier; None if it gives no posteriors or makes no mistake.

    `ra_deg`, `dec_deg` and each of `values` are (N,) floats in the order of the predictions, NaN
    where unknown. `curves` gives the light curves of objects named to it, of those that have one.
    """
    if predictions.posteriors is None:
        return None
    wrong = np.flatnonzero(predictions.predicted != predictions.reference)
    if not len(wrong):
        return None
    sure = np.asarray(predictions.posteriors, dtype=float).max(axis=1)
    order = wrong[np.lexsort((predictions.object_id[wrong], -sure[wrong]))][
        :most
    ]  # equal ones by name: always the same
    drawn = curves([str(predictions.object_id[i]) for i in order]) if curves else {}
    rows = [
        Mistake(
            object_id=str(predictions.object_id[i]),
            reference=str(predictions.reference[i]),
            predicted=str(predictions.predicted[i]),
            posterior=round(float(sure[i]), 4),
            ra_deg=_known(ra_deg[i], 5),
            dec_deg=_known(dec_deg[i], 5),
            values=tuple(_known(column[i], 4) for column in values.values()),
            curve=drawn.get(str(predictions.object_id[i])),
        )
        for i in order
    ]
    return MistakeSheet(predictions.name, predictions.title, tuple(values), tuple(rows), len(wrong))


def _known(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None
