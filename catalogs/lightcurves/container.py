"""Many light curves as flat columns: epochs sorted by object, then time, memory-mapped from one
Arrow file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.files.atomic import replacing
from catalogs.files.parquet import no_columns, read_frame, write_frame

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

KIND = "light curves"
EPOCHS, OBJECTS = "epochs.arrow", "objects.parquet"
COLUMNS = {"time_days": "float64", "magnitude": "float32", "error": "float32", "band": "int8"}


@dataclass(frozen=True, eq=False)
class LightCurves:
    """N light curves of together M epochs.

    object_id (N,) text, each once; offsets (N + 1,) int64: the epochs of object i are rows
    offsets[i] to offsets[i + 1] of the flat columns, which may be none; time_days (M,) float64,
    Julian Dates of the standard that `time_scale` names, rising within an object; magnitude and
    error (M,) float32, magnitudes, finite (an error that is not known is NaN); band (M,) int8, the
    place of the band in `bands`. `removed` counts for each object the epochs that cleaning took
    out, by reason, and those out of order; `provenance` says what the light curves were made from
    (JSON). Every fault of the arrays is one CatalogueError."""

    object_id: np.ndarray
    offsets: np.ndarray
    time_days: np.ndarray
    magnitude: np.ndarray
    error: np.ndarray
    band: np.ndarray
    bands: tuple[str, ...]
    time_scale: dict = field(default_factory=dict)
    provenance: dict = field(default_factory=dict)
    removed: pd.DataFrame = field(default_factory=no_columns)

    def __post_init__(self) -> None:
        object.__setattr__(self, "object_id", np.asarray(self.object_id, dtype=str))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, dtype=np.int64))
        for name, dtype in COLUMNS.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=dtype))
        self._check()

    def _check(self) -> None:
        n, m = len(self.object_id), len(self.time_days)
        lengths = {name: len(getattr(self, name)) for name in COLUMNS}
        if set(lengths.values()) != {m} or len(self.offsets) != n + 1:
            raise CatalogueError(
                f"light curves: {n} objects, {len(self.offsets)} offsets and columns {lengths};"
                " remedy: give one offset more than objects, and columns of equal length"
            )
        if self.offsets[0] != 0 or self.offsets[-1] != m or (np.diff(self.offsets) < 0).any():
            raise CatalogueError(
                f"light curves: offsets must rise from 0 to {m}; remedy: sort the epochs by object"
            )
        names, counts = np.unique(self.object_id, return_counts=True)
        if (counts > 1).any():
            raise CatalogueError(
                f"light curves: objects given twice: {listed(names[counts > 1])}; remedy: join"
                " their epochs"
            )
        if m and not (int(self.band.min()) >= 0 and int(self.band.max()) < len(self.bands)):
            raise CatalogueError(
                f"light curves: band codes outside 0 to {len(self.bands) - 1}; remedy: name every"
                " band"
            )

    def __len__(self) -> int:
        return len(self.object_id)

    @property
    def n_epochs(self) -> np.ndarray:
        """The number of epochs of each object, (N,) int64."""
        return np.diff(self.offsets)

    def rows(self, object_id: Sequence[str] | np.ndarray) -> np.ndarray:
        """The place of each named object, (K,) int64; CatalogueError names those without a light
        curve.
        """
        import pandas as pd

        names = np.asarray(object_id, dtype=str)
        rows = pd.Index(self.object_id).get_indexer(names)
        if (rows < 0).any():
            raise CatalogueError(
                f"no light curve of {listed(names[rows < 0])}; remedy: leave these objects out"
            )
        return rows

    def take(self, object_id: Sequence[str] | np.ndarray) -> LightCurves:
        """The light curves of the named objects, in that order, in memory; an object may be named
        once.
        """
        return self.at(self.rows(object_id))

    def at(self, rows: np.ndarray) -> LightCurves:
        """The light curves in these places, (K,) whole numbers, in that order, in memory."""
        rows = np.asarray(rows, dtype=np.int64)
        return self._gathered(rows, epochs_of(self.offsets, rows), self.n_epochs[rows])

    def only(self, *bands: str) -> LightCurves:
        """The same objects with the epochs of these bands alone, in memory.

        Raises
        ------
        CatalogueError
            If a band is not among those of the light curves.
        """
        unknown = sorted(set(bands) - set(self.bands))
        if unknown:
            raise CatalogueError(f"no band {unknown[0]!r}; choose among: {', '.join(self.bands)}")
        wanted = np.isin(self.band, [self.bands.index(name) for name in bands])
        counts = np.diff(np.r_[0, np.cumsum(wanted)][self.offsets])
        return self._gathered(np.arange(len(self)), np.flatnonzero(wanted), counts)

    def _gathered(self, rows: np.ndarray, epochs: np.ndarray, counts: np.ndarray) -> LightCurves:
        columns = {name: getattr(self, name)[epochs] for name in COLUMNS}
        removed = (
            self.removed.iloc[rows].reset_index(drop=True) if len(self.removed) else self.removed
        )
        return replace(
            self,
            object_id=self.object_id[rows],
            offsets=np.r_[0, np.cumsum(counts)],
            removed=removed,
            **columns,
        )

    def to_arrow(self) -> pa.Table:
        """One row per object, its epochs as list columns (nested-pandas and lsdb read this form);
        nothing is copied.
        """
        import pyarrow as pa

        offsets = pa.array(self.offsets)
        nested = {
            name: pa.LargeListArray.from_arrays(offsets, pa.array(getattr(self, name)))
            for name in COLUMNS
        }
        return pa.table({"object_id": pa.array(self.object_id.tolist(), pa.string()), **nested})

    def write(self, folder: Path | str) -> None:
        """Write the light curves to `folder`; a reader sees the old ones, none, or the whole new
        ones.
        """
        about = {
            "bands": list(self.bands),
            "time_scale": self.time_scale,
            "provenance": self.provenance,
        }
        write_folder(
            folder,
            self.object_id,
            self.n_epochs,
            self.removed,
            {n: getattr(self, n) for n in COLUMNS},
            about,
        )

    @classmethod
    def read(cls, folder: Path | str) -> LightCurves:
        """The light curves that lie in `folder`, their columns memory-mapped; CatalogueError if
        they are not complete.
        """
        folder = Path(folder)
        frame, about = read_frame(folder / OBJECTS, KIND)
        counts = frame["n_epochs"].to_numpy().astype(np.int64)
        columns = _mapped(folder / EPOCHS)
        return cls(
            object_id=frame["object_id"].to_numpy(dtype=str),
            offsets=np.r_[0, np.cumsum(counts)],
            bands=tuple(about["bands"]),
            time_scale=about["time_scale"],
            provenance=about["provenance"],
            removed=frame.drop(columns=["object_id", "n_epochs"]).astype(np.int64),
            **columns,
        )


def epochs_of(offsets: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The places of all epochs of the objects in `rows`, one object after the other, int64.
    ``offsets``: (N + 1,), ``rows``: (n,).
    """
    starts, counts = offsets[rows], offsets[rows + 1] - offsets[rows]
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)


def write_folder(
    folder: Path | str,
    object_id: np.ndarray,
    n_epochs: np.ndarray,
    removed: pd.DataFrame,
    columns: Mapping[str, np.ndarray],
    about: dict,
) -> None:
    """Write the files of light curves: the epochs as one Arrow record batch, then the objects: they
    exist from then on.

    `columns` may be memory-mapped: they are handed to the disk without a copy in memory.
    ``object_id`` and ``n_epochs`` are (N,), columns (n_epochs,) each.
    """
    import pandas as pd
    import pyarrow as pa

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OBJECTS).unlink(
        missing_ok=True
    )  # the old offsets must never stand beside the new epochs
    batch = pa.record_batch([pa.array(columns[name]) for name in COLUMNS], names=list(COLUMNS))
    with (
        replacing(folder / EPOCHS) as scratch,
        pa.ipc.new_file(str(scratch), batch.schema) as writer,
    ):
        writer.write_batch(batch)
    frame = pd.DataFrame(
        {
            "object_id": np.asarray(object_id, dtype=str),
            "n_epochs": np.asarray(n_epochs, dtype=float),
        }
    )
    frame = pd.concat([frame, removed.astype(float).reset_index(drop=True)], axis=1)
    write_frame(folder / OBJECTS, frame, KIND, about, {})


def _mapped(path: Path) -> dict[str, np.ndarray]:
    """The columns of the epochs, memory-mapped."""
    import pyarrow as pa

    try:
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        return {name: batch.column(name).to_numpy(zero_copy_only=True) for name in COLUMNS}
    except (pa.ArrowInvalid, OSError, KeyError) as error:
        raise CatalogueError(
            f"{path}: not readable epochs ({error}); remedy: make the light curves again"
        ) from error
