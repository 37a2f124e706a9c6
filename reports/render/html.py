"""One self-contained HTML page a comparison, and a page that lists several. The markup is in the
templates beside this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from reports.comparison import Comparison
from reports.drawings import palette
from reports.drawings import svg as figures
from reports.measures import folded, learning
from reports.pages import beaten, grids, layout, overview, wording

SUFFIX = ".html"


def render(comparison: Comparison) -> str:
    """The page of one comparison: no script, no font, no picture from elsewhere; its own script
    sorts tables and filters mistakes, and the page is whole without it.

    Parameters
    ----------
    comparison : Comparison
        What is written down.

    Returns
    -------
    str
        The text of a file.
    """
    left, right = wording.leading_pair(comparison)
    leading = [left] if right is None else [left, right]
    leads = [test for test in comparison.pairs if left.name in (test.a, test.b)]
    maps = [
        [figures.heat_map(r) for r in (side.left, side.right) if r]
        for side in layout.sides(comparison)
    ]
    return _template("page.html.j2").render(
        c=comparison,
        left=left,
        right=right,
        leading=leading,
        beaten=beaten.beaten(comparison, left),
        headline=wording.headline(comparison),
        findings=wording.findings(comparison),
        caption=layout.caption(comparison),
        maps=maps,
        plots=[figures.class_plot(name, leading) for name in ("completeness", "purity")],
        statistics=layout.shown(comparison),
        lead_pairs=list(
            zip(
                leads,
                figures.bars(
                    [(t.accuracy.difference, t.accuracy.low, t.accuracy.high) for t in leads]
                ),
            )
        ),
        other_pairs=[test for test in comparison.pairs if test not in leads],
        summary=grids.summary(comparison),
        grids=grids.grids(comparison),
        reliability=[
            (r, bins, figures.reliability_plot(bins), when)
            for r, bins, when in _reliability(comparison)
        ],
        learning=[(found, learning.plot(found)) for found in comparison.learning],
        notes=layout.notes(comparison),
        provenance=flatten(comparison.provenance),
    )


def _reliability(comparison: Comparison) -> list[tuple]:
    """(classifier, reliability table, when) of every network, and of the first other
    classifier with posteriors, before and after calibration.
    """
    others = [r for r in comparison.classifiers if r.kind != "network" and r.reliability]
    shown = [r for r in comparison.classifiers if r.kind == "network" and r.reliability] + others[
        :1
    ]
    after = {r.name: r.posteriors.calibrated if r.posteriors else () for r in shown}
    return [
        (r, bins, when)
        for r in shown
        for bins, when in (
            (r.reliability, "as given" if after[r.name] else ""),
            (after[r.name], "calibrated"),
        )
        if bins
    ]


def render_index(
    entries: Sequence[tuple[str, Comparison]],
    title: str = "astronn comparisons",
    others: Sequence[str] = (),
    pages: Sequence[tuple[str, str]] = (),
) -> str:
    """The page of comparisons, given as (href, comparison): each survey with its methods, then
    headlines, then `others`.

    `pages` are no comparisons: (href, title) of each.
    """
    rows = [
        (href, comparison, wording.headline(comparison), wording.leading_pair(comparison))
        for href, comparison in entries
    ]
    return _template("index.html.j2").render(
        title=title,
        rows=rows,
        others=others,
        pages=pages,
        sheet=overview.overview(entries),
        heads=overview.HEADS,
    )


def flatten(tree: Mapping, prefix: str = "") -> list[tuple[str, str]]:
    """(key, text) of every leaf of nested mappings, keys joined by " / "; lists on one line; keys
    sorted.
    """
    rows: list[tuple[str, str]] = []
    for key, value in sorted(tree.items()):
        name = f"{prefix} / {key}" if prefix else str(key)
        if isinstance(value, Mapping):
            rows += flatten(value, name)
        else:
            rows.append(
                (
                    name,
                    ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value),
                )
            )
    return rows


@cache
def _environment():
    import jinja2  # slow to import, and only this format needs it

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    found = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "layout": layout,
        "wording": wording,
        "said": beaten.WORDS,
        "folded": folded,
        "ramps": _ramps(),
    }
    found.filters["coordinate"] = lambda value: f"{value:.1f}".removesuffix(".0")
    return found


def _template(name: str):
    return _environment().get_template(name)


def _ramps() -> dict[str, list[tuple[str, str]]]:
    return {"light": palette.ramp(), "dark": palette.ramp(dark=True)}
