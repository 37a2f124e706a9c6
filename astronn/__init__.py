"""Neural-network classifiers of astronomical surveys: arrays in, posterior probabilities out.

Names are imported on first use, so that ``import astronn`` loads neither torch nor scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from astronn.calibration import CalibratedClassifier
    from astronn.captions import CaptionClassifier
    from astronn.classifiers import FeedforwardClassifier
    from astronn.committee import CommitteeClassifier
    from astronn.convolutional import ConvolutionalClassifier
    from astronn.errors import AstronnError
    from astronn.grammar import Grammar
    from astronn.image_sequences import ImageSequenceClassifier
    from astronn.recurrent import RecurrentClassifier
    from astronn.saving import load

__all__ = [
    "AstronnError",
    "CalibratedClassifier",
    "CaptionClassifier",
    "CommitteeClassifier",
    "ConvolutionalClassifier",
    "FeedforwardClassifier",
    "Grammar",
    "ImageSequenceClassifier",
    "RecurrentClassifier",
    "__version__",
    "load",
]

_HOME = {
    "AstronnError": "errors",
    "CalibratedClassifier": "calibration",
    "CaptionClassifier": "captions",
    "CommitteeClassifier": "committee",
    "ConvolutionalClassifier": "convolutional",
    "FeedforwardClassifier": "classifiers",
    "Grammar": "grammar",
    "ImageSequenceClassifier": "image_sequences",
    "RecurrentClassifier": "recurrent",
    "load": "saving",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"astronn.{_HOME[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("astronn-pipelines")
    if name in {module.name for module in iter_modules(__path__)}:
        return import_module(f"astronn.{name}")
    raise AttributeError(f"module 'astronn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *(module.name for module in iter_modules(__path__))})
