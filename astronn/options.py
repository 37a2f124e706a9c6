"""Checks of constructor options: every fault at once, each with the rule it breaks."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from astronn.errors import AstronnError


class Rule(NamedTuple):
    """A condition on one option and its wording."""

    holds: Callable[[Any], bool]
    words: str


def whole(minimum: int) -> Rule:
    """An integer that is not smaller than ``minimum``."""
    return Rule(lambda v: _is(v, numbers.Integral) and v >= minimum, f"an integer >= {minimum}")


def real(low: float, high: float = float("inf"), *, include_low: bool = False) -> Rule:
    """A number in (low, high), or in [low, high)."""
    words = f"a number {'>=' if include_low else '>'} {low:g}" + (
        f" and < {high:g}" if high < float("inf") else ""
    )
    return Rule(
        lambda v: _is(v, numbers.Real) and (low <= v if include_low else low < v) and v < high,
        words,
    )


def optional(rule: Rule) -> Rule:
    """None, or a value that keeps ``rule``."""
    return Rule(lambda v: v is None or rule.holds(v), f"None or {rule.words}")


def one_of(names: Iterable[Any]) -> Rule:
    """One of the given values."""
    known = list(names)
    words = f"one of {', '.join(map(repr, known))}"
    return Rule(lambda v: any(isinstance(v, type(name)) and v == name for name in known), words)


def sequence_of(rule: Rule) -> Rule:
    """A list or tuple, possibly empty, of values that keep ``rule``."""
    return Rule(
        lambda v: isinstance(v, list | tuple) and all(map(rule.holds, v)),
        f"a list, each entry {rule.words}",
    )


def check(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Raise one AstronnError that names every option whose value breaks its rule."""
    faults = [
        f"{name} must be {rule.words}, not {values[name]!r}"
        for name, rule in rules.items()
        if not rule.holds(values[name])
    ]
    if faults:
        raise AstronnError("; ".join(faults))


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
