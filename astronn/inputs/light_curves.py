"""How light curves come in: ragged series of time, magnitude, error and band, as flat arrays with
offsets; NaN allowed.

An epoch without a finite time and magnitude is left out. An error that is not a positive number
means "not known". A curve may have any number of epochs, none among them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch

from astronn.errors import AstronnError
from astronn.options import warn_of_old

COLUMNS = ("time_days", "magnitude", "error", "band")
EACH = ("period_days", "scalar_features")  # one entry or row per curve
TYPES = {"time_days": np.float64, "magnitude": np.float32, "error": np.float32, "band": np.int64}


@dataclass(frozen=True)
class Curves:
    """N light curves: the epochs of curve i are rows offsets[i] to offsets[i + 1] of the flat
    arrays.

    ``curves[i]`` is a Curves of one, ``curves[rows]`` one of several, so that scikit-learn can
    split it."""

    offsets: np.ndarray  # (N + 1,) int64
    time_days: np.ndarray  # (n,) float64
    magnitude: np.ndarray  # (n,) float32
    error: np.ndarray  # (n,) float32, magnitudes; NaN: not known
    band: np.ndarray  # (n,) int64, from 0
    period_days: np.ndarray | None = None  # (N,) float64; NaN: not known
    scalar_features: np.ndarray | None = None  # (N, F) float64, of each object; NaN: missing

    @classmethod
    def of(
        cls, X: Any, *, period_days: Any = None, scalar_features: Any = None, table: Any = None
    ) -> Curves:
        """Curves from any form that a classifier takes, with a period and scalar features for each.

        ``table`` is the old name of ``scalar_features``, taken for one version."""
        curves = check_curves(X)
        if table is not None:
            warn_of_old("table", "scalar_features", stacklevel=3)
            scalar_features = table
        given = {"period_days": period_days, "scalar_features": scalar_features}
        return check_curves(
            replace(curves, **{name: value for name, value in given.items() if value is not None})
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, rows: Any) -> Curves:
        chosen = np.atleast_1d(np.arange(len(self))[rows])
        counts = self.counts[chosen]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        flat = np.arange(offsets[-1]) + np.repeat(self.offsets[chosen] - offsets[:-1], counts)
        each: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name)[chosen]
            for name in EACH
        }
        return Curves(offsets, *(getattr(self, name)[flat] for name in COLUMNS), **each)

    def digest(self) -> str:
        """A SHA-256 of all arrays, in hexadecimal."""
        found = hashlib.sha256()
        for field in fields(self):
            values = getattr(self, field.name)
            found.update(repr(None if values is None else (field.name, values.shape)).encode())
            found.update(b"" if values is None else np.ascontiguousarray(values).data)
        return found.hexdigest()

    @property
    def counts(self) -> np.ndarray:
        """The number of epochs of each curve, (N,)."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> np.ndarray:
        """The number of the curve that each epoch belongs to, (n,)."""
        return np.repeat(np.arange(len(self)), self.counts)


def check_curves(X: Any, name: str = "X") -> Curves:
    """X as checked Curves, each in order of time, without the epochs that have no finite time and
    magnitude.

    X is a list whose entries are arrays (n_epochs, 2 to 4) with the columns time (days), magnitude,
    error, band, or Curves; or any object with the attributes of Curves, of which ``error``,
    ``band``, ``period_days`` and ``scalar_features`` (``table`` in version 0.1.0) may be missing.

    Raises
    ------
    AstronnError
        If X is of another kind, holds no light curve, or has entries of other shapes.
    """
    if all(hasattr(X, attribute) for attribute in ("offsets", "time_days", "magnitude")):
        return _cleaned(_checked(_from_attributes(X), name))
    if not isinstance(X, Sequence) or isinstance(X, str):
        raise AstronnError(
            f"{name} must be a list of arrays (n_epochs, columns time, magnitude, error, band),"
            f" Curves, or an object with offsets, time_days, magnitude, not {type(X).__name__}"
        )
    if not len(X):
        raise AstronnError(f"{name} holds no light curve")
    if all(hasattr(entry, "offsets") for entry in X):
        return _joined([check_curves(one, f"{name}[{i}]") for i, one in enumerate(X)], name)
    return _cleaned(_checked(_from_arrays(X, name), name))


def _from_attributes(X: Any) -> Curves:
    """The arrays of X in their types; an error or band that is not there is "not known" and 0."""
    time = _array(X.time_days, np.float64)
    error, band = (getattr(X, name, None) for name in ("error", "band"))
    period, own = (getattr(X, name, None) for name in EACH)
    own = getattr(X, "table", None) if own is None else own  # the name of version 0.1.0
    return Curves(
        offsets=_array(X.offsets, np.int64),
        time_days=time,
        magnitude=_array(X.magnitude, np.float32),
        error=(
            np.full(time.shape, np.nan, np.float32) if error is None else _array(error, np.float32)
        ),
        band=np.zeros(time.shape, np.int64) if band is None else _array(band, np.int64),
        period_days=None if period is None else _array(period, np.float64),
        scalar_features=None if own is None else _array(own, np.float64),
    )


def _array(values: Any, kind: type) -> np.ndarray:
    return np.asarray(values.detach().cpu() if isinstance(values, torch.Tensor) else values).astype(
        kind, copy=False
    )


def _from_arrays(X: Sequence, name: str) -> Curves:
    arrays = [_array(entry, np.float64) for entry in X]
    for i, array in enumerate(arrays):
        if array.ndim != 2 or not 2 <= array.shape[1] <= 4 or array.shape[1] != arrays[0].shape[1]:
            raise AstronnError(
                f"{name}[{i}] must be (n_epochs, 2 to 4), columns time, magnitude, error, band, as"
                f" many as {name}[0] has, not {array.shape}"
            )
    flat = np.concatenate(arrays)
    offsets = np.concatenate([[0], np.cumsum([len(array) for array in arrays])])
    n_columns = flat.shape[1]
    error = flat[:, 2] if n_columns > 2 else np.full(len(flat), np.nan)
    band = flat[:, 3] if n_columns > 3 else np.zeros(len(flat))
    if not (np.isfinite(band) & (band == np.round(band))).all():
        raise AstronnError(
            f"{name}: the fourth column is the band, an integer from 0 for each epoch; number the"
            " bands"
        )
    return Curves(
        offsets,
        flat[:, 0],
        flat[:, 1].astype(np.float32),
        error.astype(np.float32),
        band.astype(np.int64),
    )


def _joined(parts: list[Curves], name: str) -> Curves:
    """One Curves after the other; a period or scalar features that only some have raise
    AstronnError.
    """
    columns = {
        field.name: [getattr(part, field.name) for part in parts] for field in fields(Curves)
    }
    for key in EACH:
        if len({None if value is None else value.shape[1:] for value in columns[key]}) > 1:
            raise AstronnError(
                f"{name}: some light curves have a {key} and others none or another; give all the"
                " same"
            )
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([part.counts for part in parts]))])
    flat: dict[str, Any] = {
        key: None if values[0] is None else np.concatenate(values)
        for key, values in columns.items()
    }
    return Curves(**flat | {"offsets": offsets})


def _checked(curves: Curves, name: str) -> Curves:
    """The same curves; every fault in the shapes of their arrays is in one AstronnError."""
    offsets, n = curves.offsets, curves.time_days.size
    faults = []
    if (
        offsets.ndim != 1
        or len(offsets) < 2
        or offsets[0] != 0
        or offsets[-1] != n
        or (np.diff(offsets) < 0).any()
    ):
        faults.append(
            f"offsets must rise from 0 to the number of epochs, {n}, with one entry more than light"
            " curves"
        )
    faults += [
        f"{column} must have one entry per epoch, ({n},), not {getattr(curves, column).shape}"
        for column in COLUMNS
        if getattr(curves, column).shape != (n,)
    ]
    if curves.band.size and curves.band.min() < 0:
        faults.append(f"band must be an integer from 0, not {curves.band.min()}")
    period, own, size = curves.period_days, curves.scalar_features, max(len(curves), 0)
    if period is not None and (
        period.shape != (size,) or (period <= 0).any() or np.isinf(period).any()
    ):
        faults.append(
            f"period_days must hold one finite number > 0 or NaN per light curve, ({size},)"
        )
    if own is not None and (own.ndim != 2 or len(own) != size or np.isinf(own).any()):
        faults.append(
            f"scalar_features must hold finite numbers or NaN per light curve, ({size}, F), not"
            f" {own.shape}"
        )
    if faults:
        raise AstronnError(f"{name}: " + "; ".join(faults))
    return curves


def _cleaned(curves: Curves) -> Curves:
    kept = np.isfinite(curves.time_days) & np.isfinite(curves.magnitude)
    if not kept.all():
        offsets = np.concatenate([[0], np.cumsum(kept)])[curves.offsets]
        curves = replace(
            curves, offsets=offsets, **{name: getattr(curves, name)[kept] for name in COLUMNS}
        )
    late = np.diff(curves.time_days) < 0
    if late.any() and (late & (np.diff(curves.owner) == 0)).any():
        order = np.lexsort((curves.time_days, curves.owner))
        curves = replace(curves, **{name: getattr(curves, name)[order] for name in COLUMNS})
    unknown = ~(np.isfinite(curves.error) & (curves.error > 0))
    return (
        replace(curves, error=np.where(unknown, np.float32(np.nan), curves.error))
        if unknown.any()
        else curves
    )
