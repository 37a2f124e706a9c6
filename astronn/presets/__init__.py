"""Named sets of options, one TOML file each: title, citation, estimator, kind of input, [options],
and why.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import astronn
from astronn.errors import AstronnError, unknown
from astronn.options import renamed, warn_of_old

OLD_NAMES = {"committee": "ensemble"}  # they go on working for one version


@dataclass(frozen=True)
class Preset:
    """The options of one estimator under a name, with where they come from."""

    name: str
    title: str
    estimator: str
    citation: str
    note: str
    # the estimator's ``input_kind``, written down so that it is known without loading torch
    input_kind: str = "features"
    options: dict[str, Any] = field(default_factory=dict)


@cache
def names() -> tuple[str, ...]:
    """The names of all presets, sorted.

    Returns
    -------
    tuple of str
        As `load` takes them.
    """
    return tuple(
        sorted(
            path.name.removesuffix(".toml")
            for path in files(__name__).iterdir()
            if path.name.endswith(".toml")
        )
    )


def load(name: str) -> Preset:
    """The preset of that name; an unknown name raises AstronnError with the known ones.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Preset
        Its options and where they come from.

    Raises
    ------
    AstronnError
        For an unknown name.
    """
    if name in OLD_NAMES:
        warn_of_old(f"preset {name!r}", repr(OLD_NAMES[name]), stacklevel=3)
        name = OLD_NAMES[name]
    if name not in names():
        raise unknown("preset", name, names())
    return Preset(
        name=name, **tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))
    )


def options(name: str, estimator: str) -> dict[str, Any]:
    """The options of preset ``name``, which must be one for ``estimator`` (a class name).

    Parameters
    ----------
    name : str
        One of `names()`.
    estimator : str
        The name of a class.

    Returns
    -------
    dict
        Values by option.

    Raises
    ------
    AstronnError
        For an unknown name, or a preset for another estimator.
    """
    preset = load(name)
    if preset.estimator != estimator:
        remedy = f"use {preset.estimator}.preset({name!r})"
        raise AstronnError(f"preset {name!r} is for {preset.estimator}, not {estimator}; {remedy}")
    return dict(preset.options)


def make(name: str, **overrides: Any) -> Any:
    """The estimator that preset ``name`` is for, with its options and ``overrides`` in place of
    some.

    An unknown name, or an option that the estimator does not have, raises AstronnError.

    Parameters
    ----------
    name : str
        One of `names()`.
    **overrides :
        Options of the estimator.

    Returns
    -------
    estimator
        Not yet fitted.

    Raises
    ------
    AstronnError
        For an unknown name or option.
    """
    preset = load(name)
    estimator = getattr(astronn, preset.estimator)
    overrides, known = renamed(overrides), estimator._get_param_names()
    unknown_options = sorted(set(overrides) - set(known))
    if unknown_options:
        wrong, choice = ", ".join(map(repr, unknown_options)), ", ".join(known)
        raise AstronnError(f"{preset.estimator} has no option {wrong}; choose among: {choice}")
    return estimator(**{**preset.options, **overrides})
