"""Sequences of tokens as labels: how they come in, and the numbers that a network learns from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from astronn.errors import AstronnError
from astronn.inputs.grammar import Grammar, tokens_of

SHOWN = 5  # faults that one message lists


def sequences_of(y: Any, n: int, name: str) -> list[tuple[str, ...]]:
    """The labels as tuples of tokens; AstronnError where they are not one an image, or where one is
    empty.
    """
    sequences = [tokens_of(caption) for caption in y]
    if len(sequences) != n:
        raise AstronnError(
            f"{name} has {len(sequences)} sequences for {n} images; give one for each image"
        )
    empty = [row for row, sequence in enumerate(sequences) if not sequence]
    if empty:
        raise AstronnError(
            f"{name}: sequences {empty[:SHOWN]} have no tokens; leave images without a label out"
        )
    return sequences


def token_codes(
    sequences: Sequence[tuple[str, ...]], grammar: Grammar, longest: int, name: str
) -> np.ndarray:
    """Token numbers and the end, -1 behind it: (N, longest + 1) int64; every fault of the sequences
    in one AstronnError.
    """
    codes = np.full((len(sequences), longest + 1), -1)
    faults = []
    for row, sequence in enumerate(sequences):
        try:
            numbers = [*grammar.encode(sequence), len(grammar.tokens)]
        except AstronnError as fault:
            faults.append(f"label {row}: {fault}")
            continue
        if len(sequence) > longest:
            faults.append(
                f"label {row} is too long: {len(sequence)} tokens, at most {longest} allowed"
            )
        else:
            codes[row, : len(numbers)] = numbers
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise AstronnError(f"{name}: {'; '.join(faults[:SHOWN])}{more}")
    return codes


def object_array(items: Iterable[Any]) -> np.ndarray:
    """A one-dimensional array of objects, also where these are sequences of one length. (N,) of
    dtype object.
    """
    items = list(items)
    out = np.empty(len(items), dtype=object)
    for row, item in enumerate(items):
        out[row] = item
    return out
