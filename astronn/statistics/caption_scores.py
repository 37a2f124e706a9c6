"""How good descriptions are: sequences of tokens against the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from astronn.errors import AstronnError
from astronn.inputs.grammar import Grammar, tokens_of

Sequences = Sequence[str | Sequence[str]]


class Attribute(NamedTuple):
    """How one attribute of an object is described."""

    n: int  # objects whose true description names it
    right: int  # of these, said to have the same value
    said_of_others: int  # objects without it that are said to have it


def exact_match(true: Sequences, said: Sequences) -> float:
    """The share of the sequences that are right in every token; NaN without any.

    Parameters
    ----------
    true, said : sequences of sequences of tokens
        Of the same objects, in one order.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    AstronnError
        If there are not as many sequences said as true ones.
    """
    true, said = _both(true, said)
    return float(np.mean([a == b for a, b in zip(true, said)])) if true else float("nan")


def token_accuracy(true: Sequences, said: Sequences) -> float:
    """Right tokens over places, summed over all sequences; a place is right where both have the
    same token there.

    A pair of sequences has as many places as the longer one, so that a token too many or too few is
    a wrong one. NaN without any sequence.

    Parameters
    ----------
    true, said : sequences of sequences of tokens
        Of the same objects, in one order.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    AstronnError
        If there are not as many sequences said as true ones.
    """
    true, said = _both(true, said)
    right = sum(sum(a == b for a, b in zip(*pair)) for pair in zip(true, said))
    places = sum(max(map(len, pair)) for pair in zip(true, said))
    return right / places if places else float("nan")


def legal_rate(said: Sequences, grammar: Grammar) -> float:
    """The share of the sequences that the grammar allows; NaN without any.

    Parameters
    ----------
    said : sequence of sequences of tokens
        What was said.
    grammar : Grammar
        What may be said.

    Returns
    -------
    float
        From 0 to 1.
    """
    return (
        float(np.mean([grammar.allows(tokens_of(sequence)) for sequence in said]))
        if len(said)
        else float("nan")
    )


def attributes(
    true: Sequences, said: Sequences, slots: Mapping[str, Sequence[str]]
) -> dict[str, Attribute]:
    """For each attribute, a set of tokens of which a sequence has one or none: how often the right
    one is said.

    Parameters
    ----------
    true, said : sequences of sequences of tokens
        Of the same objects, in one order.
    slots : mapping of str to tokens
        The values of each attribute.

    Returns
    -------
    dict of str to Attribute
        By the attribute's name.

    Raises
    ------
    AstronnError
        If there are not as many sequences said as true ones.
    """
    true, said = _both(true, said)
    found = {}
    for name, tokens in slots.items():
        values = [
            [next((t for t in sequence if t in set(tokens)), None) for sequence in both]
            for both in (true, said)
        ]
        named = [(a, b) for a, b in zip(*values) if a is not None]
        others = sum(a is None and b is not None for a, b in zip(*values))
        found[name] = Attribute(len(named), sum(a == b for a, b in named), others)
    return found


def _both(true: Sequences, said: Sequences) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    if len(true) != len(said):
        raise AstronnError(
            f"{len(said)} sequences are said of {len(true)} objects; give one for each"
        )
    return [tokens_of(sequence) for sequence in true], [tokens_of(sequence) for sequence in said]
