"""Plain dataclasses to JSON and back without loss: floats by their shortest exact form, keys
sorted, no NaN.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping

from reports.errors import ReportError

FORMAT = 1  # of the JSON; one more whenever a field changes its meaning


def dumps(value) -> str:
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


def loads(text: str, kind: type):
    """The `kind` of dataclass that `dumps` wrote; other JSON raises ReportError."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(
            f"not a JSON text of a {kind.__name__}: {error}; make it again"
        ) from error
    found = fields.pop("format", None) if isinstance(fields, dict) else None
    if found != FORMAT:
        raise ReportError(
            f"{kind.__name__} has the JSON format {found!r}, this version reads {FORMAT}; make it"
            " again"
        )
    try:
        return _build(fields, kind)
    except ReportError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise ReportError(
            f"not the JSON of a {kind.__name__} ({type(error).__name__}: {error}); make it again"
        ) from error


def _build(value, kind):
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


def _build_dataclass(value: dict, kind: type):
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
