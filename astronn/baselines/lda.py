"""Linear discriminant analysis: classes as Gaussians of one covariance, Bayes' theorem for their
posteriors; scikit-learn's.
"""

from __future__ import annotations

from typing import Any

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

TITLE = "Linear discriminant analysis"
KIND = "learned"
NOTE = """scikit-learn's LinearDiscriminantAnalysis (Fisher 1936; singular values, no shrinkage, priors of the training part)
on standardised parameters; missing values are the training median with a flag column each."""


def build(*, random_state: int | None = None, **options: Any) -> Pipeline:
    """The pipeline; ``options`` are those of LinearDiscriminantAnalysis, in which nothing is
    random.

    Parameters
    ----------
    random_state : int, optional
        Not used.
    **options :
        Of scikit-learn's classifier, in place of these.

    Returns
    -------
    Pipeline
        Not yet fitted.
    """
    imputer = SimpleImputer(strategy="median", add_indicator=True)
    return make_pipeline(imputer, StandardScaler(), LinearDiscriminantAnalysis(**options))
