"""The parts of the short account: a title, two confusion tables, the table of methods."""

from __future__ import annotations

import textwrap

from reports.comparison import ClassifierResult, Comparison
from reports.pages import columns, grids, layout, wording
from reports.terminal.abbreviations import abbreviated

BEST = 5  # methods of the short table
SHORTEST = 3  # of the name of a class at the head of a column
# what goes first when the table of methods is too wide
LEAST_NEEDED = ("inputs", "N", "top-2", "T rms", "ECE", "kappa", "sd over seeds")
SHORTER = {" parameters": " par."}  # in names of methods
NARROWEST_NAME = 12


def title(comparison: Comparison) -> str:
    """The survey, marked where it is simulated."""
    mark = f"{wording.SIMULATED}  " if comparison.simulated else ""
    return f"{mark}{comparison.title} [{comparison.split_title}]"


def tables(comparison: Comparison, width: int) -> list[str]:
    """The two confusion tables that matter: beside each other where there is room, with names of
    classes cut as far as that needs, else one under the other.
    """
    pair = [result for result in wording.leading_pair(comparison) if result is not None]
    classes = comparison.classes
    for room in range(max(SHORTEST, *map(len, classes)), SHORTEST - 1, -1):
        short = abbreviated(classes, room)
        blocks = [_confusion(result, short) for result in pair]
        if columns.fit_beside(blocks, width):
            tallest = max(map(len, blocks))  # of titles in one line and in two
            level = [[""] * (tallest - len(block)) + block for block in blocks]
            return [*columns.beside(level), *_legend(classes, short, width)]
    for room in range(max(SHORTEST, *map(len, classes)), SHORTEST - 1, -1):
        short = abbreviated(classes, room)
        blocks = [_confusion(result, short) for result in pair]
        if max(map(columns.width_of, blocks)) <= width:
            break
    stacked = [line for block in blocks for line in ["", *block]]
    return [*stacked[1:], *_legend(classes, short, width)]


def _confusion(result: ClassifierResult, short: list[str]) -> list[str]:
    """A confusion table under a title as wide as the table."""
    plain = columns.confusion(result, short=short)
    said = textwrap.wrap(layout.table_title(result), columns.width_of(plain[1:]))
    return columns.confusion(result, title=said, short=short)


def _legend(classes: tuple[str, ...], short: list[str], width: int) -> list[str]:
    """How to read the tables, and what cut names stand for."""
    cut = [f"{a} = {name}" for a, name in zip(short, classes) if a != name]
    return columns.wrapped("; ".join([layout.HOW_TO_READ.rstrip("."), *cut]) + ".", width)


def methods(comparison: Comparison, width: int, best: int = 0) -> list[str]:
    """The table of all methods in as many of its columns as fit; with ``best`` only those of the
    highest accuracy, the leading classifier among them.
    """
    head, *rows = grids.summary(comparison).rows
    kept = _best(comparison, best) if best else range(len(rows))
    rows = [rows[number] for number in kept]
    names = list(head)
    shown = [list(column) for column in zip(head, *rows)]
    for name in LEAST_NEEDED:
        if sum(2 + columns.width_of(column) for column in shown) - 2 > width and name in names:
            del shown[names.index(name)]
            names.remove(name)
    _cut_names(shown, width)
    what = "all methods"
    if len(rows) < len(comparison.classifiers):
        what = f"the {len(rows)} methods of highest accuracy, of {len(comparison.classifiers)}"
    made = columns.grid(shown[0], shown[1:], layout.marked(comparison, what), width).splitlines()
    return [*made, *_caption(comparison, names, width)]


def _cut_names(shown: list[list[str]], width: int) -> None:
    """Cut the names of methods where the table is too wide even so."""
    room = max(NARROWEST_NAME, width - sum(2 + columns.width_of(column) for column in shown[1:]))
    for long, short in SHORTER.items():
        if columns.width_of(shown[0]) > room:
            shown[0] = [name.replace(long, short) for name in shown[0]]
    shown[0] = [name if len(name) <= room else f"{name[: room - 1]}…" for name in shown[0]]


def _best(comparison: Comparison, best: int) -> list[int]:
    """The places of those of highest accuracy, and of the leading pair, in the table's order."""
    leading = [result.name for result in wording.leading_pair(comparison) if result is not None]
    found = list(enumerate(comparison.classifiers))

    def worth(item: tuple[int, ClassifierResult]) -> tuple[bool, float]:
        own = item[1].statistics["accuracy"]
        return item[1].name in leading, own.number if own.known else -1.0

    return sorted(number for number, _ in sorted(found, key=worth, reverse=True)[:best])


def _caption(comparison: Comparison, names: list[str], width: int) -> list[str]:
    """What ± and p are, in a line or two."""
    said = ["±: half the 95% interval"]
    if "p (Holm)" in names:
        left, _ = wording.leading_pair(comparison)
        said.append(f"p: {layout.test_name(comparison)} against {left.title}, after Holm")
    if "sd over seeds" in names and comparison.seeds is not None:
        said.append(f"means over {comparison.seeds.n} seeds")
    return columns.wrapped("; ".join(said) + ".", width)
