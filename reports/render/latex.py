"""LaTeX: a whole article that pdflatex compiles; each table is plain tabular and can be taken out
as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import PairTest
from reports.pages import grids, layout, wording
from reports.pages.grids import Grid
from reports.pages.layout import Side

SUFFIX = ".tex"
COLUMNS_ABREAST = 7  # classes up to which two tables fit side by side on a page
LINE = 112  # characters of a grid that fit on a line
BROKEN, NAMES = (
    50,
    "74mm",
)  # characters of a name from which it is broken, and the room that it then has
STATISTICS_ABREAST = 4  # statistics with intervals that fit on a line
PAIRS_A_TABLE = 14  # paired tests in one table: each may take three lines
LONG = 42  # characters of a title that take the room of one more statistic
NARROW = 24  # characters of a title up to which it needs no line break in a table of pairs
ROOM = r"\vspace{3pt}"  # between a caption and its table
ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "±": r"\textpm{}",
    "[": "{[}",
    "]": "{]}",
}
PREAMBLE = r"""\documentclass[a4paper,10pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=18mm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\setlength{\emergencystretch}{3em}
\begin{document}
"""


def render(comparison: Comparison) -> str:
    """The whole comparison as a LaTeX article.

    Parameters
    ----------
    comparison : Comparison
        What is written down.

    Returns
    -------
    str
        The text of a file.
    """
    title = rf"\section*{{{escape(layout.marked(comparison, comparison.title))}}}"
    body = [
        title,
        rf"\textbf{{{escape(wording.headline(comparison))}}}",
        _list(wording.findings(comparison)),
    ]
    body += [
        tables(comparison),
        r"\clearpage",
        r"\subsection*{What each classifier saw}",
        _list(layout.inputs(comparison)),
    ]
    body += [r"\subsection*{Notes}", _list(layout.notes(comparison))]
    return PREAMBLE + "\n\n".join(body) + "\n\\end{document}\n"


def tables(comparison: Comparison) -> str:
    """The tables alone, to be included in a paper: they need no package."""
    parts = [_side(comparison, side) for side in layout.sides(comparison)]
    parts += [
        *_shared(comparison, grids.summary(comparison)),
        *_statistics(comparison),
        *_pairs(comparison),
    ]
    parts += [*_bounds(comparison), *_seeds(comparison)]
    parts += [part for grid in grids.grids(comparison) for part in _shared(comparison, grid)]
    return "\n\n".join(_labelled(part, comparison, number) for number, part in enumerate(parts, 1))


def _labelled(part: str, comparison: Comparison, number: int) -> str:
    """The table with a label to refer to it by: `tab:SURVEY-SPLIT-NUMBER`."""
    name = "".join(
        c if c.isascii() and c.isalnum() else "-" for c in f"{comparison.survey}-{comparison.split}"
    )
    return part.replace(ROOM, rf"\label{{tab:{name}-{number}}}{ROOM}", 1)


def escape(text: str) -> str:
    """The text with what LaTeX reads as commands made plain; a character that its fonts lack is
    named, as U+03BC.
    """
    return "".join(ESCAPES.get(c, c if ord(c) < 256 else f"U+{ord(c):04X}") for c in text)


def _side(comparison: Comparison, side: Side) -> str:
    """Two confusion tables side by side, or one under the other when their classes are many."""
    blocks = [_confusion(result) for result in (side.left, side.right) if result is not None]
    between = r"\hfill" if side.left.table.size <= COLUMNS_ABREAST else r"\par\vspace{6pt}"
    space = "tabcolsep3.2pt" if side.left.table.size <= COLUMNS_ABREAST else "tabcolsep2.2pt"
    return _float(layout.caption(comparison), f"\n{between}\n".join(blocks), space)


def _confusion(result: ClassifierResult) -> str:
    """One confusion table as a tabular: title, header, a line per class, purity."""
    table = result.table
    width = table.size + 3
    title = rf"\multicolumn{{{width}}}{{l}}{{\textbf{{{escape(layout.table_title(result))}}}}} \\"
    lines = [title, r"\hline", _line(["", *table.classes, "N", "compl."]), r"\hline"]
    for label, row, n, complete in zip(
        table.classes, table.counts, table.totals, result.completeness
    ):
        lines.append(_line([label, *map(layout.cell, row), str(n), layout.short(complete)]))
    purity = _line(["purity", *map(layout.short, result.purity), str(table.n), ""])
    return _tabular("l" + "r" * (width - 1), [*lines, r"\hline", purity, r"\hline"])


def _statistics(comparison: Comparison) -> list[str]:
    shown = layout.shown(comparison)
    step = STATISTICS_ABREAST - (max(len(result.title) for result in comparison.classifiers) > LONG)
    parts = [shown[i : i + step] for i in range(0, len(shown), step)]
    return [_statistics_part(comparison, part) for part in parts]


def _statistics_part(comparison: Comparison, part: Sequence) -> str:
    rows = [["", *(d.title for d in part)]]
    for result in comparison.classifiers:
        found = [result.statistics[d.key] for d in part]
        rows.append(
            [result.title, *(f"{layout.value(f)} {layout.interval(f)}".rstrip() for f in found)]
        )
    return _grid(layout.marked(comparison, "Statistics with 95% intervals."), rows)


def _pairs(comparison: Comparison) -> list[str]:
    if not comparison.pairs:
        return []
    head = ["A", "B", "only A, B", "McNemar", "p (Holm)", "accuracy [points]", "macro-F1 [points]"]
    wide = max(len(result.title) for result in comparison.classifiers) > NARROW
    lines = [_pair_line(comparison, test, wide) for test in comparison.pairs]
    caption = layout.marked(comparison, f"Paired tests. {layout.TESTS}")
    parts = [lines[i : i + PAIRS_A_TABLE] for i in range(0, len(lines), PAIRS_A_TABLE)]
    captions = [caption, *[layout.marked(comparison, "Paired tests. Continued.")] * len(parts)]
    columns = "p{25mm}p{25mm}rrrrr" if wide else "llrrrrr"
    return [
        _float(
            said,
            _tabular(columns, [r"\hline", _line(head), r"\hline", *part, r"\hline"]),
            "tabcolsep4pt",
        )
        for said, part in zip(captions, parts)
    ]


def _pair_line(comparison: Comparison, test: PairTest, wide: bool) -> str:
    """One paired test; where titles are long they are broken into lines, ragged."""
    titles = [comparison.classifier(name).title for name in (test.a, test.b)]
    rest = [f"{test.only_a}, {test.only_b}", layout.chi2(test), layout.p_number(test.p_holm)]
    line = _line([*titles, *rest, layout.difference(test), layout.f1_difference(test)])
    if not wide:
        return line
    first, second, others = line.split(" & ", 2)
    return rf"\raggedright {first} & \raggedright {second} & {others}"


def _bounds(comparison: Comparison) -> list[str]:
    if not comparison.bounds:
        return []
    rows = [layout.BOUNDS_HEADER, *layout.bounds_rows(comparison)]
    return [_grid("What published margins allow McNemar's chi-square to be.", rows, "lllll")]


def _seeds(comparison: Comparison) -> list[str]:
    if comparison.seeds is None:
        return []
    caption = layout.marked(
        comparison, f"Mean (standard deviation) over {comparison.seeds.n} seeds."
    )
    apart = layout.marked(comparison, "Differences seed by seed.")
    return [
        *_in_parts([caption], layout.seed_rows(comparison)),
        *_in_parts([apart], layout.seed_pair_rows(comparison)),
    ]


def _shared(comparison: Comparison, grid: Grid) -> list[str]:
    """A table that all renderings share, in as many parts as its columns ask for; the caption
    stands over the first.
    """
    title = layout.marked(comparison, f"{grid.title[0].upper()}{grid.title[1:]}.")
    return _in_parts([f"{title} {grid.caption}", f"{title} Continued."], grid.rows)


def _in_parts(captions: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as tables of as many columns as fit on a line, each beside the first; the last
    caption stands over the rest.
    """
    parts: list[list[int]] = []
    room, first = 0, max(len(row[0]) for row in rows)
    for j in range(1, len(rows[0])):
        width = max(len(row[j]) for row in rows) + 2
        if not parts or room < width:
            parts, room = [*parts, []], LINE - min(first, BROKEN)
        parts[-1].append(j)
        room -= width
    columns = [rf"p{{{NAMES}}}" + "l" * len(part) if first > BROKEN else "" for part in parts]
    over = [*captions, *[captions[-1]] * len(parts)]
    tables = [[[row[0], *(row[j] for j in part)] for row in rows] for part in parts]
    return [_grid(caption, table, how) for caption, table, how in zip(over, tables, columns)]


def _grid(caption: str, rows: Sequence[Sequence[str]], columns: str = "") -> str:
    """A captioned table, its first row the header."""
    head, *body = [_line(row) for row in rows]
    lines = [r"\hline", head, r"\hline", *body, r"\hline"]
    return _float(caption, _tabular(columns or "l" * len(rows[0]), lines), "tabcolsep4pt")


def _float(caption: str, body: str, space: str) -> str:
    """The body as a table that stays where it is put as far as TeX allows."""
    head = [
        "\\begin{table}[!htb]",
        r"\footnotesize",
        r"\renewcommand{\arraystretch}{1.1}",
        rf"\setlength{{\{space[:9]}}}{{{space[9:]}}}",
    ]
    return "\n".join(
        [*head, rf"\caption{{{escape(caption)}}}{ROOM}", r"\centering", body, r"\end{table}"]
    )


def _tabular(columns: str, lines: Sequence[str]) -> str:
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", *lines, r"\end{tabular}"])


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"


def _list(sentences: Sequence[str]) -> str:
    items = "\n".join(rf"\item {escape(sentence)}" for sentence in sentences)
    for end in (r"\_", "/"):  # names of parameters and addresses are long
        items = items.replace(end, rf"{end}\allowbreak{{}}")
    return f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}"
