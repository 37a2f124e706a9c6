"""What all network classifiers share: presets, checks of options, prediction from posteriors,
saving.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from astronn import options, presets, saving
from astronn.training.loop import Progress


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """The base: a subclass adds ``rules`` for its options, ``fit``, ``predict_proba``, ``_state``
    and ``_from_state``.
    """

    rules: ClassVar[Mapping[str, options.Rule]] = {}
    sees: ClassVar[str] = (
        "features"  # what fit and predict_proba take: "features", "images" or "light_curves"
    )

    @classmethod
    def preset(cls, name: str, **overrides: Any) -> Self:
        """The classifier with the options of a named preset (see astronn.presets), ``overrides`` in
        place of some.
        """
        return cls(**{**presets.options(name, cls.__name__), **overrides})

    def check_options(self) -> None:
        """Raise one AstronnError that names every option whose value breaks its rule."""
        options.check(self.get_params(deep=False), self.rules)

    def predict(self, X: Any) -> np.ndarray:
        """The class with the highest posterior, (N,); the first of ``classes_`` where two are
        equal.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def title(self) -> str:
        """What a table calls the fitted classifier."""
        return type(self).__name__

    def save(self, folder: str | Path) -> Path:
        """Write model.json and a safetensors file of weights into ``folder``, atomically; see
        astronn.saving.
        """
        check_is_fitted(self)
        return saving.save(self, folder)


def integer_seed(random_state: Any) -> int:
    """The integer seed itself, or one drawn from a RandomState or from fresh entropy."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def printed(verbose: bool) -> Progress:
    """Ten printed lines over a training, or nothing."""

    def report(epoch: int, max_epochs: int, loss: float) -> None:
        if verbose and epoch % max(1, max_epochs // 10) == 0:
            print(f"epoch {epoch} of {max_epochs}: loss {loss:.5f}", flush=True)

    return report
