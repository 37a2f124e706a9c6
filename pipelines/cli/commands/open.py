"""``astronn open``: the page of a finished report in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli import telling, words
from pipelines.errors import PipelineError

PAGE = "report.html"


@click.command(name="open")
@click.argument("survey", required=False, default="", shell_complete=words.complete_survey)
@words.results
def command(survey: str, results: str | None) -> None:
    """Show the newest report of SURVEY in the browser, or without SURVEY the index of all reports.

    SURVEY may also be the path of a survey.toml, the path of a report, or part of its folder's
    name.

    \b
    astronn open
    astronn open openngc
    astronn open digits/stratified
    """
    with words.running_tasks("looking for the page"):
        from pipelines.engine import settings

        folder = Path(results or settings.default_results())
        page = _newest(folder, survey) if survey else folder / "index.html"
        if not page.is_file():
            raise PipelineError(f"there is no page {page}; make one with `astronn report`")
    click.echo(f"page: {page}")
    telling.open_page(page)


def _newest(results: Path, what: str) -> Path:
    """The page of the report made last of those that ``what`` names."""
    from catalogs import surveys
    from pipelines.store import finished

    name = surveys.load(what).name if what.endswith(".toml") else what
    pages = [found.folder / PAGE for found in finished.find(results, name)]
    made = [page for page in pages if page.is_file()]
    if not made:
        raise PipelineError(
            f"nothing named {what!r} under {str(results)!r} is a report; make one with `astronn"
            f" report {what}`"
        )
    return made[-1]
