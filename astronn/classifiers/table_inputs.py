"""What classifiers of tables of features share: how tables come in, what prepares them, and what is
written of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import torch

from astronn import options, saving
from astronn.classifiers.base import Given, NetworkClassifier
from astronn.errors import AstronnError
from astronn.inputs import votes
from astronn.inputs.labels import Targets, as_tensor
from astronn.inputs.normaliser import KINDS, Normaliser
from astronn.inputs.tables import AcceptsNaN, check_features, check_table, check_training
from astronn.training.loop import Batch, Progress


@options.declared
class TableClassifier(AcceptsNaN, NetworkClassifier):
    """Tables (N, F) of features: numpy, pandas or torch, NaN where nothing was measured (see
    astronn.inputs.normaliser); infinite values are refused.

    Attributes
    ----------
    As of NetworkClassifier, and
    n_features_in_ : int, F. feature_names_in_ : (F,) where X was a pandas frame.
    feature_units_ : dictionary from feature to unit.
    preparation_ : astronn.inputs.normaliser.Normaliser, also as ``normaliser_``.
    """

    normalisation: Annotated[
        str,
        options.one_of(KINDS),
        "'robust': features by their median and quartiles, softly clipped; 'standard': to zero mean"
        " and unit variance (see astronn.inputs.normaliser)",
    ] = "robust"

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        units: Mapping[str, str] | None = None,
        groups: Any = None,
        validation: tuple[Any, ...] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
        sample_weight: Any = None,
    ) -> Self:
        """Train on a table of features.

        Parameters
        ----------
        X : (N, F) numpy array, pandas frame or torch tensor; NaN where nothing was measured.
        y : (N,) labels of at least two classes, or votes (N, K): how many people saw each class in
            an object, numpy or a frame whose columns name the classes. See ``loss``.
        units : dictionary from feature name to unit, kept for the record and saved.
        groups, validation, checkpoint, progress, sample_weight : as for NetworkClassifier.fit.

        Returns
        -------
        The classifier itself, fitted.

        Raises
        ------
        AstronnError : options, units, labels, weights or groups with a fault. ValueError : X or y
        that scikit-learn would refuse too, such as infinite values.
        """
        given = Given(groups, validation, checkpoint, progress, sample_weight)
        return self._fit(X, y, given, units=units)

    @property
    def normaliser_(self) -> Normaliser:
        """``preparation_``, by the name of what it does."""
        return self.preparation_

    def _read(self, X: Any, name: str = "X", **further: Any) -> np.ndarray:
        return check_table(self, X)

    def _read_training(
        self, X: Any, y: Any, *, units: Mapping[str, str] | None = None, **further: Any
    ) -> tuple[np.ndarray, Targets]:
        self._forget()
        if votes.are_votes(y):
            X = check_features(self, X)
            self.feature_units_ = _checked_units(
                units, list(getattr(self, "feature_names_in_", []))
            )
            self.classes_, counts = votes.read(y, len(X), "y", self._noun)
            return X, Targets(counts, votes.plurality(counts))
        X, y = check_training(self, X, y)
        self.feature_units_ = _checked_units(units, list(getattr(self, "feature_names_in_", [])))
        return X, self._learn_classes(y)

    def _known_targets(self, y: Any, n: int) -> Targets:
        if not votes.are_votes(y):
            return super()._known_targets(y, n)
        names, counts = votes.read(y, n, "validation y", self._noun)
        if names.tolist() != self.classes_.tolist():
            raise AstronnError(
                f"validation y has votes for {names.tolist()}, training has the classes"
                f" {self.classes_.tolist()}; give votes for the same"
            )
        return Targets(counts, votes.plurality(counts))

    def _bytes_of(self, inputs: np.ndarray) -> Iterable[bytes | np.ndarray]:
        return repr(inputs.shape).encode(), inputs

    def _prepare(
        self, inputs: np.ndarray, rows: np.ndarray, device: torch.device, **further: Any
    ) -> torch.Tensor:
        self.preparation_ = Normaliser.learn(inputs[rows], self.normalisation)
        return self._place(inputs, device)

    def _place(self, inputs: np.ndarray, device: torch.device) -> torch.Tensor:
        return torch.from_numpy(self.preparation_.transform(inputs)).to(device)

    def _set(
        self, placed: torch.Tensor, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> Batch:
        whole = len(rows) == len(placed)
        x = placed if whole else placed.index_select(0, as_tensor(rows, placed.device))
        return x, *(as_tensor(values[rows], placed.device) for values in (codes, weights))

    @classmethod
    def _restored_options(cls, plain: dict[str, Any]) -> dict[str, Any]:
        # a model saved before there was a choice was learned with the only one
        return super()._restored_options({"normalisation": "standard"} | plain)

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        document = {
            "n_features": int(self.n_features_in_),
            "features": list(getattr(self, "feature_names_in_", [])),
            "units": self.feature_units_,
        }
        return document, {
            f"normaliser.{name}": array for name, array in self.preparation_.arrays().items()
        }

    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.n_features_in_ = document["n_features"]
        if document["features"]:
            self.feature_names_in_ = np.array(document["features"], dtype=object)
        self.feature_units_ = document["units"]
        self.preparation_ = Normaliser(**saving.section(arrays, "normaliser"))


def _checked_units(units: Mapping[str, str] | None, features: list[str]) -> dict[str, str]:
    unknown = [name for name in units or {} if name not in features]
    if unknown:
        raise AstronnError(
            f"units are given for {unknown}, but the features are {features}; give X as a frame"
            " with names"
        )
    return dict(units or {})
