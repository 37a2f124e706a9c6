"""Grammars: what may be said, and what decoding can rely on."""

import itertools

import numpy as np
import pytest

from astronn import Grammar
from astronn.errors import AstronnError
from astronn.inputs.grammar import tokens_of

GALAXIES = Grammar(
    {
        "start": {"E": "done", "S": "disc"},
        "disc": {"a": "done", "b": "done", "B": "bar"},
        "bar": {"a": "done", "b": "done"},
    },
    ["done"],
)


def said_by(grammar, longest):
    """All allowed sequences, found by trying all that there are."""
    every = itertools.chain.from_iterable(
        itertools.product(grammar.tokens, repeat=n) for n in range(1, longest + 1)
    )
    return {sequence for sequence in every if grammar.allows(sequence)}


def test_the_automaton_allows_what_its_moves_say():
    assert said_by(GALAXIES, 4) == {
        ("E",),
        ("S", "a"),
        ("S", "b"),
        ("S", "B", "a"),
        ("S", "B", "b"),
    }


def test_the_table_walks_as_the_moves_do():
    table, end = GALAXIES.table, len(GALAXIES.tokens)
    for sequence in itertools.product(GALAXIES.tokens, repeat=3):
        state = 0
        for token in sequence:
            state = table[state, GALAXIES.tokens.index(token)] if state >= 0 else -1
        assert (state >= 0 and table[state, end] >= 0) == GALAXIES.allows(sequence)


def test_the_shortest_way_to_an_end():
    ways = dict(zip(GALAXIES.states, GALAXIES.to_end.tolist()))
    assert ways == {"start": 1, "done": 0, "disc": 1, "bar": 1}


def test_a_loop_is_a_grammar():
    """a* b: any number of a, then one b."""
    loop = Grammar({"start": {"a": "start", "b": "end"}}, ["end"])
    assert loop.allows(["a"] * 9 + ["b"]) and not loop.allows(["b", "a"])


def test_of_sequences_allows_these_and_no_others():
    given = {("a", "b"), ("a",), ("b", "b", "a")}
    assert said_by(Grammar.of_sequences(given), 4) == given


def test_repeated():
    grammar = Grammar.repeated("xy", 2, 3)
    assert {len(s) for s in said_by(grammar, 5)} == {2, 3} and len(said_by(grammar, 5)) == 4 + 8


def test_numbers_and_back():
    assert [GALAXIES.tokens[code] for code in GALAXIES.encode(["S", "B", "a"])] == ["S", "B", "a"]
    assert Grammar(**GALAXIES.plain()) == GALAXIES and GALAXIES.table.dtype == np.int64


def test_the_order_in_which_moves_are_written_does_not_matter():
    """A file may sort them: the tokens' numbers must not change."""
    backwards = {
        state: dict(reversed(after.items())) for state, after in reversed(GALAXIES.moves.items())
    }
    other = Grammar(backwards, GALAXIES.ends)
    assert (
        other.tokens == GALAXIES.tokens
        and (other.table == GALAXIES.table).all()
        and other == GALAXIES
    )


def test_a_label_is_a_text_or_a_sequence():
    assert tokens_of(" SB  a ") == tokens_of(("SB", "a")) == ("SB", "a")


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        (["S", "E"], r"token 2 of 'S E' is 'E'; after what stands before it come: a, b, B"),
        (["S"], r"'S' ends too early; next may come: a, b, B"),
        (["E", "a"], r"token 2 of 'E a' is 'a'; after what stands before it come: nothing"),
    ],
)
def test_what_is_not_allowed_says_where(sequence, message):
    with pytest.raises(AstronnError, match=message):
        GALAXIES.encode(sequence)


@pytest.mark.parametrize(
    ("moves", "ends", "message"),
    [
        ({}, ["done"], r"state 'start' has no token after it.*states \['done'\] cannot be reached"),
        (
            {"start": {"a": "x"}},
            ["start"],
            r"'start' may end a sequence.*states \['x'\] never come to an end",
        ),
        ({"start": {"two words": "x"}}, ["x"], r"tokens \['two words'\] are empty or hold blanks"),
    ],
)
def test_faults_of_a_grammar_are_named_together(moves, ends, message):
    with pytest.raises(AstronnError, match=message):
        Grammar(moves, ends)
