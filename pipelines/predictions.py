"""Predictions on disk: one row an object, the same columns for networks and automatic schemes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalogs.catalogue import Catalogue
from reports.comparison import Predictions

METADATA = b"astronn"
POSTERIOR = "posterior_"
TEXTS = ("object_id", "reference", "predicted")


def write(
    path: Path, catalogue: Catalogue, part: np.ndarray, predicted: np.ndarray, posteriors: np.ndarray | None, about: dict
) -> None:
    """Write what a classifier said of every object of ``catalogue`` to a Parquet file.

    Columns: object_id, part ('train', 'test' or ''), reference (the label, '' where there is none), predicted (text) and,
    where the classifier gives posteriors (N, K), one float32 column ``posterior_<class>`` a class. ``about`` (name, title,
    kind, inputs) goes into the file's metadata.
    """
    texts = {"object_id": catalogue.object_id, "part": part, "reference": catalogue.labels, "predicted": predicted}
    columns = {name: pa.array(np.asarray(values).astype(str), pa.string()) for name, values in texts.items()}
    classes = list(catalogue.scheme.classes)
    if posteriors is not None:
        for name, column in zip(classes, posteriors.T):
            columns[POSTERIOR + name] = pa.array(np.ascontiguousarray(column, dtype=np.float32))
    metadata = json.dumps({**about, "classes": classes}).encode()
    table = pa.table(columns).replace_schema_metadata({METADATA: metadata})
    pq.write_table(table, path, use_dictionary=["part", "reference", "predicted"])


def read(paths: Sequence[Path], part: str) -> tuple[list[Predictions], int]:
    """The predictions in each of ``paths`` for the labelled objects of one part of the split, and how many were left out.

    All files hold the same objects in the same order. An object to which any of the classifiers gives no class (a survey's
    own scheme may be silent on some) is left out of all, so that every table has the same objects.
    """
    tables = [pq.read_table(path) for path in paths]
    wanted = pc.and_(pc.equal(tables[0]["part"], part), pc.not_equal(tables[0]["reference"], ""))
    answered = wanted
    for table in tables:
        answered = pc.and_(answered, pc.not_equal(table["predicted"], ""))
    left_out = pc.sum(wanted).as_py() - pc.sum(answered).as_py()
    return [_predictions(table.filter(answered), table.schema.metadata[METADATA]) for table in tables], left_out


def _predictions(table: pa.Table, metadata: bytes) -> Predictions:
    about = json.loads(metadata)
    names = [POSTERIOR + name for name in about["classes"]]
    has_posteriors = names[0] in table.column_names
    posteriors = np.column_stack([table[name].to_numpy() for name in names]) if has_posteriors else None
    texts = {name: np.array(table[name].to_pylist(), dtype=str) for name in TEXTS}
    return Predictions(**about, **texts, posteriors=posteriors)
