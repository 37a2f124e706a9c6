"""Services that cut pictures out of the sky by position, one a module: each has ADDRESS, LAYER (its
usual one), LARGEST (pixels on a side) and `query(place, layer)`, what the address is asked with.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True)
class Place:
    """A square on the sky: its middle in degrees (ICRS), its side in seconds of arc and pixels."""

    ra_deg: float
    dec_deg: float
    arcsec: float
    pixels: int


def names() -> tuple[str, ...]:
    """The services there are, in alphabetical order."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__)))


def load(name: str) -> ModuleType:
    """The module of a service, one of `names`."""
    return import_module(f"{__name__}.{name}")
