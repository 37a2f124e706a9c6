"""Text in columns for a terminal of any width: paragraphs, tables, blocks beside each other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from reports.comparison import ClassifierResult
from reports.pages import layout

GAP = "   "


def wrapped(text: str, width: int, bullet: str = "") -> list[str]:
    """A paragraph in lines; a word that is longer stays whole."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
    )


def confusion(
    result: ClassifierResult, title: Sequence[str] = (), short: Sequence[str] = ()
) -> list[str]:
    """One confusion table: title, header, a line per class with its total and completeness, purity
    under the columns. ``title`` and ``short`` take the place of the title and of the names of the
    classes.
    """
    table = result.table
    classes = list(short) or list(table.classes)
    counts = [[layout.cell(count) for count in row] for row in table.counts]
    names = max(len("purity"), *map(len, classes))
    width = max(4, *(len(text) for text in [*classes, *(cell for row in counts for cell in row)]))
    total = max(1, len(str(table.n)))
    lines = [
        *(title or [layout.table_title(result)]),
        _row(" " * names, classes, width, "N".rjust(total), "compl"),
    ]
    for label, row, n, complete in zip(classes, counts, table.totals, result.completeness):
        lines.append(
            _row(label.ljust(names), row, width, str(n).rjust(total), layout.short(complete))
        )
    purity = [layout.short(found) for found in result.purity]
    return [*lines, _row("purity".ljust(names), purity, width, str(table.n).rjust(total), "")]


def _row(label: str, cells: Iterable[str], width: int, total: str, complete: str) -> str:
    row = " ".join(cell.rjust(width) for cell in cells)
    return f"{label} {row}  {total} {complete.rjust(5)}".rstrip()


def beside(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Blocks of lines next to each other, from the top."""
    widths = [width_of(block) for block in blocks]
    height = max(map(len, blocks))
    rows = zip(*([*block, *[""] * (height - len(block))] for block in blocks))
    return [
        GAP.join(line.ljust(width) for line, width in zip(row, widths)).rstrip() for row in rows
    ]


def fit_beside(blocks: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the blocks have room next to each other."""
    return sum(map(width_of, blocks)) + len(GAP) * (len(blocks) - 1) <= width


def grouped(columns: list[list[str]], room: int) -> list[list[list[str]]]:
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


def grid(labels: Sequence[str], columns: Sequence[Sequence[str]], title: str, width: int) -> str:
    """A title, then labels at the left and columns after them, as wide as their widest cells; their
    first line is a header.
    """
    blocks = [list(labels), *(list(column) for column in columns)]
    widths = [max(map(len, block)) for block in blocks]
    lines = [
        "  ".join(cell.ljust(own) for cell, own in zip(row, widths)).rstrip()
        for row in zip(*blocks)
    ]
    return "\n".join(
        [
            title[0].upper() + title[1:],
            lines[0],
            "-" * min(width, sum(widths) + 2 * (len(widths) - 1)),
            *lines[1:],
        ]
    )


def width_of(block: Sequence[str]) -> int:
    """Of the longest line."""
    return max(map(len, block))
