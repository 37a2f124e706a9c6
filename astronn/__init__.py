"""Neural-network classifiers of astronomical surveys: arrays in, posterior probabilities out.

Names are imported on first use, so that ``import astronn`` loads neither torch nor scikit-learn.
``FeedforwardClassifier`` is looked for in a module ``feedforward`` of `classifiers` or of
`posteriors`: a new classifier is one new file."""

from __future__ import annotations

import warnings
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from astronn.classifiers.caption import CaptionClassifier
    from astronn.classifiers.convolutional import ConvolutionalClassifier
    from astronn.classifiers.ensemble import EnsembleClassifier
    from astronn.classifiers.feedforward import FeedforwardClassifier
    from astronn.classifiers.image_sequence import ImageSequenceClassifier
    from astronn.classifiers.recurrent import RecurrentClassifier
    from astronn.errors import AstronnError
    from astronn.inputs.grammar import Grammar
    from astronn.posteriors.calibrated import CalibratedClassifier
    from astronn.saving import load

__all__ = [
    "AstronnError",
    "CalibratedClassifier",
    "CaptionClassifier",
    "ConvolutionalClassifier",
    "EnsembleClassifier",
    "FeedforwardClassifier",
    "Grammar",
    "ImageSequenceClassifier",
    "RecurrentClassifier",
    "__version__",
    "load",
]

_SUFFIX = "Classifier"
_ROOMS = ("classifiers", "posteriors")  # where classifiers are, one per file
_OTHERS = {"AstronnError": "errors", "Grammar": "inputs.grammar", "load": "saving"}
OLD_NAMES = {"CommitteeClassifier": "EnsembleClassifier"}  # they go on working for one version


def __getattr__(name: str) -> Any:
    if name in OLD_NAMES:
        text = f"{name} is now called {OLD_NAMES[name]}; the old name goes with the next version"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        name = OLD_NAMES[name]
    if name in _OTHERS:
        return getattr(import_module(f"astronn.{_OTHERS[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("astronn-pipelines")
    home = _home_of(name) if name.endswith(_SUFFIX) else _module_called(name)
    if home is None:
        raise AttributeError(f"module 'astronn' has no attribute {name!r}")
    module = import_module(home)
    return getattr(module, name) if name.endswith(_SUFFIX) else module


def _home_of(name: str) -> str | None:
    """The module of a classifier: ImageSequenceClassifier is in image_sequence.py."""
    words = "".join(
        f"_{letter.lower()}" if letter.isupper() else letter
        for letter in name.removesuffix(_SUFFIX)
    )
    for room in _ROOMS:
        if words[1:] in {module.name for module in iter_modules([f"{__path__[0]}/{room}"])}:
            return f"astronn.{room}.{words[1:]}"
    return None


def _module_called(name: str) -> str | None:
    """The module or room of that name: ``from astronn import metrics`` gives
    astronn.statistics.metrics.
    """
    rooms = [module.name for module in iter_modules(__path__)]
    if name in rooms:
        return f"astronn.{name}"
    for room in rooms:
        if name in {module.name for module in iter_modules([f"{__path__[0]}/{room}"])}:
            return f"astronn.{room}.{name}"
    return None


def __dir__() -> list[str]:
    return sorted({*__all__, *(module.name for module in iter_modules(__path__))})
