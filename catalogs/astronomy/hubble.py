"""Hubble types as text to de Vaucouleurs' stage T (de Vaucouleurs 1959; RC3, de Vaucouleurs+ 1991,
table 2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed

if TYPE_CHECKING:
    import numpy as np

# Stage T of each type without its bar: a bar (SB, SAB, IB, IAB) does not change the stage. E-S0 is
# HyperLeda's way to write the transition that RC3 calls E+ to S0- and has T = -3 there.
STAGES = {
    "E": -5.0,
    "E-S0": -3.0,
    "S0": -2.0,
    "S0-a": 0.0,
    "Sa": 1.0,
    "Sab": 2.0,
    "Sb": 3.0,
    "Sbc": 4.0,
    "Sc": 5.0,
    "Scd": 6.0,
    "Sd": 7.0,
    "Sdm": 8.0,
    "Sm": 9.0,
    "I": 10.0,
}

# Looked at, and not decided: no stage, and no error.
UNDECIDED = frozenset({"", "E?", "S?"})

BAR = re.compile(r"^(S|I)(?:AB|B)(?=$|0|a|b|c|d|m)")


def hubble_to_t(strings: Iterable[str]) -> np.ndarray:
    """De Vaucouleurs' stage T of each Hubble string, (N,) float64; NaN where undecided ('E?', 'S?')
    or blank.

    Any other string is an error that lists them all with their counts.

    Raises
    ------
    CatalogueError
        If a string is not known; all of them are listed with their counts.
    """
    texts = [str(text) for text in strings]
    unknown = unknown_strings(texts)
    if unknown:
        raise CatalogueError(f"{describe_unknown(unknown)}; remedy: {REMEDY}")
    table = {text: stage(text) for text in set(texts)}
    return np.array([table[text] for text in texts], dtype=float)


def stage(text: str) -> float | None:
    """The stage T of one Hubble string: NaN if undecided, None if the string is outside the
    mapping.
    """
    if text in UNDECIDED:
        return float("nan")
    return STAGES.get(BAR.sub(r"\1", text))


def unknown_strings(texts: Iterable[str]) -> dict[str, int]:
    """The strings outside the mapping and how often each occurs, the most frequent first."""
    counts = Counter(texts)
    return {text: count for text, count in counts.most_common() if stage(text) is None}


def describe_unknown(unknown: dict[str, int], limit: int = 20) -> str:
    """One phrase that lists unknown strings with their counts."""
    shown = listed((f"{text!r} ({count})" for text, count in unknown.items()), limit)
    return (
        f"{len(unknown)} Hubble string{'s' * (len(unknown) > 1)} outside the mapping (with counts):"
        f" {shown}"
    )


REMEDY = (
    f"write them as {', '.join(STAGES)}, with B or AB for a bar (SBab, SABc, IB), or leave the cell"
    " blank"
)
