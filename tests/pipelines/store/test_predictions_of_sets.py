"""Lists of class names in a Parquet file and back."""

import numpy as np
import pyarrow as pa

from pipelines.store import predictions

CLASSES = ["E", "S0", "Sa"]


def test_sets_are_lists_of_names_and_come_back():
    held = np.array([[True, False, True], [False] * 3, [True] * 3, [False, True, False]])
    column = predictions._names_held(held, CLASSES)
    assert column.to_pylist() == [["E", "Sa"], [], CLASSES, ["S0"]]
    assert column.type == pa.list_(pa.string())
    parts = pa.chunked_array([column.slice(1), column.slice(0, 1)])
    assert (predictions._holds(parts, CLASSES) == held[[1, 2, 3, 0]]).all()
    none = pa.chunked_array([column.slice(0, 0)])
    assert predictions._holds(none, CLASSES).shape == (0, 3)
