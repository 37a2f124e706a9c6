"""Epochs on the disk between reading and sorting: they come in any order and leave one range of
objects at a time.

Chunks stay in memory as long as the budget holds them; later ones are appended to one file a
column. Of each chunk the lowest and highest object number are remembered, so that files whose
epochs already lie object by object are read once; others are read once a range."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalogs.lightcurves.epochs import Epochs

FIELDS = {
    "code": "int32",
    "time": "float64",
    "magnitude": "float32",
    "error": "float32",
    "band": "int8",
    "cause": "int8",
    "part": "int32",
}
NONE = -1  # of a cause or a part that a source does not tell


@dataclass(frozen=True, eq=False)
class _Chunk:
    """n epochs of objects low to high: their columns, or the row of the files at which they
    start.
    """

    n: int
    low: int
    high: int
    start: int
    columns: dict[str, np.ndarray] | None


def _column(epochs: Epochs, name: str, code: np.ndarray, dtype: str) -> np.ndarray:
    values = code if name == "code" else getattr(epochs, name)
    if values is None:
        return np.full(len(code), NONE, dtype)
    return np.ascontiguousarray(values, dtype=dtype)


class Spool:
    """A growing folder of epochs; as a context manager it is removed at the end."""

    def __init__(self, folder: Path, rows_in_memory: int) -> None:
        self.folder, self.rows_in_memory = folder, rows_in_memory
        self.numbers: dict[str, int] = {}  # object name to its number, in the order of appearance
        self.counts = np.zeros(0, dtype=np.int64)  # epochs of each object
        self.chunks: list[_Chunk] = []
        self.n = 0

    def __enter__(self) -> Spool:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._open = ExitStack()
        enter = self._open.enter_context
        self._files = {name: enter((self.folder / name).open("wb")) for name in FIELDS}
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, epochs: Epochs) -> None:
        """Append a chunk; its objects get the next numbers if they are new, whether or not they
        have epochs.
        """
        number = np.array(
            [self.numbers.setdefault(name, len(self.numbers)) for name in epochs.names],
            dtype=np.int32,
        )
        self.counts = np.pad(self.counts, (0, len(self.numbers) - len(self.counts)))
        if not len(epochs):
            return
        code = number[epochs.code]
        low, high = int(code.min()), int(code.max())
        self.counts[low : high + 1] += np.bincount(code - low, minlength=high - low + 1)
        columns = {name: _column(epochs, name, code, dtype) for name, dtype in FIELDS.items()}
        start = self._files["time"].tell() // 8
        self.n += len(epochs)
        if self.n > self.rows_in_memory:
            for name, values in columns.items():
                self._files[name].write(values.data)
        kept = columns if self.n <= self.rows_in_memory else None
        self.chunks.append(_Chunk(len(epochs), low, high, start, kept))

    def ranges(self, rows: int) -> Iterator[tuple[int, int, dict[str, np.ndarray]]]:
        """(first object, end, columns) of ranges of objects with at most `rows` epochs together (an
        object alone may have more), in the order of arrival within a range; `code` counts from
        the first object. Columns are (n_epochs,) each.
        """
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
        parts: dict[str, list[np.ndarray]] = {
            name: [np.empty(0, dtype)] for name, dtype in FIELDS.items()
        }
        for chunk in self.chunks:
            if chunk.high < first or chunk.low >= end:
                continue
            whole = chunk.low >= first and chunk.high < end
            code = self._column(chunk, "code")
            inside = slice(None) if whole else (code >= first) & (code < end)
            for name in FIELDS:
                parts[name].append(
                    (code - np.int32(first) if name == "code" else self._column(chunk, name))[
                        inside
                    ]
                )
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    def _column(self, chunk: _Chunk, name: str) -> np.ndarray:
        if chunk.columns is not None:
            return chunk.columns[name]
        dtype = np.dtype(FIELDS[name])
        return np.fromfile(
            self.folder / name, dtype, count=chunk.n, offset=chunk.start * dtype.itemsize
        )
