"""The index of all reports under a results folder."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from pipelines.engine.base import FolderTask
from pipelines.store.publish import locked, write_atomically
from reports import render
from reports.comparison import Comparison, from_json
from reports.textbook import page

PAGE, COMPARISON, INDEX = "report.html", "comparison.json", "index.html"
TEXTBOOK = "textbook.html"  # the newest, beside the index


class Indexed(FolderTask):
    """A task whose folder holds ``report.html`` and ``comparison.json``: it is complete when the
    index lists it too.

    A run that was killed between the two, or whose index was removed, writes the index when it is
    run again, and no more."""

    def listed(self) -> Path:
        """The page that the index links."""
        return self.path(PAGE)

    def complete(self) -> bool:
        results = Path(self.results)
        return (
            super().complete()
            and self.listed().is_file()
            and _link(self.listed(), results) in _text(results / INDEX)
        )

    def run(self) -> None:
        if not super().complete():
            super().run()
        self.show()
        write_index(Path(self.results))

    def show(self) -> None:
        """Put the listed page where the index looks for it, if that is not the task's own
        folder.
        """


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
        write_atomically(results / INDEX, render.render_index(entries, others=others, pages=pages))


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


def _link(page: Path, results: Path) -> str:
    """The page's address in the index."""
    return quote(page.relative_to(results).as_posix())


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
