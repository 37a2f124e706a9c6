"""Plain dataclasses to JSON and back without loss: floats by their shortest exact form, keys
sorted, no NaN.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from reports.errors import ReportError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
Upgrade: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
FORMAT = 2  # of the JSON; one more whenever a field changes its meaning


def dumps(value: DataclassInstance) -> str:
    """The dataclass `value` as JSON text with sorted keys; a NaN or an infinity raises
    ReportError.
    """
    try:
        body = json.dumps(
            {"format": FORMAT, **dataclasses.asdict(value)},
            sort_keys=True,
            indent=1,
            allow_nan=False,
        )
    except (TypeError, ValueError) as error:
        raise ReportError(
            f"{type(value).__name__} cannot be written as JSON: {error}; give plain, finite values"
        ) from error
    return body + "\n"


def loads(text: str, kind: type[T], older: Mapping[int, Upgrade] = MappingProxyType({})) -> T:
    """The dataclass that `dumps` wrote.

    Parameters
    ----------
    text : str
        The JSON text.
    kind : type
        The dataclass.
    older : mapping of int to function
        By number of a former format, what turns its fields into today's.

    Returns
    -------
    kind
        The dataclass with its fields.

    Raises
    ------
    ReportError
        For a text that is not JSON, of another format, or with missing or unknown fields.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(
            f"not a JSON text of a {kind.__name__}: {error}; make it again"
        ) from error
    found = fields.pop("format", None) if isinstance(fields, dict) else None
    upgrade = older.get(found) if isinstance(found, int) else None
    if found != FORMAT and upgrade is None:
        known = ", ".join(map(str, sorted({*older, FORMAT})))
        raise ReportError(
            f"{kind.__name__} has the JSON format {found!r}, this version reads {known}; make it"
            " again"
        )
    try:
        return _build(fields if upgrade is None else upgrade(fields), kind)
    except ReportError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ReportError(
            f"not the JSON of a {kind.__name__} ({type(error).__name__}: {error}); make it again"
        ) from error


def _build(value: Any, kind: Any) -> Any:
    """`value`, as JSON gives it, as the type `kind`: dataclasses, tuples and mappings of them, or
    itself.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if value is None:
        return None
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(value, kind)
    if origin in (typing.Union, types.UnionType):
        return _build(value, next(a for a in arguments if a is not type(None)))
    if origin is tuple:
        return tuple(_build(item, arguments[0]) for item in value)
    if origin in (dict, Mapping) and arguments:
        return {key: _build(item, arguments[1]) for key, item in value.items()}
    return value


def _build_dataclass(value: dict[str, Any], kind: Any) -> Any:
    hints = typing.get_type_hints(kind)
    required = {
        f.name
        for f in dataclasses.fields(kind)
        if f.default is f.default_factory is dataclasses.MISSING
    }
    faults = sorted(required - set(value)) + sorted(set(value) - set(hints))
    if faults:
        raise ReportError(
            f"{kind.__name__} in JSON has missing or unknown fields: {', '.join(faults)}; make it"
            " again"
        )
    return kind(**{name: _build(item, hints[name]) for name, item in value.items()})
