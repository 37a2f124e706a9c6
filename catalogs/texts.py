"""Columns of text, (N,) str, by Arrow's hashes: what numpy does by sorting whole texts, and Python
by a million objects.

Texts are in alphabetical order where numpy has them so: by the numbers of their characters. What
Arrow cannot hold (half a character) is left to numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 65_536  # rows laid out at once


class Encoded(NamedTuple):
    """Distinct texts in alphabetical order, (U,), where each stands first, (U,), the number of each
    row's text, (N,), and how often each occurs, (U,).
    """

    names: np.ndarray
    first: np.ndarray
    codes: np.ndarray
    counts: np.ndarray


def encoded(texts: np.ndarray) -> Encoded:
    """As np.unique(texts, return_index=True, return_inverse=True, return_counts=True), of texts
    (N,).
    """
    found = _arrow(texts)
    if found is None or not len(texts):
        return Encoded(*np.unique(texts, True, True, True))
    dictionary = found.dictionary_encode()
    numbers = dictionary.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    n = len(dictionary.dictionary)
    first = np.empty(n, dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(texts) - 1, -1, -1)
    sorted_ = _order(dictionary.dictionary)
    rank = np.empty(n, dtype=np.int64)
    rank[sorted_] = np.arange(n)
    codes, first = rank[numbers], first[sorted_]
    return Encoded(np.asarray(texts)[first], first, codes, np.bincount(codes, minlength=n))


def order(texts: np.ndarray) -> np.ndarray:
    """The rows in alphabetical order, equal ones as they stand, (N,) int64."""
    texts = np.asarray(texts)
    if (texts[:-1] <= texts[1:]).all():
        return np.arange(len(texts))
    found = _arrow(texts)
    return np.argsort(texts, kind="stable") if found is None else _order(found)


def rows_of(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The first row of each asked text among the known ones, (M,) int64, -1 if it is not there."""
    import pyarrow.compute as pc

    values, wanted = _arrow(known), _arrow(asked)
    if values is None or wanted is None:
        import pandas as pd

        index = pd.Index(np.asarray(known, dtype=object), dtype=object)
        return index.get_indexer(np.asarray(asked, dtype=object)).astype(np.int64)
    found = pc.index_in(wanted, value_set=values)
    return pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def give_back() -> None:
    """Return what Arrow holds and does not use to the system; after work on many rows."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def repeated(texts: np.ndarray) -> np.ndarray:
    """Those of the texts (N,) that occur more than once, in alphabetical order."""
    found = _arrow(texts)
    if found is not None and len(found.unique()) == len(texts):
        return np.asarray(texts)[:0]
    whole = encoded(texts)
    return whole.names[whole.counts > 1]


def distinct(texts: np.ndarray) -> np.ndarray:
    """The texts (N,), each once, in alphabetical order."""
    found = _arrow(texts)
    if found is None:
        return np.unique(texts)
    return np.sort(np.array(found.unique().to_pylist(), dtype=str))


def to_numpy(texts: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Arrow's strings, without nulls, as numpy has them, (N,) str."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    width = pc.max(pc.binary_length(texts)).as_py() or 0
    if not width or pc.sum(pc.binary_length(texts)) != pc.sum(pc.utf8_length(texts)):
        return np.array(texts.to_pylist(), dtype=str)
    out = np.zeros((len(texts), width), dtype=np.uint32)
    start = 0
    for chunk in chunks:
        for part in range(0, len(chunk), BLOCK):
            block = chunk.slice(part, BLOCK)
            _lay_out(block.cast(pa.large_string()), out[start : start + len(block)])
            start += len(block)
    return out.view(f"<U{width}").ravel()


def _lay_out(block: pa.Array, out: np.ndarray) -> None:
    """Write the characters of a block of plain ASCII into a row each of out (n, width), zeros."""
    _, offsets, data = block.buffers()
    ends = np.frombuffer(offsets, np.int64)[block.offset : block.offset + len(block) + 1]
    characters = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    out[np.arange(out.shape[1]) < np.diff(ends)[:, None]] = characters


def _arrow(texts: np.ndarray) -> pa.Array | None:
    import pyarrow as pa

    try:
        return pa.array(np.asarray(texts), pa.string())
    except (pa.ArrowException, UnicodeError):
        return None


def _order(texts: pa.Array) -> np.ndarray:
    import pyarrow.compute as pc

    return pc.sort_indices(texts).to_numpy(zero_copy_only=False).astype(np.int64)
