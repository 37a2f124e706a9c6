"""Labels as numbers: the place of each among the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from astronn.errors import AstronnError

Classes: TypeAlias = Sequence[Any] | np.ndarray  # K different names, all text or all numbers


def encode(labels: ArrayLike, classes: Classes) -> np.ndarray:
    """codes[n] is the place of labels[n] in `classes`: (N,) int64.

    Labels and classes are both text or both numbers. A label that is not among the classes (a NaN,
    an empty string) raises AstronnError that names it, how often it occurs and where first. No
    labels give no codes.

    Parameters
    ----------
    labels : array_like (N,)
        Text or numbers, as the classes are.
    classes : sequence of K different names
        All text or all numbers.

    Returns
    -------
    ndarray (N,) int64
        The places.

    Raises
    ------
    AstronnError
        For a label outside the classes, labels that are not one list, text beside numbers, or
        classes that are repeated.
    """
    known = class_array(classes)
    values = _label_array(labels, known)
    order = np.argsort(known)
    place = np.searchsorted(known, values, sorter=order)
    codes = order[np.minimum(place, len(known) - 1)].astype(np.int64, copy=False)
    wrong = np.flatnonzero(known[codes] != values)
    if len(wrong):
        raise AstronnError(
            f"label {str(values[wrong[0]])!r} (object {wrong[0]}, {len(wrong)} in all are outside"
            f" the classes) is not one of: {', '.join(map(str, known))}; add the class to the"
            " scheme or leave the object out"
        )
    return codes


def class_array(classes: Classes) -> np.ndarray:
    """The classes as an array (K,) of text or numbers; AstronnError when empty or repeated."""
    known = np.asarray(list(classes))
    if known.dtype.kind == "O":
        known = known.astype(str)
    if known.ndim != 1 or not len(known) or len(np.unique(known)) != len(known):
        raise AstronnError(f"classes must be a list of different names, got {list(classes)}")
    return known


def _label_array(labels: ArrayLike, known: np.ndarray) -> np.ndarray:
    """The labels as a 1-d array that compares with the classes: text with text, numbers with
    numbers.
    """
    values = np.asarray(labels)
    text = known.dtype.kind in "US"
    if values.dtype.kind not in "US" and values.dtype.kind in "OT" and text:
        values = values.astype(str)
    if values.ndim != 1:
        raise AstronnError(f"labels must be one-dimensional, got the shape {values.shape}")
    if len(values) and (values.dtype.kind in "US") != text:
        raise AstronnError(
            f"labels are {values.dtype} and classes are {known.dtype}; give both as text or both as"
            " numbers"
        )
    return values
