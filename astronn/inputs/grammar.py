"""Which sequences of tokens are allowed: a finite automaton, small enough to be written down as a
table.

A state says which tokens may follow and where each leads; some states may end a sequence. A
description cannot then name a bar of an elliptical galaxy, whatever a network believes: decoding
walks the automaton and gives every other token probability 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from astronn.errors import AstronnError

START = "start"
NOWHERE = -1


class Grammar:
    """Which sequences of tokens are allowed: a finite automaton that begins in state "start".

    Parameters
    ----------
    moves : {state: {token: next state}}, all of them text; tokens are words without blanks.
    ends : the states in which a sequence may end.

    Attributes
    ----------
    tokens : V tokens, numbered in the order of their names, whatever the order of ``moves``; V
        itself stands for the end of a sequence.
    states : S states, "start" first.

    Raises
    ------
    AstronnError : all faults at once, such as states that cannot be reached or that reach no end.
    """

    def __init__(self, moves: Mapping[str, Mapping[str, str]], ends: Iterable[str]) -> None:
        self.moves = {
            str(state): {str(token): str(to) for token, to in after.items()}
            for state, after in moves.items()
        }
        self.ends = tuple(dict.fromkeys(map(str, ends)))
        for state in (
            *(to for after in list(self.moves.values()) for to in after.values()),
            *self.ends,
        ):
            self.moves.setdefault(state, {})
        self.states = (START, *sorted(set(self.moves) - {START}))
        self.tokens = tuple(sorted({token for after in self.moves.values() for token in after}))
        self._check()

    @classmethod
    def of_sequences(cls, sequences: Iterable[Sequence[str]]) -> Grammar:
        """The tree of exactly these sequences: states are what has been said so far.

        Parameters
        ----------
        sequences : of tokens, none empty.

        Returns
        -------
        A Grammar.
        """
        moves: dict[str, dict[str, str]] = {START: {}}
        ends = []
        for sequence in sorted({tuple(map(str, sequence)) for sequence in sequences}):
            said = [START, *(" ".join((START, *sequence[:n])) for n in range(1, len(sequence) + 1))]
            for (before, after), token in zip(pairwise(said), sequence):
                moves.setdefault(before, {})[token] = after
            ends.append(said[-1])
        return cls(moves, ends)

    @classmethod
    def repeated(cls, tokens: Iterable[str], shortest: int, longest: int) -> Grammar:
        """Any of some tokens, one after the other.

        Parameters
        ----------
        tokens : words.
        shortest, longest : how many of them a sequence has, 1 <= shortest <= longest.

        Returns
        -------
        A Grammar.
        """
        tokens, names = list(tokens), [START, *(f"after {n}" for n in range(1, longest + 1))]
        moves = {before: dict.fromkeys(tokens, after) for before, after in pairwise(names)}
        return cls(moves, names[shortest:])

    def _check(self) -> None:
        faults = []
        if not self.moves.get(START):
            faults.append(f"state {START!r} has no token after it; give the first tokens")
        if START in self.ends:
            faults.append(f"state {START!r} may end a sequence; at least one token must be said")
        wrong = [token for token in self.tokens if not token or token.split() != [token]]
        if wrong:
            faults.append(f"tokens {wrong} are empty or hold blanks; write them as one word")
        reached = self._closure(
            {START}, {s: set(after.values()) for s, after in self.moves.items()}
        )
        back: dict[str, set[str]] = {state: set() for state in self.states}
        for state, after in self.moves.items():
            for to in after.values():
                back[to].add(state)
        ending = self._closure(set(self.ends), back)
        for said, found in (
            ("cannot be reached from the start", reached),
            ("never come to an end", ending),
        ):
            lost = [state for state in self.states if state not in found]
            if lost:
                faults.append(f"states {lost} {said}; correct moves or ends")
        if faults:
            raise AstronnError(f"grammar: {'; '.join(faults)}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grammar) and (self.moves, self.ends) == (other.moves, other.ends)

    def __hash__(self) -> int:
        return hash((self.tokens, self.ends))

    @staticmethod
    def _closure(found: set[str], onward: Mapping[str, set[str]]) -> set[str]:
        """All states that can be reached from ``found``, itself among them."""
        edge = set(found)
        while edge:
            edge = {to for state in edge for to in onward.get(state, ())} - found
            found = found | edge
        return found

    @cached_property
    def table(self) -> np.ndarray:
        """table[s, v] is the state after token v in state s, -1 where v is not allowed; (S, V + 1)
        int64.

        The last column is the end of a sequence, which leads from a state to itself. State 0 is the
        start."""
        number = {state: n for n, state in enumerate(self.states)}
        code = {token: n for n, token in enumerate(self.tokens)}
        table = np.full((len(number), len(self.tokens) + 1), NOWHERE)
        for state, after in self.moves.items():
            for token, to in after.items():
                table[number[state], code[token]] = number[to]
        for state in self.ends:
            table[number[state], -1] = number[state]
        return table

    @cached_property
    def to_end(self) -> np.ndarray:
        """How many tokens the shortest way from each state to an end has, the end itself not
        counted: (S,) int64.
        """
        table = self.table
        steps = np.where(table[:, -1] >= 0, 0, len(table))
        for _ in range(len(table)):
            after = np.where(table[:, :-1] >= 0, steps[table[:, :-1]], len(table)).min(
                axis=1, initial=len(table)
            )
            steps = np.minimum(steps, after + 1)
        return steps

    def encode(self, sequence: Sequence[str]) -> list[int]:
        """The numbers of the tokens of a sequence.

        Parameters
        ----------
        sequence : T tokens.

        Returns
        -------
        T integers from 0 to V - 1.

        Raises
        ------
        AstronnError : a sequence that is not allowed, and where it leaves the automaton.
        """
        state, codes = START, []
        for place, token in enumerate(sequence, 1):
            if token not in self.moves[state]:
                may, whole = ", ".join(self.moves[state]) or "nothing", " ".join(sequence)
                raise AstronnError(
                    f"token {place} of {whole!r} is {token!r}; after what stands before it come:"
                    f" {may}"
                )
            codes.append(self.tokens.index(token))
            state = self.moves[state][token]
        if state not in self.ends:
            may = ", ".join(self.moves[state])
            raise AstronnError(f"{' '.join(sequence)!r} ends too early; next may come: {may}")
        return codes

    def allows(self, sequence: Sequence[str]) -> bool:
        """Whether the sequence may be said."""
        try:
            self.encode(sequence)
        except AstronnError:
            return False
        return True

    def plain(self) -> dict[str, Any]:
        """The automaton as JSON values; ``Grammar(**plain)`` is the same one."""
        return {"moves": self.moves, "ends": list(self.ends)}


def tokens_of(caption: str | Iterable[str]) -> tuple[str, ...]:
    """The tokens of one label: a text is split at its blanks, anything else is a sequence of
    tokens.
    """
    return tuple(caption.split()) if isinstance(caption, str) else tuple(map(str, caption))
