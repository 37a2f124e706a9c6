"""Networks that describe an image token by token: a grid of annotation vectors, a recurrent decoder, and one kind of attention.

Xu, Ba, Kiros, Cho, Courville, Salakhutdinov, Zemel & Bengio (2015, ICML, arXiv:1502.03044), whose equation numbers stand at
the code. The kinds of attention are ``soft`` and ``hard``, one a file, found by its name: ``Config`` (with ``RULES`` for its
options) and ``Attention``. What both share is in ``_encoder`` and ``_decoder``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from astronn import options
from astronn.errors import AstronnError, unknown
from astronn.networks import images


@cache
def names() -> tuple[str, ...]:
    """The names of all kinds of attention, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_")))


def kind(name: str) -> ModuleType:
    """The module of that kind of attention; an unknown name raises AstronnError."""
    if name not in names():
        raise unknown("attention", name, names())
    return import_module(f"{__name__}.{name}")


def own_options(name: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The checked options of attention ``name``, ``given`` in place of its defaults; all faults in one AstronnError."""
    module = kind(name)
    defaults = {field.name: field.default for field in fields(module.Config)}
    strangers = sorted(set(given or {}) - set(defaults))
    if strangers:
        wrong, choice = ", ".join(map(repr, strangers)), ", ".join(defaults)
        raise AstronnError(f"attention {name!r} has no option {wrong}; choose among: {choice}")
    values = {**defaults, **(given or {})}
    options.check(values, module.RULES)
    return values


def plain(network: Any) -> dict[str, Any]:
    """What a network is made of, as JSON values: encoder, attention and decoder, each with its own fields."""
    return {
        "encoder": {"name": network.encoder.name, **asdict(network.encoder.config)},
        "attention": {"name": network.attention.name, **asdict(network.attention.config)},
        "decoder": asdict(network.config),
    }


def restore(described: Mapping[str, Any]) -> Any:
    """The network that ``plain`` described, its weights still to be loaded."""
    from astronn.networks.captions._decoder import Config, Network

    encoder, attention = dict(described["encoder"]), dict(described["attention"])
    family, module = encoder.pop("name"), kind(attention.pop("name"))
    return Network(Config(**described["decoder"]), family, images.restore(family, encoder), module.Config(**attention))
