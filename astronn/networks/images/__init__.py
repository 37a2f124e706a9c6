"""Families of image networks, one a file, found by its name: ``Config`` (with ``RULES`` for its options) and ``Network``.

A ``Network(config)`` has ``features``: images (B, C, H, W) -> feature maps (B, F, h, w), and ``head``: feature maps ->
logits (B, K). The forward pass is ``head(features(x))``; explanations look at what lies between the two. A name may carry
a variant behind a colon, ``timm:resnet18``, for the families that have a ``variant`` option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from torch import nn

from astronn import options
from astronn.errors import AstronnError, unknown

GIVEN = ("channels", "height", "width", "n_outputs")  # what the images and classes say, and no option may


@cache
def names() -> tuple[str, ...]:
    """The names of all families, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def family(name: str) -> ModuleType:
    """The module of the family in ``name`` ("residual", or "timm:resnet18"); an unknown name raises AstronnError."""
    kind = str(name).partition(":")[0]
    if kind not in names():
        raise unknown("network", name, names())
    return import_module(f"{__name__}.{kind}")


def own_options(name: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The checked options of network ``name``, ``given`` in place of its defaults; all faults in one AstronnError."""
    module, variant = family(name), str(name).partition(":")[2]
    defaults = {field.name: field.default for field in fields(module.Config) if field.name not in GIVEN}
    given = {**(given or {}), **({"variant": variant} if variant else {})}
    strangers = sorted(set(given) - set(defaults))
    if strangers:
        wrong, choice = ", ".join(map(repr, strangers)), ", ".join(defaults)
        raise AstronnError(f"network {name!r} has no option {wrong}; choose among: {choice}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in {**defaults, **given}.items()}
    options.check(values, module.RULES)
    return values


def make(name: str, shape: tuple[int, int, int], n_outputs: int, given: Mapping[str, Any] | None = None) -> nn.Module:
    """The untrained network ``name`` for images of ``shape`` (channels, height, width); weights from torch's own stream."""
    module = family(name)
    return module.Network(module.Config(*shape, n_outputs, **own_options(name, given)))



def restore(name: str, config: Mapping[str, Any]) -> nn.Module:
    """The network that the fields of its Config describe, its weights still to be loaded; no pretrained file is read."""
    module = family(name)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    return module.Network(module.Config(**{key: None if key == "pretrained" else value for key, value in values.items()}))
