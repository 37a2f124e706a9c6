"""Writes a Comparison down: `render(comparison, "text")`, or any of `formats()`.

A format is one module of this folder with `SUFFIX` (of the file) and `render(comparison) -> str`; a
new one is found by its name. `render_index` lists several comparisons on one page. Nothing is
written to disk here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from reports.comparison import Comparison
from reports.errors import ReportError
from reports.render import html


def formats() -> list[str]:
    """The names of the formats, sorted; none of them is imported.

    Returns
    -------
    list of str
        As `render` takes them.
    """
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def render(comparison: Comparison, format: str = "text") -> str:
    """The comparison in one format; an unknown one raises ReportError.

    Parameters
    ----------
    comparison : Comparison
        What is written down.
    format : str
        One of `formats()`.

    Returns
    -------
    str
        The text of a file.

    Raises
    ------
    ReportError
        For an unknown format.
    """
    return _module(format).render(comparison)


def suffix(format: str) -> str:
    """The suffix of a file in that format, ".txt" for example.

    Parameters
    ----------
    format : str
        One of `formats()`.

    Returns
    -------
    str
        With its point.

    Raises
    ------
    ReportError
        For an unknown format.
    """
    return _module(format).SUFFIX


def render_index(
    entries: Sequence[tuple[str, Comparison]],
    title: str = "astronn comparisons",
    others: Sequence[str] = (),
    pages: Sequence[tuple[str, str]] = (),
) -> str:
    """One HTML page that lists comparisons, each by its headline with a link: entries are (href,
    comparison). `others` are the hrefs of pages that another version wrote, of which only the
    address is known; `pages` are (href, title) of what is no comparison.

    Parameters
    ----------
    entries : sequence of (str, Comparison)
        Address and comparison.
    title : str
        Of the page.
    others : sequence of str
        Addresses of pages that another version wrote.
    pages : sequence of (str, str)
        Address and title of what is no comparison.

    Returns
    -------
    str
        The page.
    """
    return html.render_index(entries, title, others, pages)


def _module(format: str):
    if format not in formats():
        raise ReportError(f"unknown format {format!r}; choose one of: {', '.join(formats())}")
    return importlib.import_module(f"reports.render.{format}")
