"""The one exception that users meet: a single line with the name, the rule, the value and the
remedy.
"""

from __future__ import annotations

from collections.abc import Iterable


class AstronnError(ValueError):
    """A fault in what the user gave: one line that names it and says what to do."""


def unknown(kind: str, name: object, known: Iterable[str]) -> AstronnError:
    """The error for a name that is not among the known ones, for example ``unknown preset 'x';
    choose one of: a, b``.
    """
    return AstronnError(f"unknown {kind} {name!r}; choose one of: {', '.join(sorted(known))}")
