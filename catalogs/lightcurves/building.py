"""The ingest of light curves: any source to one store, cleaned, sorted and counted, in bounded
memory.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.lightcurves.cleaning import (
    COUNTED,
    REASONS,
    UNSORTED,
    Cleaning,
    out_of_order,
    repeated,
)
from catalogs.lightcurves.container import COLUMNS, OBJECTS, LightCurves, write_folder
from catalogs.lightcurves.epochs import Epochs, Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.grouping import numbered
from catalogs.lightcurves.levels import levelled
from catalogs.lightcurves.spool import FIELDS, Spool
from catalogs.lightcurves.timescales import TimeScale, likely_zeros

if TYPE_CHECKING:
    import pandas as pd

BUDGET_MIB = 256
BYTES_A_ROW = 130  # what holding, sorting and cleaning one epoch takes at the peak


@dataclass(frozen=True)
class Making:
    """How measurements become the magnitudes of the store: what is taken out, what the fluxes are
    (None: they are magnitudes), and whether parts are brought to one level.
    """

    cleaning: Cleaning
    fluxes: Fluxes | None = None
    level: bool = False

    def describe(self) -> dict[str, object]:
        """What a manifest says of it, JSON."""
        rules: dict[str, object] = {"cleaning": self.cleaning.describe()}
        rules |= {} if self.fluxes is None else {"fluxes": self.fluxes.describe()}
        return rules | ({"level": "median of each part"} if self.level else {})

    def magnitudes(self, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The epochs that stay, with magnitudes on one level; an error of 0 is unknown. Columns are
        (n_epochs,) each.
        """
        values, error = columns["magnitude"], columns["error"]
        if self.fluxes is not None or self.level:
            curve = columns["code"].astype(np.int64) * (1 << 8) + columns["band"]
            curve = numbered(curve)
            if self.level:
                args = values.astype(np.float64), error, curve, columns["part"]
                values, error = levelled(*args, fluxes=self.fluxes is not None)
            if self.fluxes is not None:
                values, error = self.fluxes.magnitudes(values, error, curve)
        if (error == 0).any():
            error = np.where(error == 0, np.nan, error)
        return columns | {
            "magnitude": np.asarray(values, dtype=np.float32),
            "error": np.asarray(error, dtype=np.float32),
        }


Progress = Callable[
    [int, int | None], None
]  # called with the epochs read and their total (None: not known)


def build(
    source: Source,
    folder: Path | str,
    *,
    bands: tuple[str, ...],
    time_scale: TimeScale,
    about: dict[str, object],
    cleaning: Cleaning | None = None,
    fluxes: Fluxes | None = None,
    level: bool = False,
    expected: Collection[str] | None = None,
    budget_mib: float = BUDGET_MIB,
    progress: Progress | None = None,
) -> LightCurves:
    """The light curves of all epochs that the source yields, in `folder`.

    Objects stand in the order of their appearance; those that are not `expected` are left out, and
    an expected one without epochs is not added. An object whose epochs are all taken out stays,
    with none. `about` (JSON) must say what the light curves are made from and how; the same `about`
    finds the finished ones. With `fluxes` the source yields fluxes, and cleaning's limits are in
    their unit; the store holds their asinh magnitudes. With `level` the parts of a light curve are
    brought to one level (catalogs.lightcurves.levels). About `budget_mib` MiB are used beyond one
    chunk of the source and a few dozen bytes an object, however long the table. A source without a
    usable epoch is an error.
    """
    folder = Path(folder)
    usual = Cleaning() if fluxes is None else Cleaning.of_fluxes()
    how = Making(cleaning or usual, fluxes, level)
    rules = {"bands": list(bands), "time_scale": time_scale.describe(), **how.describe()}
    key = hashlib.sha256(
        json.dumps({"about": about, **rules, "version": 2}, sort_keys=True).encode()
    ).hexdigest()[:32]
    if (folder / OBJECTS).is_file():
        found = LightCurves.read(folder)
        if found.provenance.get("key") == key:
            return found
    rows = max(int(budget_mib * 2**20 / BYTES_A_ROW), 1)
    with Spool(folder / f".spool-{secrets.token_hex(8)}", rows) as spool:
        unknown = _fill(spool, source, time_scale, expected, progress)
        counts, removed, columns = _sorted(spool, rows, how)
        _check_anything(folder, spool, removed, columns, time_scale)
        totals = {name: int(removed[name].sum()) for name in COUNTED}
        provenance = {
            **about,
            **how.describe(),
            "read": spool.n,
            "removed": totals,
            "key": key,
        }
        provenance["not_in_the_table"] = unknown
        entry = {"bands": list(bands), "time_scale": rules["time_scale"], "provenance": provenance}
        write_folder(
            folder, np.array(list(spool.numbers), dtype=str), counts, removed, columns, entry
        )
    return LightCurves.read(folder)


def _fill(
    spool: Spool,
    source: Source,
    time_scale: TimeScale,
    expected: Collection[str] | None,
    progress: Progress | None,
) -> int:
    """Spool all epochs of expected objects with their Julian Dates; the number of objects left out
    is returned.
    """
    wanted = None if expected is None else frozenset(expected)
    unknown: set[str] = set()
    for chunk in source():
        if wanted is not None:
            unknown.update(name for name in chunk.names if name not in wanted)
            chunk = _restricted(chunk, wanted)
        time = time_scale.julian(chunk.time)
        spool.add(replace(chunk, time=time))
        _give_back()
        if progress is not None:
            progress(spool.n, None)
    return len(unknown)


def _give_back() -> None:
    """Return to the system what Arrow and the C library, which numpy uses, keep of freed memory."""
    import pyarrow as pa

    for pool in (pa.default_memory_pool(), pa.system_memory_pool()):
        pool.release_unused()


def _restricted(chunk: Epochs, wanted: frozenset[str]) -> Epochs:
    """The epochs of the wanted objects."""
    kept = np.array([name in wanted for name in chunk.names], dtype=bool)
    if kept.all():
        return chunk
    place = np.cumsum(kept) - 1
    rows = kept[chunk.code]
    names = [name for name, keep in zip(chunk.names, kept, strict=True) if keep]
    columns = {name: getattr(chunk, name) for name in FIELDS if name != "code"}
    inside = {name: None if values is None else values[rows] for name, values in columns.items()}
    return Epochs(names, place[chunk.code[rows]], **inside)  # type: ignore[arg-type]


def _sorted(
    spool: Spool, rows: int, how: Making
) -> tuple[np.ndarray, pd.DataFrame, dict[str, np.ndarray]]:
    """Epochs of each object, what was removed of it, and the columns: in memory where one range
    holds all, else memory-mapped files of the spool's folder.
    """
    import pandas as pd

    counts, removed, paths = [], [], {name: spool.folder / f"sorted-{name}" for name in COLUMNS}
    with ExitStack() as opened:
        files = {name: opened.enter_context(open(path, "wb")) for name, path in paths.items()}
        for first, end, columns in spool.ranges(rows):
            kept, gone = clean_and_sort(columns, end - first, how)
            counts.append(np.bincount(kept["code"], minlength=end - first))
            removed.append(gone)
            kept["time_days"] = kept.pop("time")
            if (first, end) == (0, len(spool.counts)):
                return (
                    counts[0],
                    pd.DataFrame(gone, columns=list(COUNTED)),
                    {name: kept[name] for name in COLUMNS},
                )
            for name in COLUMNS:
                files[name].write(kept[name].data)
            del columns, kept
            _give_back()
    removed_all = pd.DataFrame(
        np.concatenate([np.zeros((0, len(COUNTED)), np.int64), *removed]), columns=list(COUNTED)
    )
    return (
        np.concatenate([np.zeros(0, np.int64), *counts]),
        removed_all,
        {n: _mapped(paths[n], COLUMNS[n]) for n in COLUMNS},
    )


def _mapped(path: Path, dtype: str) -> np.ndarray:
    return (
        np.memmap(path, dtype, "r") if path.stat().st_size else np.empty(0, dtype)
    )  # nothing cannot be mapped


def clean_and_sort(
    columns: dict[str, np.ndarray], n_objects: int, how: Making
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The epochs that stay, sorted by object, time and band, and the (n_objects, len(COUNTED))
    numbers of those that left. Columns are (n_epochs,) each.
    """
    code, time, band = (columns[name] for name in ("code", "time", "band"))
    reason = how.cleaning.reasons(time, columns["magnitude"], columns["error"], columns["cause"])
    removed = np.zeros((n_objects, len(COUNTED)), dtype=np.int64)
    if (reason < 0).all() and _in_order(code, time):
        return how.magnitudes(columns), removed  # as most files are
    for number in range(len(REASONS)):
        removed[:, number] = np.bincount(code[reason == number], minlength=n_objects)
    good = np.flatnonzero(reason < 0)
    by_band = good[
        np.lexsort((band[good], code[good]))
    ]  # stable: the order of arrival within object and band
    late = out_of_order(code[by_band], time[by_band], band[by_band])
    removed[:, COUNTED.index(UNSORTED)] = np.bincount(code[by_band][late], minlength=n_objects)
    order = (
        by_band
        if not late.any() and not band[good].any()
        else good[np.lexsort((band[good], time[good], code[good]))]
    )
    if how.cleaning.duplicates:
        again = repeated(code[order], time[order], band[order])
        removed[:, REASONS.index("duplicate")] += np.bincount(
            code[order][again], minlength=n_objects
        )
        order = order[~again]
    return how.magnitudes({name: values[order] for name, values in columns.items()}), removed


def _in_order(code: np.ndarray, time: np.ndarray) -> bool:
    """Whether the epochs stand by object and then by time, none at the time of another."""
    later, same = time[1:] > time[:-1], code[1:] == code[:-1]
    return bool(((code[1:] > code[:-1]) | (same & later)).all())


def _check_anything(
    folder: Path, spool: Spool, removed: pd.DataFrame, columns: dict, time_scale: TimeScale
) -> None:
    """Raise when nothing is left, with what took it out; times on another scale than declared are
    named.
    """
    if len(columns["time_days"]):
        return
    totals = {name.replace("_", " "): int(removed[name].sum()) for name in REASONS}
    reasons = listed(f"{count} {name}" for name, count in totals.items() if count)
    hint = "give the files that hold the photometry"
    if totals["wrong time"] > spool.n / 2:
        _, _, first = next(spool.ranges(10000))
        zeros = " or ".join(
            f"{zero:.10g}" for zero in likely_zeros(first["time"] - time_scale.zero)
        )
        hint = (
            f"the times look like Julian Dates less {zeros}: give that zero"
            if zeros
            else "say what the times are"
        )
    raise CatalogueError(
        f"{folder}: no usable epoch of {spool.n} ({reasons or 'the source is empty'}); remedy:"
        f" {hint}"
    )
