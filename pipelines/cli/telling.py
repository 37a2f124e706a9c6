"""What a command prints of finished reports, as wide as the terminal, and the browser that shows
their pages.
"""

from __future__ import annotations

import shutil
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli import words

if TYPE_CHECKING:
    from pipelines.tasks.compare import Report

IN_A_FILE = 100  # characters in a line where there is no terminal
WIDEST = 140  # longer lines are hard to read


def width() -> int:
    """Characters in a line: of the terminal, or as COLUMNS says."""
    found = shutil.get_terminal_size((IN_A_FILE, 40)).columns
    return min(found, WIDEST)


def tell(tasks: Sequence[Report], *, as_json: bool, full: bool) -> None:
    """Print finished reports: for scripts, or the short account, or everything."""
    from reports import terminal
    from reports.comparison import from_json
    from reports.render import text

    made = [from_json(task.path("comparison.json").read_text(encoding="utf-8")) for task in tasks]
    pages = [str(task.path("report.html")) for task in tasks]
    if as_json:
        found = [
            terminal.for_scripts(comparison, str(Path(page).resolve()))
            for comparison, page in zip(made, pages)
        ]
        words.print_json(found[0] if len(found) == 1 else found)
    elif full:
        for comparison in made:
            click.echo(text.render(comparison, width()))
        for page in pages:
            click.echo(f"page: {page}")
    else:
        click.echo(terminal.account(made, pages, width()))


def open_page(page: Path) -> None:
    """Show a page in the user's browser; where there is none, say how to."""
    address = page.resolve().as_uri()
    if not webbrowser.open(address):
        click.echo(f"astronn: no browser could be started; open {address}", err=True)
    sys.stdout.flush()
