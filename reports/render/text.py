"""Plain text for a terminal, 100 columns wide: two tables side by side where they fit, one under
the other where not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import PairTest
from reports.pages import grids, layout, wording
from reports.pages.grids import Grid
from reports.pages.layout import Side

SUFFIX = ".txt"
WIDTH = 100
GAP = "   "


def render(comparison: Comparison) -> str:
    """The whole comparison as text, no line longer than 100 characters unless one table alone is
    wider.

    Parameters
    ----------
    comparison : Comparison
        What is written down.

    Returns
    -------
    str
        The text of a file.
    """
    parts = [_heading(comparison), *(_side(comparison, side) for side in layout.sides(comparison))]
    parts += [
        _shared(comparison, grids.summary(comparison)),
        _statistics(comparison),
        _pairs(comparison),
    ]
    parts += [_bounds(comparison), _seeds(comparison)]
    parts += [_shared(comparison, grid) for grid in grids.grids(comparison)]
    parts += [_inputs(comparison), _notes(comparison)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(comparison: Comparison) -> str:
    title = f"{wording.SIMULATED}  {comparison.title}" if comparison.simulated else comparison.title
    lines = [title, "=" * len(title), *_wrap(wording.headline(comparison)), ""]
    for finding in wording.findings(comparison):
        lines += _wrap(finding, bullet="- ")
    return "\n".join(lines)


def _side(comparison: Comparison, side: Side) -> str:
    """Two confusion tables with their caption."""
    blocks = [_table(result) for result in (side.left, side.right) if result is not None]
    caption = _wrap(layout.caption(comparison))
    if sum(map(_width, blocks)) + len(GAP) * (len(blocks) - 1) > WIDTH:
        return "\n".join(caption + [line for block in blocks for line in ["", *block]])
    return "\n".join([*caption, "", *_beside(blocks)])


def _table(result: ClassifierResult) -> list[str]:
    """One confusion table: title, header, a line per class with its total and completeness, purity
    under the columns.
    """
    table = result.table
    counts = [[layout.cell(count) for count in row] for row in table.counts]
    names = max(len("purity"), *map(len, table.classes))
    width = max(
        4, *(len(text) for text in [*table.classes, *(cell for row in counts for cell in row)])
    )
    total = max(1, len(str(table.n)))
    lines = [
        layout.table_title(result),
        _row(" " * names, table.classes, width, "N".rjust(total), "compl"),
    ]
    for label, row, n, complete in zip(table.classes, counts, table.totals, result.completeness):
        lines.append(
            _row(label.ljust(names), row, width, str(n).rjust(total), layout.short(complete))
        )
    purity = [layout.short(found) for found in result.purity]
    return [*lines, _row("purity".ljust(names), purity, width, str(table.n).rjust(total), "")]


def _row(label: str, cells: Iterable[str], width: int, total: str, complete: str) -> str:
    row = " ".join(cell.rjust(width) for cell in cells)
    return f"{label} {row}  {total} {complete.rjust(5)}".rstrip()


def _beside(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Blocks of lines next to each other."""
    widths = [_width(block) for block in blocks]
    rows = (
        zip(*(block for block in blocks))
        if len({len(block) for block in blocks}) == 1
        else _padded(blocks)
    )
    return [
        GAP.join(line.ljust(width) for line, width in zip(row, widths)).rstrip() for row in rows
    ]


def _padded(blocks: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    height = max(map(len, blocks))
    return list(zip(*([*block, *[""] * (height - len(block))] for block in blocks)))


def _statistics(comparison: Comparison) -> str:
    """Every statistic of every classifier with its interval, in as many blocks of columns as the
    width asks for.
    """
    shown = layout.shown(comparison)
    titles = ["", *(c.title for c in comparison.classifiers)]
    columns = [
        [d.title, *(_with_interval(c, d.key) for c in comparison.classifiers)] for d in shown
    ]
    blocks = _blocks(columns, WIDTH - max(map(len, titles)))
    return "\n\n".join(
        _grid(titles, block, layout.marked(comparison, "statistics")) for block in blocks
    )


def _blocks(columns: list[list[str]], room: int) -> list[list[list[str]]]:
    """Columns in groups that fit the room."""
    blocks: list[list[list[str]]] = [[]]
    used = 0
    for column in columns:
        width = 2 + max(map(len, column))
        if blocks[-1] and used + width > room:
            blocks, used = [*blocks, []], 0
        blocks[-1].append(column)
        used += width
    return blocks


def _with_interval(result: ClassifierResult, key: str) -> str:
    found = result.statistics[key]
    return f"{layout.value(found)} {layout.interval(found).replace(', ', ',')}".rstrip()


def _grid(labels: Sequence[str], columns: Sequence[Sequence[str]], title: str) -> str:
    """A title, then labels at the left and columns after them, as wide as their widest cells; their
    first line is a header.
    """
    blocks = [list(labels), *(list(column) for column in columns)]
    widths = [max(map(len, block)) for block in blocks]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in zip(*blocks)
    ]
    return "\n".join(
        [
            title[0].upper() + title[1:],
            lines[0],
            "-" * min(WIDTH, sum(widths) + 2 * (len(widths) - 1)),
            *lines[1:],
        ]
    )


def _shared(comparison: Comparison, grid: Grid) -> str:
    """A table that all renderings share, in as many blocks of columns as the width asks for, its
    caption under it.
    """
    labels, *columns = (list(column) for column in zip(*grid.rows))
    blocks = _blocks(columns, WIDTH - max(map(len, labels)))
    made = [_grid(labels, block, layout.marked(comparison, grid.title)) for block in blocks]
    return "\n\n".join(made) + "\n" + "\n".join(_wrap(grid.caption))


def _pairs(comparison: Comparison) -> str:
    """The paired tests, one block for each classifier A."""
    leaders = list(dict.fromkeys(test.a for test in comparison.pairs))
    blocks = [
        _pair_block(comparison, a, [t for t in comparison.pairs if t.a == a]) for a in leaders
    ]
    return "\n\n".join(part for block in blocks for part in block)


def _pair_block(comparison: Comparison, a: str, tests: Sequence[PairTest]) -> list[str]:
    columns = [
        ["B", *(comparison.classifier(t.b).title for t in tests)],
        ["only A", *(str(t.only_a) for t in tests)],
        ["only B", *(str(t.only_b) for t in tests)],
        ["McNemar", *(layout.chi2(t) for t in tests)],
        ["p (Holm)", *(layout.p_number(t.p_holm) for t in tests)],
        ["accuracy [points]", *(layout.difference(t) for t in tests)],
        ["better", *({"": "not shown", t.a: "A", t.b: "B"}[t.better] for t in tests)],
        ["macro-F1 [points]", *(layout.f1_difference(t) for t in tests)],
    ]
    title = layout.marked(
        comparison, f"paired tests of A = {comparison.classifier(a).title} against B"
    )
    return _abreast(list(zip(*columns)), title)


def _bounds(comparison: Comparison) -> str:
    """The McNemar bounds of published tables, one line per pair."""
    if not comparison.bounds:
        return ""
    columns = [
        list(column) for column in zip(layout.BOUNDS_HEADER, *layout.bounds_rows(comparison))
    ]
    return _grid(
        columns[0],
        columns[1:],
        layout.marked(comparison, "what published margins allow McNemar's chi-square to be"),
    )


def _seeds(comparison: Comparison) -> str:
    """Mean and standard deviation over seeds, and the differences seed by seed."""
    if comparison.seeds is None:
        return ""
    title = layout.marked(comparison, f"mean (standard deviation) over {comparison.seeds.n} seeds")
    apart = layout.marked(comparison, "differences seed by seed")
    parts = [
        *_abreast(layout.seed_rows(comparison), title),
        *_abreast(layout.seed_pair_rows(comparison), apart),
    ]
    return "\n\n".join(parts)


def _abreast(rows: Sequence[Sequence[str]], title: str) -> list[str]:
    """The rows as grids of as many columns as fit beside the first."""
    first, *columns = [list(column) for column in zip(*rows)]
    return [_grid(first, block, title) for block in _blocks(columns, WIDTH - _width(first))]


def _inputs(comparison: Comparison) -> str:
    lines = [
        line for sentence in layout.inputs(comparison) for line in _wrap(sentence, bullet="- ")
    ]
    return "\n".join(["What each classifier saw", "-" * 24, *lines])


def _notes(comparison: Comparison) -> str:
    notes = [line for note in layout.notes(comparison) for line in _wrap(note, bullet="- ")]
    return "\n".join(["Notes", "-----", *notes])


def _wrap(text: str, bullet: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
    )


def _width(block: Sequence[str]) -> int:
    return max(map(len, block))
