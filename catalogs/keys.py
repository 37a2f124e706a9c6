"""Dataclasses whose fields are keys of a section of a survey.toml.

Such a class declares each key with its kind once, as a field made by `key`, and says in `rules`
which values it may have; catalogs.survey_toml.sections reads it."""

from __future__ import annotations

from dataclasses import field
from typing import Any

Rule = tuple[str, str, str]  # a key, what is wrong with its value, the remedy


def key(kind: type, default: Any, *, many: bool = False, needed: bool = False) -> Any:
    """A field that is a key of the survey.toml too.

    Parameters
    ----------
    kind : type
        str, int, float or bool; dict for a table of texts (name = "text").
    default : object
        The value where the section does not have the key.
    many : bool
        Whether it is a list of such values; the field holds a tuple.
    needed : bool
        Whether a section without the key is at fault.
    """
    made: dict[str, Any] = {"metadata": {"kind": kind, "many": many, "needed": needed}}
    if kind is dict:
        return field(default_factory=dict, **made)
    return field(default=default, **made)
