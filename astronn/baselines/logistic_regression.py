"""Logistic regression: posterior softmax(W x + b) by penalised maximum likelihood,
scikit-learn's.
"""

from __future__ import annotations

from typing import Any

from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

TITLE = "Logistic regression"
KIND = "learned"
NOTE = """scikit-learn's LogisticRegression (L2 penalty, C = 1) on standardised parameters; missing values are the training
median with a flag column each."""


def build(*, random_state: int | None = None, **options: Any) -> Pipeline:
    """The pipeline; ``options`` are those of LogisticRegression.

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
    classifier = LogisticRegression(**{"max_iter": 2000, "random_state": random_state, **options})
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), classifier
    )
