"""Units as texts, bounded: astropy reads a unit as an expression, and `10**99999999999` is one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError

if TYPE_CHECKING:
    from astropy.units import UnitBase

LONGEST = 100  # characters; no unit of a survey is longer
# A power of four digits or more, or written as a float with an exponent; in Unicode's small digits.
POWER = re.compile(
    r"(\*\*|\^|\b10\s*[+-])\s*\(?\s*[+-]?\s*(\d{4,}|[\d.]*e)|e[+-]?\d{4,}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{4,}|\d{60,}",
    re.IGNORECASE,
)


def is_bounded(text: str) -> bool:
    """Whether a unit is short and its powers are small, so that it may be handed to astropy."""
    return len(text) <= LONGEST and not POWER.search(text)


def require_bounded(text: str, where: str) -> None:
    """Raise CatalogueError for a unit that would compute without end; `where` names its place."""
    if not is_bounded(text):
        raise CatalogueError(
            f"{where}: unit {text[:60]!r} is longer than {LONGEST} characters or has a power of"
            " more than 3 digits; remedy: write a unit such as 'mag'"
        )


@lru_cache(maxsize=4096)
def known(text: str) -> UnitBase | None:
    """The unit that a text is to astropy, as it stands or in small letters ('MAG', 'KM/S'); None
    for '' and for what astropy does not know, an unbounded text included.
    """
    import warnings

    from astropy.units import Unit

    if not text or not is_bounded(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for candidate in (text, text.lower()):
            try:
                return Unit(candidate)
            except (ValueError, TypeError, OverflowError, ZeroDivisionError):
                continue
    return None


def factor(unit: str, wanted: str) -> float | None:
    """What a number in `unit` is multiplied by to be in `wanted`; 1 where either is '' or they are
    alike, None where astropy cannot convert the one to the other.
    """
    if not unit or not wanted or unit == wanted:
        return 1.0
    own, other = known(unit), known(wanted)
    if own is None or other is None:
        return None
    try:
        return float(own.to(other))
    except (ValueError, TypeError):  # UnitConversionError is both
        return None
