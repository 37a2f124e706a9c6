"""Options of a constructor: declared once, each with its rule and its reason; all faults at once.

A classifier is a class of keyword fields, and a field says all that there is to say of an option::

    @options.declared
    class Example(BaseEstimator):
        batch_size: Annotated[int, whole(1), "objects of one step"] = 64

``declared`` makes the constructor of the fields (dataclasses), lets options of an older name in
for one version (`OLD_NAMES`), and writes the section *Parameters* of the docstring from the same
lines. A subclass that only wants another default writes ``batch_size: int = 32``: rule and reason
are looked up in the classes above it."""

from __future__ import annotations

import numbers
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache, wraps
from inspect import get_annotations
from typing import Annotated, Any, NamedTuple, TypeVar, dataclass_transform, get_args, get_origin

from astronn.errors import AstronnError

Class = TypeVar("Class", bound=type)

# options by their names of version 0.1.0, which go on working for one version
OLD_NAMES = {"n_networks": "ensemble_size", "auxiliary": "scalar_features", "pieces": "bins"}


class Rule(NamedTuple):
    """A condition on one option and its wording."""

    holds: Callable[[Any], bool]
    words: str


class Declared(NamedTuple):
    """What is declared of one option: its rule, None where anything goes, and what it is for."""

    rule: Rule | None
    reason: str


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


FLAG = one_of([True, False])
SHARE = real(0, 1, include_low=True)
NOT_NEGATIVE = real(0, include_low=True)
MAPPING = Rule(lambda v: v is None or isinstance(v, Mapping), "None or a dictionary")


def faults(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    """Every option whose value breaks its rule, one sentence each."""
    return [
        f"{name} must be {rule.words}, not {values[name]!r}"
        for name, rule in rules.items()
        if not rule.holds(values[name])
    ]


def check(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Raise one AstronnError that names every option whose value breaks its rule."""
    found = faults(values, rules)
    if found:
        raise AstronnError("; ".join(found))


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field,))
def declared(kind: Class) -> Class:
    """``kind`` with the constructor of its fields and the docstring's section that tells them."""
    made: Any = dataclass(kw_only=True, eq=False, repr=False)(kind)
    made.__init__ = _with_old_names(made.__init__)
    if made.__doc__:
        head, mark, rest = made.__doc__.partition("    Attributes\n")
        own = textwrap.indent(f"Parameters\n----------\n{_parameters(made)}", "    ")
        made.__doc__ = f"{head.rstrip()}\n\n{own}\n\n{mark}{rest}"
    return made


@cache
def of(kind: type) -> dict[str, Declared]:
    """What is declared of each option of ``kind``, in the order of its constructor."""
    return {one.name: _declared(kind, one.name) for one in fields(kind)}


def values_of(options: Any) -> dict[str, Any]:
    """The options of a classifier and what they are set to."""
    kind: Any = type(options)
    return {name: getattr(options, name) for name in of(kind)}


def rules_of(kind: type) -> dict[str, Rule]:
    """The rules of the options of ``kind`` that have one."""
    return {name: said.rule for name, said in of(kind).items() if said.rule is not None}


def renamed(
    given: Mapping[str, Any], kind: type | None = None, *, warn: bool = True
) -> dict[str, Any]:
    """Options with names of today in place of those of 0.1.0, which are warned of.

    With ``kind`` only where that class has the option. Raises AstronnError where an option is given
    under both names."""
    known = None if kind is None else of(kind)
    found = {}
    for name, value in given.items():
        new = OLD_NAMES.get(name, name)
        new = new if known is None or new in known else name
        if new != name and new in given:
            raise AstronnError(f"{name} is the old name of {new}; give {new} alone")
        if new != name and warn:
            warn_of_old(name, new)
        found[new] = value
    return found


def warn_of_old(name: str, new: str, stacklevel: int = 4) -> None:
    """Say to the caller's caller, ``stacklevel`` above here, that a name is about to go."""
    text = f"{name} is now called {new}; the old name goes with the next version of astronn"
    warnings.warn(text, DeprecationWarning, stacklevel=stacklevel)


def _with_old_names(init: Callable[..., None]) -> Callable[..., None]:
    @wraps(init)  # so that inspect.signature, which clone and get_params ask, sees the fields
    def constructor(self: Any, *args: Any, **given: Any) -> None:
        init(self, *args, **renamed(given, type(self)))

    return constructor


def _declared(kind: type, name: str) -> Declared:
    """Rule and reason of the nearest class that gives them."""
    rule, reason = None, ""
    for above in kind.__mro__:
        annotation = _annotations(above).get(name)
        if get_origin(annotation) is Annotated:
            for said in get_args(annotation)[1:]:
                rule = said if rule is None and isinstance(said, Rule) else rule
                reason = said if not reason and isinstance(said, str) else reason
    return Declared(rule, reason)


@cache
def _annotations(kind: type) -> dict[str, Any]:
    own = "__dataclass_fields__" in vars(kind)
    return get_annotations(kind, eval_str=True) if own else {}


def _parameters(kind: type) -> str:
    """The lines of the section *Parameters*: name, default, rule, reason."""
    lines, known = [], {one.name: one for one in fields(kind)}
    nearest = dict.fromkeys(name for above in kind.__mro__ for name in _annotations(above))
    for one in (known[name] for name in nearest if name in known):
        said = _declared(kind, one.name)
        default = "" if one.default is MISSING else f", default {one.default!r}"
        lines.append(f"{one.name} : {said.rule.words if said.rule else 'any'}{default}")
        lines.append(textwrap.indent(textwrap.fill(said.reason, 88), "    "))
    return "\n".join(lines)


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
