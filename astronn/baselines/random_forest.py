"""Random forest: the mean vote of decision trees grown on bootstrap samples of the training part,
scikit-learn's.
"""

from __future__ import annotations

from typing import Any

from sklearn.ensemble import RandomForestClassifier

TITLE = "Random forest"
KIND = "learned"
NOTE = """scikit-learn's RandomForestClassifier (Breiman 2001) with 500 trees, each leaf of at least 2 training objects; missing
values are sent down the side of each split that separates the classes better."""


def build(*, random_state: int | None = None, **options: Any) -> RandomForestClassifier:
    """The classifier; ``options`` are its own.

    Parameters
    ----------
    random_state : int, optional
        Seed.
    **options :
        Of scikit-learn's classifier, in place of these.

    Returns
    -------
    RandomForestClassifier
        Not yet fitted.
    """
    return RandomForestClassifier(
        **{"n_estimators": 500, "min_samples_leaf": 2, "random_state": random_state, **options}
    )
