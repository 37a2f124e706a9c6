"""How a table of features and its labels come in: numpy, pandas or torch, NaN allowed, infinite
values refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

RULES = {"dtype": [np.float64, np.float32], "ensure_all_finite": "allow-nan"}


class AcceptsNaN:
    """Mixin that tells scikit-learn that NaN in X means "not measured"."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]  # of BaseEstimator, beside it
        tags.input_tags.allow_nan = True
        return tags


def check_training(estimator: Any, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """X (N, F) and y (N,) as arrays; sets n_features_in_ and, for a frame, feature_names_in_."""
    X, y = validate_data(estimator, plain(X), plain(y), **RULES)
    check_classification_targets(y)
    return X, y


def check_features(estimator: Any, X: Any) -> np.ndarray:
    """X (N, F) of a training as an array, without labels; sets what ``check_training`` sets."""
    return validate_data(estimator, plain(X), **RULES)


def check_table(estimator: Any, X: Any) -> np.ndarray:
    """X (N, F) as an array, with the features that the fitted estimator saw."""
    check_is_fitted(estimator)
    return validate_data(estimator, plain(X), **RULES, reset=False)


def plain(data: Any) -> Any:
    """A torch tensor as a numpy array; anything else as it is."""
    return data.detach().cpu().numpy() if hasattr(data, "detach") else data
