"""The numbers inside an SDSS photometric object identifier (objID, Data Releases 1 to 18): which
scan saw the object.

Sixty-four bits from the top: 1 unused, 4 sky version, 11 rerun, 16 run, 3 camera column, 1 first
field, 12 field, 16 object (SDSS SkyServer, fObjidFromSDSS)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy as np

BITS = {
    "skyversion": (59, 4),
    "rerun": (48, 11),
    "run": (32, 16),
    "camcol": (29, 3),
    "field": (16, 12),
    "object": (0, 16),
}


def is_objid(texts: Sequence[str]) -> np.ndarray:
    """Which texts (N,) can be an identifier: whole positive numbers below 2^63 with a run and a
    camera column 1 to 6.
    """
    whole = [text.isascii() and text.isdigit() and 0 < int(text) < 2**63 for text in texts]
    numbers = np.array(
        [int(text) if good else 0 for text, good in zip(texts, whole, strict=True)], dtype=np.int64
    )
    parts = _parts(numbers)
    return (
        np.array(whole, dtype=bool)
        & (parts["run"] > 0)
        & (parts["camcol"] >= 1)
        & (parts["camcol"] <= 6)
    )


def decode(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Sky version, rerun, run, camcol, field and object number of each identifier, (N,) int64 each.

    The identifiers come as text: they exceed 2^53, so that a float would change them.
    """
    return _parts(np.array([int(text) for text in texts], dtype=np.int64))


def _parts(numbers: np.ndarray) -> dict[str, np.ndarray]:
    return {name: (numbers >> shift) & ((1 << width) - 1) for name, (shift, width) in BITS.items()}
