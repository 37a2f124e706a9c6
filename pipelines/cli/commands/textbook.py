"""``astronn textbook``: the systems of a lecture, computed."""

from __future__ import annotations

import json
import sys

import click

from pipelines.cli import words


@click.command()
@click.argument(
    "systems",
    nargs=-1,
    metavar="[NAME]...",
    shell_complete=words.complete_names("pipelines.textbook.items"),
)
@click.option("--quick", is_flag=True, help="fewer starts, epochs and sizes: all in a few minutes.")
@words.seed
@words.mirror
@words.results
@words.as_json
@words.workers
@words.verbose
def command(
    systems: tuple[str, ...],
    quick: bool,
    seed: int,
    mirror: str | None,
    results: str | None,
    as_json: bool,
    workers: int,
    verbose: bool,
) -> None:
    """Compute what a lecture on neural networks shows, as figures, tables and numbers on one page;
    or only NAME.

    \b
    astronn textbook --quick
    astronn textbook bishop backpropagation
    """
    with words.running_tasks("looking for what is made already"):
        from pipelines.engine import running, settings

        words.use_mirror(mirror)
        running.share_cores(workers)
        from pipelines.tasks.textbook_page import PAGE, SUMMARY, Textbook

        page = Textbook(
            systems=list(systems),
            quick=quick,
            seed=seed,
            results=results or settings.default_results(),
        )
        page.check()
        succeeded = running.run([page], workers=workers, verbose=verbose, shown=True)
        if succeeded and as_json:
            words.print_json(json.loads(page.path(SUMMARY).read_text()))
        elif succeeded:
            click.echo(f"textbook: {page.path(PAGE)}")
            words.print_repeat([page])
    sys.exit(0 if succeeded else 1)
