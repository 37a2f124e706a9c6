"""The one exception that users meet: a single line with the name, the rule, the value and the
remedy.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class AstronnError(ValueError):
    """A fault in what the user gave: one line that names it and says what to do."""


def unknown(kind: str, name: object, known: Iterable[str]) -> AstronnError:
    """The error for a name that is not among the known ones, for example ``unknown preset 'x';
    choose one of: a, b``, with the nearest one where one is near.
    """
    choices = sorted(known)
    near = difflib.get_close_matches(str(name), choices, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return AstronnError(f"unknown {kind} {name!r}; choose one of: {', '.join(choices)}{hint}")
