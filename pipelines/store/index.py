"""The index of all reports under a results folder."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from catalogs.files.atomic import write_text
from pipelines.store.publish import locked
from reports import render
from reports.comparison import Comparison, from_json
from reports.textbook import page

PAGE, COMPARISON, INDEX = "report.html", "comparison.json", "index.html"
TEXTBOOK = "textbook.html"  # the newest, beside the index


def write_index(results: Path) -> None:
    """Write ``results/index.html``: every report that lies there, whoever made it, newest first;
    one process at a time.
    """
    with locked(results / f".{INDEX}.lock"):
        made = sorted(_pages(results), key=lambda path: (path.stat().st_mtime, path), reverse=True)
        found = {_link(path, results): read_comparison(path.parent) for path in made}
        entries = [
            (link, comparison) for link, comparison in found.items() if comparison is not None
        ]
        others = [link for link, comparison in found.items() if comparison is None]
        pages = [(TEXTBOOK, page.TITLE)] if (results / TEXTBOOK).is_file() else []
        write_text(results / INDEX, render.render_index(entries, others=others, pages=pages))


def read_comparison(folder: Path) -> Comparison | None:
    """The comparison of a finished report; None if another version of astronn wrote it in a form
    unknown to this one.
    """
    try:
        return from_json((folder / COMPARISON).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _pages(results: Path) -> list[Path]:
    """Every published report.html; what is in the making (folders whose names begin with a dot) is
    passed over.
    """
    pages = []
    for folder, folders, files in os.walk(results):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if PAGE in files:
            pages.append(Path(folder, PAGE))
    return pages


def lists(results: Path, page: Path) -> bool:
    """Whether ``results/index.html`` links a page."""
    try:
        return _link(page, results) in (results / INDEX).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def _link(page: Path, results: Path) -> str:
    """The page's address in the index."""
    return quote(page.relative_to(results).as_posix())
