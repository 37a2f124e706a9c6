"""Posteriors that mean what they say: temperature scaling, fitted on objects that the network was
not trained on.

Guo, Pleiss, Sun & Weinberger 2017, ICML, arXiv:1706.04599, eq. 9: q = softmax(z / T), one T > 0 for
all objects and classes. The order of the classes of an object never changes, so neither does
accuracy. Reliability tables and calibration errors are made by reports.measures.reliability, Brier
score and log loss by astronn.statistics.metrics.

scikit-learn 1.8 and later has CalibratedClassifierCV(method="temperature"); a test holds the two
together. This one is for models that are saved without pickles, for splits that keep groups
together, and for scikit-learn before 1.8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict
from sklearn.utils import column_or_1d, get_tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from astronn import options, saving
from astronn.compute import randomness
from astronn.errors import AstronnError
from astronn.inputs.labels import groups_of, sample_weights
from astronn.inputs.tables import plain
from astronn.statistics import metrics

LOG_T = (
    -5.0,
    5.0,
)  # T is sought between 0.0067 and 148; objects that are all classified right have none above 0


class TemperatureScaling(TransformerMixin, BaseEstimator):
    """q = softmax(log p / T), T the minimum of the mean log loss of q (Guo et al. 2017, eq. 9).

    ``classes`` names the columns of the posteriors; None: the sorted labels, all of which must then
    occur. Learned: ``temperature_``, above 1 where the posteriors were too sure of themselves, and
    ``classes_``."""

    def __init__(self, classes: Sequence[Any] | None = None) -> None:
        self.classes = classes

    def fit(
        self, posteriors: ArrayLike, labels: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> TemperatureScaling:
        """Learn T from posteriors, or logits, (N, K) of objects that the classifier has not seen,
        and their labels (N,), weighed by ``sample_weight`` (N,).

        Raises
        ------
        AstronnError
            If posteriors, labels, weights and classes do not belong together.
        """
        z, labels = logits(posteriors), np.asarray(plain(labels))
        self.classes_ = np.unique(labels) if self.classes is None else np.asarray(self.classes)
        if z.shape != (len(labels), len(self.classes_)) or not len(z):
            raise AstronnError(
                f"posteriors have the shape {z.shape}, but there are {len(labels)} labels and"
                f" {len(self.classes_)} classes; give one row per object and one column per class,"
                " and name the classes where some do not occur"
            )
        own = np.arange(len(z)), metrics.encode(labels, self.classes_)
        weights = sample_weights(sample_weight, own[1], "object", every_class=False)
        found = minimize_scalar(
            lambda log_t: (
                -np.average(log_softmax(z * np.exp(-log_t), axis=1)[own], weights=weights)
            ),
            bounds=LOG_T,
            options={"xatol": 1e-9},
        )
        self.temperature_ = float(np.exp(found.x))
        return self

    def transform(self, posteriors: ArrayLike) -> np.ndarray:
        """Posteriors at the temperature, (N, K), from posteriors or logits (N, K); in float32 what
        came in float32.
        """
        check_is_fitted(self)
        dtype = np.asarray(posteriors).dtype
        scaled = softmax(logits(posteriors) / self.temperature_, axis=1)
        return scaled.astype(dtype if dtype.kind == "f" else float, copy=False)


def logits(posteriors: ArrayLike) -> np.ndarray:
    """log p, (N, K) float64, of rows that are probabilities; rows of anything else are logits
    already and stay as they are.

    A probability of 0 counts as the smallest step of its float type. What is not finite, or not (N,
    K), raises AstronnError."""
    given = np.asarray(posteriors)
    z = given.astype(float)
    if z.ndim != 2 or not np.isfinite(z).all():
        raise AstronnError(
            f"posteriors must be finite numbers (objects, classes), got the shape {z.shape}, or NaN"
            " in it"
        )
    if (z >= 0).all() and np.allclose(z.sum(1), 1, atol=1e-4):
        return np.log(
            np.maximum(z, np.finfo(given.dtype if given.dtype.kind == "f" else float).eps)
        )
    return z


def out_of_fold(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    folds: int = 5,
    groups: ArrayLike | None = None,
    seed: int = 0,
    sample_weight: ArrayLike | None = None,
    first_only: bool = False,
) -> np.ndarray:
    """The posteriors of each object from a copy of ``estimator`` that did not see it, nor its
    group: (N, K).

    Columns are the sorted classes. Folds keep the class mix and are drawn from ``seed``. With
    ``first_only`` one copy is trained, and the objects of the other folds are NaN.
    ``sample_weight`` (N,) weighs the objects of the copies' trainings.
    """
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    state = int(randomness.stream(seed, "folds").integers(2**31))
    folds_of = kind(folds, shuffle=True, random_state=state)
    if first_only:
        return _of_first_fold(estimator, plain(X), plain(y), folds_of, groups, sample_weight)
    return cross_val_predict(
        clone(estimator),
        plain(X),
        plain(y),
        cv=folds_of,
        groups=groups,
        method="predict_proba",
        params=_of_objects(estimator, groups, sample_weight) or None,
    )


def _of_first_fold(
    estimator: Any, X: Any, y: Any, folds_of: Any, groups: Any, sample_weight: Any
) -> np.ndarray:
    """As ``out_of_fold`` of the first fold alone."""
    train, test = next(folds_of.split(X, y, groups))
    own = {k: v[train] for k, v in _of_objects(estimator, groups, sample_weight).items()}
    shown: Any = X.iloc if hasattr(X, "iloc") else np.asarray(X)
    seen, unseen = shown[train], shown[test]
    fitted, classes = clone(estimator).fit(seen, np.asarray(y)[train], **own), np.unique(y)
    found = np.full((len(y), len(classes)), np.nan, dtype=np.float32)
    found[test] = 0.0
    columns = metrics.encode(fitted.classes_, classes)
    found[np.ix_(test, columns)] = fitted.predict_proba(unseen)
    return found


def _of_objects(
    estimator: Any, groups: ArrayLike | None, sample_weight: ArrayLike | None
) -> dict[str, np.ndarray]:
    """Arguments of the fit of ``estimator``: ``groups`` where it asks for them, and the weights;
    AstronnError where it takes none.
    """
    asked, found = signature(estimator.fit).parameters, {}
    if groups is not None and "groups" in asked:
        found["groups"] = np.asarray(groups)
    if sample_weight is not None and "sample_weight" not in asked:
        raise AstronnError(
            f"sample_weight is given, but {type(estimator).__name__} takes no weights; leave them"
            " out, or choose another classifier"
        )
    if sample_weight is not None:
        found["sample_weight"] = np.asarray(plain(sample_weight))
    return found


class CalibratedClassifier(ClassifierMixin, BaseEstimator):
    """``estimator`` with its posteriors at a temperature learned from out-of-fold posteriors of the
    training part.

    ``folds`` + 1 copies are trained: one per fold for the temperature, and one on all objects,
    which classifies.

    Parameters
    ----------
    estimator : an unfitted classifier with ``predict_proba``.
    folds : an integer >= 2, parts of the training objects, each left out of one copy.
    random_state : an integer, from which the folds are drawn.

    Attributes
    ----------
    classes_ : (K,) array of the class labels, sorted.
    estimator_ : the fitted classifier, trained on all objects.
    scaling_ : TemperatureScaling.
    out_of_fold_ : (N, K), posteriors of the training objects from copies that did not see them.
    """

    def __init__(self, estimator: Any, *, folds: int = 5, random_state: int = 0) -> None:
        self.estimator = estimator
        self.folds = folds
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **fit_options: Any,
    ) -> CalibratedClassifier:
        """Train on objects X and their labels y.

        Parameters
        ----------
        X : the inputs of N objects, as ``estimator`` takes them.
        y : (N,) labels of at least two classes.
        groups : (N,) or None; objects of one group stay in one fold, and on one side of a
            validation part that ``estimator`` sets aside.
        sample_weight : (N,) numbers >= 0 or None; weighs the objects of the estimator's training,
            of its copies' and those that the temperature is learned from.
        **fit_options : of the fit of the estimator that classifies.

        Returns
        -------
        The classifier itself, fitted.

        Raises
        ------
        AstronnError : one class, options, weights or groups with a fault. ValueError : labels that
        scikit-learn refuses.
        """
        options.check({"folds": self.folds}, {"folds": options.whole(2)})
        y = column_or_1d(plain(y), warn=True)
        check_classification_targets(y)
        if len(np.unique(y)) < 2:
            raise AstronnError("y holds one class; a classifier needs at least two classes")
        if groups is not None:
            groups = groups_of(groups, len(np.asarray(y)), "object")
        sample_weights(sample_weight, np.unique(y, return_inverse=True)[1], "object")
        self.out_of_fold_ = out_of_fold(
            self.estimator,
            X,
            y,
            folds=self.folds,
            groups=groups,
            seed=self.random_state,
            sample_weight=sample_weight,
        )
        own = _of_objects(self.estimator, groups, sample_weight)
        self._adopt(clone(self.estimator).fit(X, y, **{**own, **fit_options}))
        self.scaling_ = TemperatureScaling(self.classes_).fit(self.out_of_fold_, y, sample_weight)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Calibrated posterior probability of each class.

        Parameters
        ----------
        X : the inputs of N objects, as ``estimator`` takes them.

        Returns
        -------
        (N, K) in the order of ``classes_``, rows summing to 1.

        Raises
        ------
        NotFittedError : before fit.
        """
        check_is_fitted(self)
        return self.scaling_.transform(self.estimator_.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """The class with the highest posterior, which the temperature does not change.

        Parameters
        ----------
        X : the inputs of N objects, as ``estimator`` takes them.

        Returns
        -------
        (N,) labels.

        Raises
        ------
        NotFittedError : before fit.
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)

    def save(self, folder: str | Path) -> Path:
        """Write the estimator and its temperature; see astronn.saving.

        Parameters
        ----------
        folder : made if missing; a model already there is replaced.

        Returns
        -------
        The folder.

        Raises
        ------
        NotFittedError : before fit. AstronnError : an estimator that is not of astronn.
        """
        check_is_fitted(self)
        return saving.save(self, folder)

    def describe(self) -> str:
        """What the network is made of, and at which temperature it answers.

        Returns
        -------
        A table of plain text, see NetworkClassifier.describe.

        Raises
        ------
        NotFittedError : before fit.
        """
        check_is_fitted(self)
        inner = getattr(self.estimator_, "describe", lambda: repr(self.estimator_))()
        return f"{inner}\ntemperature {self.scaling_.temperature_:.3f}"

    def title(self) -> str:
        """What a table calls the fitted classifier: 'Network 13:13:5, calibrated'."""
        inner = getattr(self.estimator_, "title", lambda: type(self.estimator_).__name__)()
        return f"{inner}, calibrated"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self.estimator).input_tags
        return tags

    def _adopt(self, fitted: Any) -> None:
        """Make ``fitted`` the estimator that classifies."""
        self.estimator_ = fitted
        for name in ("classes_", "n_features_in_", "feature_names_in_"):
            if hasattr(fitted, name):
                setattr(self, name, getattr(fitted, name))

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        if not hasattr(self.estimator_, "_state"):
            raise AstronnError(
                f"{type(self.estimator_).__name__} cannot be saved; calibrate a classifier of"
                " astronn"
            )
        inner, arrays = self.estimator_._state()
        document = {
            "kind": type(self.estimator_).__name__,
            "estimator": inner,
            "temperature": self.scaling_.temperature_,
            "folds": self.folds,
            "random_state": self.random_state,
        }
        return document, arrays | {"out_of_fold": self.out_of_fold_}

    @classmethod
    def _from_state(
        cls, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray], device: str
    ) -> CalibratedClassifier:
        inner = saving.kind_called(document["kind"])._from_state(
            document["estimator"], arrays, device
        )
        self = cls(clone(inner), folds=document["folds"], random_state=document["random_state"])
        self._adopt(inner)
        self.out_of_fold_ = arrays["out_of_fold"]
        self.scaling_ = TemperatureScaling(self.classes_)
        self.scaling_.classes_, self.scaling_.temperature_ = self.classes_, document["temperature"]
        return self
