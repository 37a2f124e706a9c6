"""A chunk of epochs on its way from a survey's files to the store, and what a source of them is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False)
class Epochs:
    """M epochs of K objects in any order, as the files give them.

    names: the K objects, each once; code (M,) whole numbers: which of `names` an epoch belongs to;
    time (M,) as written; magnitude and error (M,), NaN where unknown, both fluxes where the survey
    says so; band (M,) whole numbers, the place in the survey's list of bands. `cause` (M,) is the
    place in cleaning.REASONS of what the source knows an epoch to be lost by, -1 for none; `part`
    (M,) numbers the file, camera or season whose level the epoch has, -1 for none. Both may be
    None."""

    names: Sequence[str]
    code: np.ndarray
    time: np.ndarray
    magnitude: np.ndarray
    error: np.ndarray
    band: np.ndarray
    cause: np.ndarray | None = None
    part: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.code)


Source = Callable[[], Iterator[Epochs]]


def of_objects(
    names: Sequence[str],
    counts: np.ndarray,
    time: ArrayLike,
    magnitude: ArrayLike,
    error: ArrayLike,
    band: ArrayLike,
    cause: np.ndarray | None = None,
    part: np.ndarray | None = None,
) -> Epochs:
    """Epochs that lie one object after the other, counts[k] of names[k]; a name may come twice,
    band be one number. ``counts``: (N,); the columns are (n_epochs,) each.
    """
    unique = list(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(unique)}
    code = np.repeat(np.array([place[name] for name in names], dtype=np.int32), counts)
    when, value, sigma = (np.asarray(given, np.float64) for given in (time, magnitude, error))
    which = np.broadcast_to(np.asarray(band, dtype=np.int8), code.shape)
    return Epochs(unique, code, when, value, sigma, which, cause, part)
