"""Markdown with pipe tables, as GitHub shows them: the two tables side by side are one wide
table.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.comparison import ClassifierResult, Comparison
from reports.pages import grids, layout, wording
from reports.pages.grids import Grid
from reports.pages.layout import Side

SUFFIX = ".md"


def render(comparison: Comparison) -> str:
    """The whole comparison as Markdown.

    Parameters
    ----------
    comparison : Comparison
        What is written down.

    Returns
    -------
    str
        The text of a file.
    """
    parts = [
        f"# {_escape(layout.marked(comparison, comparison.title))}",
        f"**{_escape(wording.headline(comparison))}**",
    ]
    parts.append(_list(wording.findings(comparison)))
    parts += [_side(comparison, side) for side in layout.sides(comparison)]
    parts += [
        _shared(comparison, grids.summary(comparison)),
        _statistics(comparison),
        _pairs(comparison),
    ]
    parts += [_bounds(comparison), _seeds(comparison)]
    parts += [_shared(comparison, grid) for grid in grids.grids(comparison)]
    parts += [
        "## What each classifier saw",
        _list(layout.inputs(comparison)),
        "## Notes",
        _list(layout.notes(comparison)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _side(comparison: Comparison, side: Side) -> str:
    """Two confusion tables as one, an empty column between them."""
    results = [result for result in (side.left, side.right) if result is not None]
    heading = " | ".join(layout.table_title(result) for result in results)
    columns: list[list[str]] = []
    for result in results:
        columns += [[""] * (result.table.size + 2)] if columns else []
        columns += _columns(result)
    where = "Left" if len(results) > 1 else "Table"
    named = f"{where}: {layout.table_title(results[0])}." + (
        f" Right: {layout.table_title(results[1])}." if results[1:] else ""
    )
    table = _grid([list(row) for row in zip(*columns)], bold_first=True)
    return (
        f"## {_escape(heading)}\n\n{_escape(layout.caption(comparison))}"
        f" {_escape(named)}\n\n{table}"
    )


def _columns(result: ClassifierResult) -> list[list[str]]:
    """The columns of one confusion table: class, counts, N, completeness; purity is the last
    row.
    """
    table = result.table
    names = ["reference", *table.classes, "purity"]
    counts = [[layout.cell(row[j]) for row in table.counts] for j in range(table.size)]
    cells = [
        [label, *column, layout.short(p)]
        for label, column, p in zip(table.classes, counts, result.purity)
    ]
    complete = ["completeness", *(layout.short(c) for c in result.completeness), ""]
    return [names, *cells, ["N", *map(str, table.totals), str(table.n)], complete]


def _statistics(comparison: Comparison) -> str:
    rows = [["classifier", *(d.title for d in layout.shown(comparison))]]
    for result in comparison.classifiers:
        found = [result.statistics[d.key] for d in layout.shown(comparison)]
        rows.append(
            [result.title, *(f"{layout.value(f)} {layout.interval(f)}".rstrip() for f in found)]
        )
    return f"## {layout.marked(comparison, 'Statistics')}\n\n{_grid(rows)}"


def _pairs(comparison: Comparison) -> str:
    if not comparison.pairs:
        return ""
    rows = [
        [
            "A",
            "B",
            "only A right",
            "only B right",
            "McNemar",
            "p",
            "p (Holm)",
            "accuracy [points]",
            "better",
            "macro-F1 [points]",
        ]
    ]
    for t in comparison.pairs:
        titles = [comparison.classifier(name).title for name in (t.a, t.b)]
        better = comparison.classifier(t.better).title if t.better else "not shown"
        p_values = [layout.p_number(t.p_value), layout.p_number(t.p_holm)]
        gains = [layout.difference(t), better, layout.f1_difference(t)]
        rows.append([*titles, str(t.only_a), str(t.only_b), layout.chi2(t), *p_values, *gains])
    return f"## {layout.marked(comparison, 'Paired tests')}\n\n{_grid(rows)}"


def _bounds(comparison: Comparison) -> str:
    if not comparison.bounds:
        return ""
    return (
        "## What published margins"
        f" allow\n\n{_grid([layout.BOUNDS_HEADER, *layout.bounds_rows(comparison)])}"
    )


def _seeds(comparison: Comparison) -> str:
    if comparison.seeds is None:
        return ""
    title = layout.marked(comparison, f"Mean (standard deviation) over {comparison.seeds.n} seeds")
    parts = [
        f"## {title}",
        _grid(layout.seed_rows(comparison)),
        _grid(layout.seed_pair_rows(comparison)),
    ]
    return "\n\n".join(parts)


def _shared(comparison: Comparison, grid: Grid) -> str:
    """A table that all renderings share, its caption under it."""
    title = layout.marked(comparison, grid.title[0].upper() + grid.title[1:])
    return f"## {_escape(title)}\n\n{_grid(grid.rows)}\n\n{_escape(grid.caption)}"


def _grid(rows: Sequence[Sequence[str]], bold_first: bool = False) -> str:
    """A pipe table; the first row is the header."""
    head, *body = [[_escape(cell) for cell in row] for row in rows]
    body = [[f"**{row[0]}**" if bold_first else row[0], *row[1:]] for row in body]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {_escape(sentence)}" for sentence in sentences)


def _escape(text: str) -> str:
    """The text with the characters that Markdown or its HTML would read as markup made plain."""
    for character in "\\`*_<>|":
        text = text.replace(
            character,
            f"\\{character}" if character not in "<>" else {"<": "&lt;", ">": "&gt;"}[character],
        )
    return text
