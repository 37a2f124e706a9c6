"""Random forest: the mean vote of decision trees grown on bootstrap samples of the training part,
scikit-learn's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

TITLE = "Random forest"
KIND = "learned"
NOTE = """scikit-learn's RandomForestClassifier (Breiman 2001) with 200 trees, each of a sample of at most 20,000 training objects
and leaves of at least 2; missing values are sent down the side of each split that separates the classes better."""
LARGEST = 20_000  # objects that a tree is grown on; of a million it would take minutes and 100 MB


class Forest(RandomForestClassifier):
    """scikit-learn's classifier; with max_samples=None each tree is grown on a bootstrap sample of
    the size of the training part, as there, but of LARGEST objects at most.
    """

    max_samples: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Forest:
        """Fit to X (N, F), NaN where missing, and labels y (N,)."""
        asked = self.max_samples
        if asked is None and self.bootstrap and len(np.asarray(y)) > LARGEST:
            self.max_samples = LARGEST
        try:
            super().fit(X, y, sample_weight)
        finally:
            self.max_samples = asked
        return self


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
    return Forest(
        **{"n_estimators": 200, "min_samples_leaf": 2, "random_state": random_state, **options}
    )
