"""The short account of comparisons: of each its headline; then, as the lines allow, the two tables
that matter, all methods, and what else a reader must know.

What finds no room is named in a last line, never dropped in silence: the pages and the full text
have all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reports.comparison import Comparison
from reports.pages import columns, wording
from reports.terminal import parts

LINES = 53  # of an account, so that a run ends in fewer than 60
NARROWEST = 40
FIRST = 2  # sentences of each that go before the table of all methods


@dataclass
class Told:
    """What is told of one comparison so far, in blocks of lines."""

    comparison: Comparison
    width: int
    page: str
    head: list[str] = field(default_factory=list)
    bullets: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        title = parts.title(self.comparison)
        said = columns.wrapped(wording.headline(self.comparison), self.width)
        self.head = [*columns.wrapped(title, self.width), *said]

    def blocks(self) -> list[list[str]]:
        """In the order of reading."""
        last = [f"page: {self.page}"] if self.page else []
        made = [self.head, self.bullets, self.tables, self.methods, last]
        return [block for block in made if block]

    def lines(self) -> list[str]:
        """All of it, an empty line between two blocks."""
        blocks = self.blocks()
        return [
            line
            for number, block in enumerate(blocks)
            for line in ([""] if number and block[0][:6] != "page: " else []) + block
        ]


def account(
    comparisons: Sequence[Comparison],
    pages: Sequence[str] = (),
    width: int = 80,
    lines: int = LINES,
) -> str:
    """The short account of comparisons, in the order in which they are given.

    Parameters
    ----------
    comparisons : sequence of Comparison
        One or several; the tables of the first go before those of the others.
    pages : sequence of str
        Where the page of each is; empty: not said.
    width : int
        Characters in a line; only a table that cannot be narrower is wider.
    lines : int
        As many lines as it may have; headlines are told whatever they take.

    Returns
    -------
    str
        The text.
    """
    width = max(width, NARROWEST)
    told = [
        Told(each, width, page)
        for each, page in zip(comparisons, pages or [""] * len(comparisons), strict=True)
    ]
    room = lines - 2 - sum(len(each.lines()) + 1 for each in told)
    left_out = set()
    for each, name, block in _offers(told):
        cost = len(block) + (0 if name == "bullets" and each.bullets else 1)
        cost -= len(each.methods) + 1 if name == "methods" and each.methods else 0
        if cost <= room and (name != "bullets" or (id(each), name) not in left_out):
            setattr(each, name, [*each.bullets, *block] if name == "bullets" else block)
            room -= cost
            left_out.discard((id(each), name))
        elif name == "bullets" or block != getattr(each, name):
            left_out.add((id(each), name))
    body = "\n\n".join("\n".join(each.lines()) for each in told)
    return body + "\n" + "".join(f"{line}\n" for line in _rest(left_out, width))


def _offers(told: Sequence[Told]) -> Iterator[tuple[Told, str, list[str]]]:
    """What may be told, the most needed first: the tables of the first, the best methods of all,
    the other tables, the first sentences, all methods, then further sentences, in turn.
    """
    first, *others = told
    yield first, "tables", parts.tables(first.comparison, first.width)
    for each in told:
        yield each, "methods", parts.methods(each.comparison, each.width, parts.BEST)
    for each in others:
        yield each, "tables", parts.tables(each.comparison, each.width)
    sentences = list(_sentences(told))
    yield from sentences[: FIRST * len(told)]
    for each in told:
        yield each, "methods", parts.methods(each.comparison, each.width)
    yield from sentences[FIRST * len(told) :]


def _sentences(told: Sequence[Told]) -> Iterator[tuple[Told, str, list[str]]]:
    """The findings, one of each comparison in turn."""
    said = [wording.findings(each.comparison) for each in told]
    for number in range(max(map(len, said))):
        for each, sentences in zip(told, said):
            if number < len(sentences):
                yield each, "bullets", columns.wrapped(sentences[number], each.width, "- ")


def _rest(left_out: set[tuple[int, str]], width: int) -> list[str]:
    """The line that names what found no room."""
    words = {"tables": "confusion tables", "methods": "all methods", "bullets": "more findings"}
    names = [words[name] for name in words if any(name == each for _, each in left_out)]
    if not names:
        return []
    return [
        "",
        *columns.wrapped(f"Not shown here: {', '.join(names)} (--full, or the page).", width),
    ]
