"""Short forms of class names for the heads of a table, of which the full names stay readable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

WORD = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d\s_-]+")


def abbreviated(names: Sequence[str], room: int) -> list[str]:
    """Each name in at most ``room`` characters, no two alike: whole where it fits, else its
    beginning or its initials, and with a number where nothing else tells two apart.

    Parameters
    ----------
    names : sequence of str
        Different names.
    room : int
        Characters for each, 3 or more.

    Returns
    -------
    list of str
        In the order of ``names``.
    """
    taken = {name for name in names if len(name) <= room}
    found = []
    for name in names:
        short = name if len(name) <= room else _free(name, room, taken)
        taken.add(short)
        found.append(short)
    return found


def _free(name: str, room: int, taken: set[str]) -> str:
    return next(short for short in _candidates(name, room) if short not in taken)


def _candidates(name: str, room: int) -> Iterator[str]:
    """Short forms, the best first: words cut alike ("spi clo"), initials, the beginning, the
    beginning with a number.
    """
    words = WORD.findall(name)
    for each in range(room, 0, -1):
        made = " ".join(word[:each] for word in words)
        if len(words) > 1 and len(made) <= room:
            yield made
    yield "".join(word[0] for word in words)[:room] or name[:room]
    yield name[:room]
    yield from (f"{name[: room - len(str(number))]}{number}" for number in range(2, 10**6))
