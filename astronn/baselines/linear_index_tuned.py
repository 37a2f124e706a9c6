"""The linear index with thresholds chosen on the training labels: a stronger scheme than surveys
print, kept to be fair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from astronn.baselines.linear_index import LinearIndex

TITLE = "Linear index, tuned cuts"
KIND = "automatic"
NOTE = """One linear index of the standardised parameters (least squares on the position along the class sequence), cut where
the most training objects come out right. Missing values are taken as the training median."""


def build(class_order: Sequence[Any], *, random_state: int | None = None) -> LinearIndex:
    """The scheme for classes in ``class_order``; nothing in it is random.

    Parameters
    ----------
    class_order : sequence
        The classes along the sequence.
    random_state : int, optional
        Not used.

    Returns
    -------
    LinearIndex
        Not yet fitted.
    """
    return LinearIndex(class_order, thresholds="tuned")
