"""One way to fit, for every classifier: the inputs are read, a validation part is set aside by
group, what prepares the inputs is learned from the rest, the networks are trained, and all that was
learned can be written down and read back.

`NetworkClassifier.fit` is this template. A classifier is one file with a class that

- declares its options (`astronn.options.declared`, those shared in `shared_options`) and says by
  ``input_kind`` what it is shown;
- reads inputs: ``_read``; learns what prepares them, and puts them on the device: ``_prepare``,
  ``_place``, ``_set``;
- trains one network: ``_train``; answers: ``predict_proba``;
- says what it learned beside the weights: ``_learned``, and takes it back: ``_restore`` and
  ``_restored_network``.

docs/decisions/0008 has the recipe; tests/astronn/classifiers/test_classifier_contract.py holds
every class that is found to all that stands here."""

from __future__ import annotations

import hashlib
import json
import numbers
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from astronn import options, presets
from astronn.classifiers.saved import Saved
from astronn.classifiers.shared_options import TrainingOptions
from astronn.compute import devices, randomness
from astronn.errors import AstronnError
from astronn.inputs.labels import (
    Targets,
    class_weights,
    groups_of,
    labels_of,
    sample_weights,
    weights_like,
)
from astronn.inputs.normaliser import group_parts, stratified_parts
from astronn.networks import layers
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import History, Progress
from astronn.training.progress import mean_history, of_member, printed

# what messages call one object of each kind of input
NOUNS = {
    "features": "object",
    "images": "image",
    "light_curves": "light curve",
    "image_sequences": "sequence",
}


class Given(NamedTuple):
    """What ``fit`` was given beside inputs and labels."""

    groups: Any = None
    validation: tuple[Any, ...] | None = None
    checkpoint: str | Path | None = None
    progress: Progress | None = None
    sample_weight: Any = None


@options.declared
class NetworkClassifier(Saved, TrainingOptions, ClassifierMixin, BaseEstimator):
    """The base of all classifiers of this package: the template of ``fit``, and all that follows
    from it.

    Attributes
    ----------
    classes_ : (K,) array of the class labels, sorted.
    preparation_ : what prepares inputs, learned from the training part alone.
    networks_ : list of the trained torch modules.
    history_ : astronn.training.loop.History, the losses of each epoch, means over networks.
    n_iter_ : int, epochs of training.
    seed_ : int, the seed that everything was drawn from.
    """

    # what fit and predict_proba take, one of NOUNS
    input_kind: ClassVar[str] = "features"
    # methods by their names of version 0.1.0, which go on working for one version, as
    # options.OLD_NAMES do
    old_methods: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def preset(cls, name: str, **overrides: Any) -> Self:
        """The classifier with the options of a named preset.

        Parameters
        ----------
        name : str, one of astronn.presets.names().
        **overrides : options in place of the preset's.

        Returns
        -------
        An unfitted classifier of this class.

        Raises
        ------
        AstronnError : an unknown preset, or one of another classifier.
        """
        return cls(**{**presets.options(name, cls.__name__), **overrides})

    def check_options(self) -> None:
        """Look at all options; ``fit`` does so first.

        Raises
        ------
        AstronnError : names every option that breaks its rule, or asks of another what it has not.
        """
        values = options.values_of(self)
        found = options.faults(values, options.rules_of(type(self))) + self.option_faults()
        if found:
            raise AstronnError("; ".join(found))

    def set_params(self, **params: Any) -> Self:
        """Set options by name, as scikit-learn does; old names are taken for one version.

        Returns
        -------
        The classifier itself.

        Raises
        ------
        ValueError : an option that there is not.
        """
        return super().set_params(**options.renamed(params, type(self)))

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        groups: Any = None,
        validation: tuple[Any, ...] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
        sample_weight: Any = None,
    ) -> Self:
        """Train on objects X and their labels y.

        Parameters
        ----------
        X : the inputs of N objects, in the form that the class says.
        y : (N,) labels of at least two classes.
        groups : (N,) or None; objects of one group fall on one side of the validation part.
        validation : (inputs, labels), used in place of such a part; needs early_stopping=True.
        checkpoint : folder in which the training is kept after each epoch. A fit that was ended
            goes on from there, to the same bytes, when it is called again with the same inputs and
            options. Needs an integer random_state.
        progress : called as progress(epoch, epochs of all networks, loss) after each epoch.
        sample_weight : (N,) numbers >= 0 or None; in the mean loss an object of weight 2 counts as
            two of weight 1. Only ratios matter. What prepares the inputs is learned from objects,
            whatever their weights; objects of ``validation`` all have weight 1.

        Returns
        -------
        The classifier itself, fitted.

        Raises
        ------
        AstronnError : options, inputs, labels, weights or groups with a fault, or a training that
        diverges.
        """
        return self._fit(X, y, Given(groups, validation, checkpoint, progress, sample_weight))

    def _fit(self, X: Any, y: Any, given: Given, **further: Any) -> Self:
        """The template, and nothing changed where it fails; ``further`` are a class's own
        arguments.
        """
        before = dict(vars(self))
        try:
            return self._fitted(X, y, given, **further)
        except BaseException:
            self.__dict__ = before
            raise

    def _fitted(self, X: Any, y: Any, given: Given, **further: Any) -> Self:
        self.check_options()
        device = devices.resolve(self.device)
        inputs, targets = self._read_training(X, y, **further)
        own = sample_weights(given.sample_weight, targets.classes, self._noun)
        device = self._settled(device, inputs)
        self.seed_ = integer_seed(self.random_state)
        keep = self._checkpoints(given.checkpoint, inputs, targets, own, **further)
        kept, aside = self._parts(targets.classes, given)
        placed = self._prepare(inputs, kept, device, **further)
        of_class = class_weights(self.class_weight, self.classes_, targets.classes, own)
        weights = of_class if own is None else of_class * own
        training, held = self._set(placed, kept, targets.codes, weights), None
        if aside is not None:
            held = self._set(placed, aside, targets.codes, weights)
        elif given.validation is not None:
            others, theirs = self._read_validation(given.validation)
            alike, rows = weights_like(theirs.classes, targets.classes, of_class), len(theirs.codes)
            held = self._set(self._place(others, device), np.arange(rows), theirs.codes, alike)
        report, trained = given.progress or printed(self.verbose), []
        for member in range(self._n_trainings):
            shown = partial(of_member, report, member, self._n_trainings)
            trained.append(self._train(training, held, member, shown, keep(member), **further))
        self.networks_ = [network for network, _ in trained]
        self._keep_history(mean_history([history for _, history in trained]))
        return self

    # What a class says of itself -----------------------------------------------------------------

    @abstractmethod
    def _read(self, X: Any, name: str = "X", **further: Any) -> Any:
        """The checked inputs; once fitted, inputs of another shape raise AstronnError."""

    @abstractmethod
    def _prepare(self, inputs: Any, rows: np.ndarray, device: torch.device, **further: Any) -> Any:
        """Learn ``preparation_`` from ``rows`` alone; return all inputs on the device."""

    @abstractmethod
    def _place(self, inputs: Any, device: torch.device) -> Any:
        """Further inputs on the device, prepared alike."""

    @abstractmethod
    def _set(self, placed: Any, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray) -> Any:
        """What ``_train`` is given of some rows; ``codes`` and ``weights`` run over all."""

    @abstractmethod
    def _train(
        self,
        training: Any,
        held: Any,
        member: int,
        progress: Progress,
        checkpoint: Checkpoint | None,
        **further: Any,
    ) -> tuple[torch.nn.Module, History]:
        """One trained network, validated on ``held`` where there is such a set."""

    @abstractmethod
    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class.

        Returns
        -------
        (N, K) float32 in the order of ``classes_``, rows summing to 1.

        Raises
        ------
        NotFittedError : before fit. AstronnError : X of another shape than in training.
        """

    @abstractmethod
    def _bytes_of(self, inputs: Any) -> Iterable[bytes | np.ndarray]:
        """All of the inputs, for the digest that says whose a checkpoint is."""

    @abstractmethod
    def _example(self) -> tuple[Any, ...]:
        """One network, the shape of one object's input and the network's further arguments, for
        ``describe``.
        """

    # What follows for all ------------------------------------------------------------------------

    def _settled(self, device: torch.device, inputs: Any) -> torch.device:
        """Where to train, of a device that was resolved before the inputs were read."""
        return device

    @property
    def _noun(self) -> str:
        return NOUNS[self.input_kind]

    def _read_training(self, X: Any, y: Any, **further: Any) -> tuple[Any, Targets]:
        """Checked inputs and targets; sets ``classes_`` and what is known of the inputs' shape."""
        self._forget()
        inputs = self._read(X, **further)
        return inputs, self._learn_classes(labels_of(y, len(inputs), "y", self._noun))

    def _learn_classes(self, labels: np.ndarray) -> Targets:
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            one = self.classes_.tolist()[0]
            raise AstronnError(
                f"y holds one class, {one!r}; a classifier needs at least two classes"
            )
        return Targets(codes, codes)

    def _read_validation(self, validation: tuple[Any, ...]) -> tuple[Any, Targets]:
        """Inputs and targets of the validation objects that ``fit`` was given."""
        held = self._read(validation[0], "validation X")
        return held, self._known_targets(validation[1], len(held))

    def _known_targets(self, y: Any, n: int) -> Targets:
        labels = labels_of(y, n, "validation y", self._noun)
        if not np.isin(labels, self.classes_).all():
            raise AstronnError(
                f"validation must hold labels of the training {self._noun}s' classes"
            )
        codes = np.searchsorted(self.classes_, labels)
        return Targets(codes, codes)

    def _parts(self, classes: np.ndarray, given: Given) -> tuple[np.ndarray, np.ndarray | None]:
        """The rows to train on and those to validate on, if any."""
        n = len(classes)
        groups = None if given.groups is None else groups_of(given.groups, n, self._noun)
        if given.validation is not None and not self.early_stopping:
            raise AstronnError(
                "validation is given but early_stopping is False; set early_stopping=True to use it"
            )
        if not self.early_stopping or given.validation is not None:
            return np.arange(n), None
        draws = randomness.stream(self.seed_, "validation part")
        if groups is not None:
            return group_parts(groups, draws, self.validation_fraction)
        return stratified_parts(classes, draws.permutation(n), self.validation_fraction)

    def _checkpoints(
        self,
        folder: str | Path | None,
        inputs: Any,
        targets: Targets,
        weights: np.ndarray | None,
        **further: Any,
    ) -> Any:
        """member -> its Checkpoint in ``folder``, or None where there is no folder."""
        if folder is None:
            return lambda member: None
        if not isinstance(self.random_state, int | np.integer):
            raise AstronnError(
                f"checkpoint needs an integer random_state, not {self.random_state!r}: other seeds"
                " never match"
            )
        said = self._plain_options() | {"device": None, "verbose": None}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode())
        own = () if weights is None else (weights,)
        for part in (*self._bytes_of(inputs), targets.codes, self.classes_.astype(str), *own):
            digest.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).data)
        return lambda member: Checkpoint(
            Path(folder) / f"network-{member}.safetensors", digest.hexdigest()
        )

    def _forget(self) -> None:
        """Drop what an earlier fit learned, so that no new input is held to its shape."""
        for name in [name for name in vars(self) if name.endswith("_") and name[0] != "_"]:
            delattr(self, name)

    @property
    def network_(self) -> Any:
        """The first of ``networks_``."""
        return self.networks_[0]

    def __getattr__(self, name: str) -> Any:
        """Options and methods by their old names, for one version."""
        new = type(self).old_methods.get(name) or options.OLD_NAMES.get(name, "")
        if not hasattr(type(self), new):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        options.warn_of_old(name, new, stacklevel=3)
        return getattr(self, new)

    @property
    def _home(self) -> torch.device:
        """Where the fitted networks lie."""
        return next(self.networks_[0].parameters()).device

    def predict(self, X: Any) -> np.ndarray:
        """The class with the highest posterior.

        Parameters
        ----------
        X : the inputs of N objects, as ``fit`` takes them.

        Returns
        -------
        (N,) labels; the first of ``classes_`` where two posteriors are equal.

        Raises
        ------
        NotFittedError : before fit. AstronnError : X of another shape than in training.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def title(self) -> str:
        """What a table calls the fitted classifier.

        Returns
        -------
        A few words, such as 'Network 13:13:5'.
        """
        return type(self).__name__

    def describe(self) -> str:
        """What the network is made of.

        Returns
        -------
        A table of plain text: the layers, the shape of what each gives for one object, and the
        numbers that it learned.

        Raises
        ------
        NotFittedError : before fit.
        """
        check_is_fitted(self)
        network, shape, *others = self._example()
        return layers.text(network, shape, *others)


def integer_seed(random_state: Any) -> int:
    """The integer seed itself, or one drawn from a RandomState or from fresh entropy."""
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
