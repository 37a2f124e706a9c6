"""scikit-learn's own multilayer perceptron: the same kind of network, trained by another
library.
"""

from __future__ import annotations

from typing import Any

from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

TITLE = "scikit-learn MLP"
KIND = "learned"
NOTE = """scikit-learn's MLPClassifier with its defaults (100 ReLU units, Adam, L2 penalty 1e-4, at most 200 epochs) on
standardised parameters; missing values are the training median with a flag column each."""


def build(*, random_state: int | None = None, **options: Any) -> Pipeline:
    """The pipeline; ``options`` are those of MLPClassifier.

    Parameters
    ----------
    random_state : int, optional
        Seed.
    **options :
        Of scikit-learn's classifier, in place of these.

    Returns
    -------
    Pipeline
        Not yet fitted.
    """
    classifier = MLPClassifier(**{"random_state": random_state, **options})
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), classifier
    )
