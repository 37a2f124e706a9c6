"""Families of networks, one a file of a folder, found by name: a frozen ``Config`` with ``RULES``
for its options, ``Network``.

A name may carry a variant behind a colon, ``timm:resnet18``, for the families that have a
``variant`` option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Generic, TypeVar

from torch import nn

from astronn import options
from astronn.errors import AstronnError, unknown

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Families(Generic[N]):
    """The families in one package; ``given`` are the fields of a Config that the data say, and no
    option may.

    A module whose name begins with an underscore is no family. ``noun`` is what messages call a
    family."""

    package: str
    given: tuple[str, ...]
    noun: str = "network"

    def names(self) -> tuple[str, ...]:
        """The names of all families, sorted."""
        found = (module.name for module in iter_modules(import_module(self.package).__path__))
        return tuple(sorted(name for name in found if not name.startswith("_")))

    def family(self, name: str) -> ModuleType:
        """The module of the family in ``name`` ("residual", or "timm:resnet18"); an unknown name
        raises AstronnError.
        """
        kind = str(name).partition(":")[0]
        if kind not in self.names():
            raise unknown(self.noun, name, self.names())
        return import_module(f"{self.package}.{kind}")

    def own_options(self, name: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """The checked options of network ``name``, ``given`` in place of its defaults; all faults
        in one AstronnError.
        """
        module, variant = self.family(name), str(name).partition(":")[2]
        defaults = {
            field.name: field.default
            for field in fields(module.Config)
            if field.name not in self.given
        }
        given = {**(given or {}), **({"variant": variant} if variant else {})}
        unknown_options = sorted(set(given) - set(defaults))
        if unknown_options:
            wrong, choice = ", ".join(map(repr, unknown_options)), ", ".join(defaults)
            raise AstronnError(
                f"{self.noun} {name!r} has no option {wrong}; choose among: {choice}"
            )
        values = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in {**defaults, **given}.items()
        }
        options.check(values, module.RULES)
        return values

    def make(
        self,
        name: str,
        shape: tuple[int, ...],
        n_outputs: int,
        given: Mapping[str, Any] | None = None,
    ) -> N:
        """The untrained network ``name`` for inputs of ``shape``; its weights are drawn from
        torch's own stream.
        """
        module = self.family(name)
        return module.Network(module.Config(*shape, n_outputs, **self.own_options(name, given)))

    def restore(self, name: str, config: Mapping[str, Any]) -> N:
        """The network that the fields of its Config describe, its weights still to be loaded; no
        pretrained file is read.
        """
        module = self.family(name)
        values = {
            key: tuple(value) if isinstance(value, list) else value for key, value in config.items()
        }
        return module.Network(
            module.Config(
                **{key: None if key == "pretrained" else value for key, value in values.items()}
            )
        )
