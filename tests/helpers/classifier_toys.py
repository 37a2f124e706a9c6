"""Toy objects and quick options for each kind of input, from which the contract of classifiers is
tested.

A new classifier of a known kind of input needs nothing here: `toys_for` asks only ``input_kind``
and the options that it has. A class whose labels are no single labels is named in OWN."""

from dataclasses import dataclass, field
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from typing import Any

import caption_toys
import curve_toys
import image_toys
import numpy as np
import sequence_toys

import astronn
from astronn import FeedforwardClassifier, classifiers, options, posteriors
from astronn.classifiers.base import NetworkClassifier

QUICK = {
    "max_epochs": 2,
    "warm_up": 0.5,
    "batch_size": 8,
    "random_state": 0,
    "device": "cpu",
    "ensemble_size": 2,
    "hidden_layers": (3,),
}


@dataclass
class Toys:
    """Objects of one kind of input, and what makes a classifier of them quick."""

    X: Any
    y: Any
    options: dict[str, Any] = field(default_factory=dict)
    # the same objects in other types, and objects of other shapes that must be refused
    other_types: dict[str, Any] = field(default_factory=dict)
    other_shapes: dict[str, Any] = field(default_factory=dict)
    # objects whose images are wider than high, where there are images
    wide: tuple[Any, Any] | None = None

    def take(self, rows: Any) -> tuple[Any, Any]:
        """Some of the objects."""
        return self.X[rows], np.asarray(self.y, dtype=object)[rows].tolist()


def _table() -> Toys:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(24, 3))
    X[::5, 1] = np.nan
    other = {"float32": X.astype(np.float32), "fortran": np.asfortranarray(X)}
    return Toys(
        X, np.where(rng.random(24) < 0.5, "a", "b"), {}, other, {"a feature less": X[:, 1:]}
    )


def _images() -> Toys:
    X, y = image_toys.bars(24)
    other = {
        "float32": X.astype(np.float32),
        "float64": X.astype(np.float64),
        "float16": X.astype(np.float16),
    }
    wide = np.concatenate([X, X[..., :6]], axis=3)
    small = {"network": "lenet", "network_options": {"feature_maps": [4], "dense": []}}
    return Toys(X, y, small, other, {"wider": wide, "smaller": X[..., :9, :9]}, (wide, y))


def _captions() -> Toys:
    X, y = caption_toys.signs(24, side=16)
    small = {
        "network_options": {"maps": 2, "blocks": [1]},
        "hidden": 4,
        "embedding": 3,
        "attention_units": 3,
    }
    wide = np.concatenate([X, X[..., :8]], axis=3)
    other = {"float32": X.astype(np.float32), "float64": X.astype(np.float64)}
    return Toys(X, y, small, other, {"wider": wide}, (wide, y))


def _curves() -> Toys:
    X, y = curve_toys.pulses(24, low=6, high=12)
    arrays = [
        np.column_stack([one.time_days, one.magnitude, one.error])
        for one in (X[i] for i in range(24))
    ]
    others = {"list of Curves": [X[i] for i in range(24)]}
    no_period = {"without periods": arrays}
    return Toys(X, y, {"network_options": {"hidden": 3, "dense": []}}, others, no_period)


def _sequences() -> Toys:
    X, y = sequence_toys.flashes()
    wide = sequence_toys.flashes(shape=(8, 12))
    other = {"float64": X.astype(np.float64)}
    return Toys(X, y, sequence_toys.SMALL, other, {"wider": wide[0]}, wide)


KINDS = {
    "features": _table,
    "images": _images,
    "light_curves": _curves,
    "image_sequences": _sequences,
}
OWN = {"CaptionClassifier": _captions}


def toys_for(kind: type) -> Toys:
    """Toy objects for the classifier."""
    return OWN.get(kind.__name__, KINDS[getattr(kind, "input_kind", "features")])()


def quick(kind: type, **given: Any) -> Any:
    """An unfitted classifier of the class that trains in a moment."""
    if not issubclass(kind, NetworkClassifier):  # a classifier around another
        return kind(quick(FeedforwardClassifier, **given), folds=2)
    known = options.of(kind)
    own = {**QUICK, **toys_for(kind).options, **given}
    return kind(**{name: value for name, value in own.items() if name in known})


def found() -> list[type]:
    """Every classifier of the package, by the files of its two rooms."""
    kinds = []
    for room in (classifiers, posteriors):
        for module in iter_modules(room.__path__, f"{room.__name__}."):
            for name, kind in getmembers(import_module(module.name), isclass):
                if hasattr(kind, "_from_state") and getattr(astronn, name, None) is kind:
                    kinds.append(kind)
    return sorted(dict.fromkeys(kinds), key=lambda kind: kind.__name__)


def networks() -> list[type]:
    """Those of them that train networks themselves."""
    return [kind for kind in found() if issubclass(kind, NetworkClassifier)]
