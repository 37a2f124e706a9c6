"""Sections of a survey.toml, read key by key: every missing, mistyped or unknown key is noted, none
stops the reading.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, ClassVar

from catalogs.errors import Faults, listed
from catalogs.keys import Rule

NOTHING = object()
WORDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class Section:
    """One table of a TOML file, [name]; `faults` collects what is wrong with it."""

    heard: ClassVar[list[tuple[str, str, type, Any]] | None] = None

    def __init__(self, name: str, content: Any, faults: Faults) -> None:
        self.name, self.faults = name, faults
        self.used: set[str] = set()
        self.content: Mapping = content if isinstance(content, Mapping) else {}
        if not isinstance(content, Mapping):
            faults.add(f"{name}: {content!r} is not a table", f"write a section [{name}]")

    def hear(self, key: str, kind: type, default: Any) -> None:
        """Tell whoever listens which key is asked for (the reference of the format is made so)."""
        if Section.heard is not None:
            Section.heard.append((self.name, key, kind, default))

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def where(self, key: str) -> str:
        """The name of a key as messages give it: table.key."""
        return f"{self.name}.{key}" if self.name else key

    def fault(self, key: str, problem: str, remedy: str) -> None:
        """Note what is wrong with a key."""
        self.faults.add(f"{self.where(key)}: {problem}", remedy)

    def take(self, key: str, kind: type, default: Any = NOTHING) -> Any:
        """The value of a key, of that kind (a whole number is a number too); `default` if it is
        absent or faulty, and a fault if it is absent without a default (None is returned then).
        """
        self.used.add(key)
        self.hear(key, kind, default)
        fallback = None if default is NOTHING else default
        if key not in self.content:
            if default is NOTHING:
                self.fault(key, "missing", f"give {WORDS[kind]}")
            return fallback
        value = self.content[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = _in_float(value)
        if kind is float and isinstance(value, float) and value != value:
            self.fault(key, "nan is no number to compare with", "write a number, or leave it out")
            return fallback
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"{value!r} is not {WORDS[kind]}", f"give {WORDS[kind]}")
            return fallback
        if value == "" and default is NOTHING:
            self.fault(key, "is empty", f"give {WORDS[kind]}")
        return value

    def choice(self, key: str, choices: Iterable[str], default: Any = NOTHING) -> Any:
        """The value of a key, one of the choices; None after a fault."""
        choices = tuple(choices)
        value = self.take(key, str, default)
        if value is not None and value is not default and value not in choices:
            self.fault(key, f"{value!r} is unknown", f"choose one of: {', '.join(choices)}")
            return None
        return value

    def items(self, key: str, kind: type, default: Any = ()) -> tuple:
        """The values of a list; one value alone counts as a list of one. () after a fault."""
        alone = self.content.get(key)
        if isinstance(alone, kind) and kind is not list and not isinstance(alone, bool):
            self.used.add(key)
            self.hear(key, kind, default)
            return (alone,)
        values = self.take(key, list, default)
        if values is None or values is default:
            return () if values is None else values
        allowed = (int, float) if kind is float else kind
        wrong = [
            value for value in values if not isinstance(value, allowed) or isinstance(value, bool)
        ]
        if wrong:
            self.fault(key, f"{wrong[0]!r} is not {WORDS[kind]}", f"list only {WORDS[kind]} each")
        return tuple(kind(value) for value in values if value not in wrong)

    def keys_of(self, made: type) -> dict[str, Any]:
        """The section's values of the keys that a dataclass declares (catalogs.keys); the usual
        ones where the section says nothing, or something of the wrong kind.
        """
        found: dict[str, Any] = {}
        for each in fields(made):
            about = each.metadata
            if "kind" not in about:
                continue
            if about["kind"] is dict:
                found[each.name] = self.texts_by_name(each.name) if each.name in self else {}
                self.used.add(each.name)
            elif about["many"]:
                found[each.name] = self.items(each.name, about["kind"], each.default)
            else:
                usual = NOTHING if about["needed"] else each.default
                value = self.take(each.name, about["kind"], usual)
                found[each.name] = each.default if value is None else value
        return found

    def note(self, rules: Iterable[Rule]) -> None:
        """Note what is wrong with the values of keys."""
        for key, problem, remedy in rules:
            self.fault(key, problem, remedy)

    def texts_by_name(self, key: str | None = None) -> dict[str, str]:
        """A table of texts (name = "text"): that of a key, or this section itself."""
        content = self.content if key is None else self.take(key, dict, {})
        self.used |= set(content) if key is None else set()
        for name, value in content.items():
            if not isinstance(value, str):
                self.fault(
                    name if key is None else f"{key}.{name}",
                    f"{value!r} is not a text",
                    "give a text",
                )
        return {name: value for name, value in content.items() if isinstance(value, str)}

    def finish(self, also: Iterable[str] = ()) -> None:
        """Note the keys that nobody asked for, with near names; `also` are keys that would be
        known, too.
        """
        known = sorted(self.used | set(also))
        for key in self.content:
            if key not in self.used:
                near = difflib.get_close_matches(key, known, n=1)
                remedy = (
                    f"perhaps {near[0]!r} is meant"
                    if near
                    else f"choose among {listed(known, 20)}, or leave it out"
                )
                self.fault(key, "unknown key", remedy)


def _in_float(value: int) -> float:
    """A whole number as a float; NaN for one that no float holds."""
    try:
        return float(value)
    except OverflowError:
        return float("nan")
