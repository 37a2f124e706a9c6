"""Epochs on the disk between reading and sorting: they come in any order and leave one range of objects at a time.

Chunks are appended to one file a column. Of each chunk the lowest and highest object number are remembered, so that files whose
epochs already lie object by object are read once; others are read once a range.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from catalogs.lightcurves.epochs import Epochs

FIELDS = {"code": "int32", "time": "float64", "magnitude": "float32", "error": "float32", "band": "int8"}


class Spool:
    """A growing folder of epochs; as a context manager it is removed at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers: dict[str, int] = {}  # object name to its number, in the order of appearance
        self.counts = np.zeros(0, dtype=np.int64)  # epochs of each object
        self.chunks: list[tuple[int, int, int, int]] = []  # first row, rows, lowest and highest object number
        self.n = 0

    def __enter__(self) -> Spool:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._open = ExitStack()
        self._files = {name: self._open.enter_context(open(self.folder / name, "wb")) for name in FIELDS}
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, epochs: Epochs) -> None:
        """Append a chunk; its objects get the next numbers if they are new, whether or not they have epochs."""
        number = np.array([self.numbers.setdefault(name, len(self.numbers)) for name in epochs.names], dtype=np.int32)
        self.counts = np.pad(self.counts, (0, len(self.numbers) - len(self.counts)))
        if not len(epochs):
            return
        code = number[epochs.code]
        low, high = int(code.min()), int(code.max())
        self.counts[low : high + 1] += np.bincount(code - low, minlength=high - low + 1)
        for name, dtype in FIELDS.items():
            values = code if name == "code" else getattr(epochs, name)
            self._files[name].write(np.ascontiguousarray(values, dtype=dtype).data)
        self.chunks.append((self.n, len(epochs), low, high))
        self.n += len(epochs)

    def ranges(self, rows: int) -> Iterator[tuple[int, int, dict[str, np.ndarray]]]:
        """(first object, end, columns) of ranges of objects with at most `rows` epochs together (an object alone may have
        more), in the order of arrival within a range; `code` counts from the first object."""
        for file in self._files.values():
            file.flush()
        ends = np.cumsum(self.counts)
        first = 0
        while first < len(ends):
            before = ends[first - 1] if first else 0
            end = max(int(np.searchsorted(ends, before + rows, side="right")), first + 1)
            yield first, end, self._range(first, end)
            first = end

    def _range(self, first: int, end: int) -> dict[str, np.ndarray]:
        parts: dict[str, list[np.ndarray]] = {name: [np.empty(0, dtype)] for name, dtype in FIELDS.items()}
        for start, n, low, high in self.chunks:
            if high < first or low >= end:
                continue
            code = self._read("code", start, n)
            inside = (code >= first) & (code < end)
            for name in FIELDS:
                parts[name].append((code - first if name == "code" else self._read(name, start, n))[inside])
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    def _read(self, name: str, start: int, n: int) -> np.ndarray:
        dtype = np.dtype(FIELDS[name])
        return np.fromfile(self.folder / name, dtype, count=n, offset=start * dtype.itemsize)
