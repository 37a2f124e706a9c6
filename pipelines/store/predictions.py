"""Predictions on disk: one row per object, the same columns for networks and automatic schemes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.catalogue import Catalogue
from catalogs.texts import to_numpy
from reports.comparison import Predictions

METADATA = b"astronn"
POSTERIOR, CALIBRATED, OUTPUT, SET = "posterior_", "calibrated_", "output_", "set_"
TEXTS = ("object_id", "reference", "predicted")


def write(
    path: Path,
    catalogue: Catalogue,
    part: np.ndarray,
    predicted: np.ndarray,
    posteriors: np.ndarray | None,
    about: dict,
    more: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write what a classifier said of every object of ``catalogue`` to a Parquet file.

    Columns: object_id, part ('train', 'test' or ''), reference (the label, '' where there is none),
    predicted (text) and, where the classifier gives posteriors (N, K), one float32 column
    ``posterior_<class>`` a class; ``stage`` where the catalogue knows it. ``more`` holds further
    columns: numbers (N,), numbers (N, K) as one column ``<name>_<class>`` a class, or yes and no
    (N, K) as one column of lists of class names. ``about`` (name, title, kind, inputs) goes into
    the file's metadata."""
    texts = {
        "object_id": catalogue.object_id,
        "part": part,
        "reference": catalogue.labels,
        "predicted": predicted,
    }
    columns = {
        name: pa.array(np.asarray(values).astype(str), pa.string())
        for name, values in texts.items()
    }
    classes = list(catalogue.scheme.classes)
    if posteriors is not None:
        columns |= _by_class(POSTERIOR, posteriors, classes)
    if catalogue.stage is not None:
        columns["stage"] = pa.array(catalogue.stage)
    for name, values in (more or {}).items():
        if values.dtype == bool:
            columns[name] = _names_held(values, classes)
        else:
            columns |= (
                _by_class(f"{name}_", values, classes)
                if values.ndim > 1
                else {name: pa.array(values)}
            )
    metadata = json.dumps({**about, "classes": classes}).encode()
    table = pa.table(columns).replace_schema_metadata({METADATA: metadata})
    pq.write_table(table, path, use_dictionary=["part", "reference", "predicted"])


def _names_held(held: np.ndarray, classes: Sequence[str]) -> pa.Array:
    """The names of the classes that each row of (N, K) bool holds, a list a row."""
    ends = np.concatenate([[0], np.cumsum(held.sum(axis=1))]).astype(np.int32)
    names = pa.array(classes, pa.string()).take(pa.array(np.nonzero(held)[1]))
    return pa.ListArray.from_arrays(pa.array(ends), names)


def _holds(column: pa.ChunkedArray, classes: Sequence[str]) -> np.ndarray:
    """(N, K) bool of lists of names of classes: what ``_names_held`` was made of."""
    whole = column.combine_chunks()
    rows = pc.list_parent_indices(whole).to_numpy()
    codes = pc.index_in(pc.list_flatten(whole), value_set=pa.array(classes, pa.string()))
    held = np.zeros((len(column), len(classes)), dtype=bool)
    held[rows, codes.to_numpy()] = True
    return held


def _by_class(prefix: str, values: np.ndarray, classes: Sequence[str]) -> dict[str, pa.Array]:
    """One float32 column a class from values (N, K)."""
    columns = (np.ascontiguousarray(column, dtype=np.float32) for column in values.T)
    return {prefix + name: pa.array(column) for name, column in zip(classes, columns)}


def read(paths: Sequence[Path], part: str) -> tuple[list[Predictions], int]:
    """The predictions in each of ``paths`` for the labelled objects of one part of the split, and
    how many were left out.

    All files hold the same objects in the same order. An object to which any of the classifiers
    gives no class (a survey's own scheme may be silent on some) is left out of all, so that every
    table has the same objects."""
    tables = [pq.read_table(path) for path in paths]
    wanted = pc.and_(pc.equal(tables[0]["part"], part), pc.not_equal(tables[0]["reference"], ""))
    answered = wanted
    for table in tables:
        answered = pc.and_(answered, pc.not_equal(table["predicted"], ""))
    left_out = pc.sum(wanted).as_py() - pc.sum(answered).as_py()
    return [
        _predictions(table.filter(answered), table.schema.metadata[METADATA]) for table in tables
    ], left_out


def posteriors(path: Path) -> tuple[np.ndarray | None, np.ndarray]:
    """The posteriors (N, K) in a file of predictions, None where it has none, and the reference
    classes (N,).
    """
    table = pq.read_table(path)
    classes = json.loads(table.schema.metadata[METADATA])["classes"]
    return _columns(table, POSTERIOR, classes), to_numpy(table["reference"])


def _predictions(table: pa.Table, metadata: bytes) -> Predictions:
    about: dict[str, Any] = json.loads(metadata)
    found: dict[str, Any] = {name: to_numpy(table[name]) for name in TEXTS}
    wide = {"posteriors": POSTERIOR, "calibrated": CALIBRATED, "outputs": OUTPUT}
    found |= {name: _columns(table, prefix, about["classes"]) for name, prefix in wide.items()}
    found |= {
        name: table[name].to_numpy()
        for name in ("mutual_information", "stage")
        if name in table.column_names
    }
    sets = {
        name.removeprefix(SET): _holds(table[name], about["classes"])
        for name in table.column_names
        if name.startswith(SET)
    }
    return Predictions(**about, **found, sets=sets)


def _columns(table: pa.Table, prefix: str, classes: Sequence[str]) -> np.ndarray | None:
    """The columns of one prefix, (N, K), or None where the table has none."""
    names = [prefix + name for name in classes]
    return (
        np.column_stack([table[name].to_numpy() for name in names])
        if names[0] in table.column_names
        else None
    )
