"""Histogram gradient boosting: an additive model of decision trees, scikit-learn's."""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier

TITLE = "Gradient boosting"
KIND = "learned"
NOTE = """scikit-learn's HistGradientBoostingClassifier with its defaults (Friedman 2001; Ke et al. 2017); missing values are
sent down the side of each split that lowers the loss."""


def build(*, random_state: int | None = None, **options: Any) -> HistGradientBoostingClassifier:
    """The classifier; ``options`` are its own.

    Parameters
    ----------
    random_state : int, optional
        Seed.
    **options :
        Of scikit-learn's classifier, in place of these.

    Returns
    -------
    HistGradientBoostingClassifier
        Not yet fitted.
    """
    return HistGradientBoostingClassifier(**{"random_state": random_state, **options})
