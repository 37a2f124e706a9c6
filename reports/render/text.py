"""Plain text for a terminal, 100 columns wide unless told otherwise: two tables side by side where
they fit, one under the other where not.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import PairTest
from reports.pages import columns as laid
from reports.pages import grids, layout, wording
from reports.pages.grids import Grid
from reports.pages.layout import Side

SUFFIX = ".txt"
WIDTH = 100


def render(comparison: Comparison, width: int = WIDTH) -> str:
    """The whole comparison as text, no line longer than ``width`` unless one table alone is wider.

    Parameters
    ----------
    comparison : Comparison
        What is written down.
    width : int
        Characters in a line.

    Returns
    -------
    str
        The text of a file.
    """
    parts = [
        _heading(comparison, width),
        *(_side(comparison, side, width) for side in layout.sides(comparison)),
    ]
    parts += [
        _shared(comparison, grids.summary(comparison), width),
        _statistics(comparison, width),
        _pairs(comparison, width),
    ]
    parts += [_bounds(comparison, width), _seeds(comparison, width)]
    parts += [_shared(comparison, grid, width) for grid in grids.grids(comparison)]
    parts += [_inputs(comparison, width), _notes(comparison, width)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(comparison: Comparison, width: int) -> str:
    title = f"{wording.SIMULATED}  {comparison.title}" if comparison.simulated else comparison.title
    lines = [title, "=" * len(title), *laid.wrapped(wording.headline(comparison), width), ""]
    for finding in wording.findings(comparison):
        lines += laid.wrapped(finding, width, bullet="- ")
    return "\n".join(lines)


def _side(comparison: Comparison, side: Side, width: int) -> str:
    """Two confusion tables with their caption."""
    blocks = [laid.confusion(result) for result in (side.left, side.right) if result is not None]
    caption = laid.wrapped(layout.caption(comparison), width)
    if not laid.fit_beside(blocks, width):
        return "\n".join(caption + [line for block in blocks for line in ["", *block]])
    return "\n".join([*caption, "", *laid.beside(blocks)])


def _statistics(comparison: Comparison, width: int) -> str:
    """Every statistic of every classifier with its interval, in as many blocks of columns as the
    width asks for.
    """
    shown = layout.shown(comparison)
    titles = ["", *(c.title for c in comparison.classifiers)]
    columns = [
        [d.title, *(_with_interval(c, d.key) for c in comparison.classifiers)] for d in shown
    ]
    blocks = laid.grouped(columns, width - max(map(len, titles)))
    return "\n\n".join(
        laid.grid(titles, block, layout.marked(comparison, "statistics"), width) for block in blocks
    )


def _with_interval(result: ClassifierResult, key: str) -> str:
    found = result.statistics[key]
    return f"{layout.value(found)} {layout.interval(found).replace(', ', ',')}".rstrip()


def _shared(comparison: Comparison, grid: Grid, width: int) -> str:
    """A table that all renderings share, in as many blocks of columns as the width asks for, its
    caption under it.
    """
    labels, *columns = (list(column) for column in zip(*grid.rows))
    blocks = laid.grouped(columns, width - max(map(len, labels)))
    made = [
        laid.grid(labels, block, layout.marked(comparison, grid.title), width) for block in blocks
    ]
    return "\n\n".join(made) + "\n" + "\n".join(laid.wrapped(grid.caption, width))


def _pairs(comparison: Comparison, width: int) -> str:
    """The paired tests, one block for each classifier A."""
    leaders = list(dict.fromkeys(test.a for test in comparison.pairs))
    blocks = [
        _pair_block(comparison, a, [t for t in comparison.pairs if t.a == a], width)
        for a in leaders
    ]
    return "\n\n".join(part for block in blocks for part in block)


def _pair_block(comparison: Comparison, a: str, tests: Sequence[PairTest], width: int) -> list[str]:
    columns = [
        ["B", *(comparison.classifier(t.b).title for t in tests)],
        ["only A", *(str(t.only_a) for t in tests)],
        ["only B", *(str(t.only_b) for t in tests)],
        [layout.test_name(comparison), *(layout.chi2(t) for t in tests)],
        ["p (Holm)", *(layout.p_number(t.p_holm) for t in tests)],
        ["accuracy [points]", *(layout.difference(t) for t in tests)],
        ["better", *({"": "not shown", t.a: "A", t.b: "B"}[t.better] for t in tests)],
        ["macro-F1 [points]", *(layout.f1_difference(t) for t in tests)],
    ]
    title = layout.marked(
        comparison, f"paired tests of A = {comparison.classifier(a).title} against B"
    )
    return _abreast(list(zip(*columns)), title, width)


def _bounds(comparison: Comparison, width: int) -> str:
    """The McNemar bounds of published tables, one line per pair."""
    if not comparison.bounds:
        return ""
    title = layout.marked(comparison, "what published margins allow McNemar's chi-square to be")
    rows = [layout.BOUNDS_HEADER, *layout.bounds_rows(comparison)]
    return "\n\n".join(_abreast(rows, title, width))


def _seeds(comparison: Comparison, width: int) -> str:
    """Mean and standard deviation over seeds, and the differences seed by seed."""
    if comparison.seeds is None:
        return ""
    title = layout.marked(comparison, f"mean (standard deviation) over {comparison.seeds.n} seeds")
    apart = layout.marked(comparison, "differences seed by seed")
    parts = [
        *_abreast(layout.seed_rows(comparison), title, width),
        *_abreast(layout.seed_pair_rows(comparison), apart, width),
    ]
    return "\n\n".join(parts)


def _abreast(rows: Sequence[Sequence[str]], title: str, width: int) -> list[str]:
    """The rows as grids of as many columns as fit beside the first."""
    first, *columns = [list(column) for column in zip(*rows)]
    return [
        laid.grid(first, block, title, width)
        for block in laid.grouped(columns, width - laid.width_of(first))
    ]


def _inputs(comparison: Comparison, width: int) -> str:
    lines = [
        line
        for sentence in layout.inputs(comparison)
        for line in laid.wrapped(sentence, width, bullet="- ")
    ]
    return "\n".join(["What each classifier saw", "-" * 24, *lines])


def _notes(comparison: Comparison, width: int) -> str:
    notes = [
        line for note in layout.notes(comparison) for line in laid.wrapped(note, width, bullet="- ")
    ]
    return "\n".join(["Notes", "-----", *notes])
