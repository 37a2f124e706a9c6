"""``astronn early``: how soon a light curve tells its class."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli import words

if TYPE_CHECKING:
    from pipelines.drawings.early import ClassifyEarly


@click.command()
@click.argument("survey", shell_complete=words.complete_names("catalogs.surveys"))
@click.option(
    "--classifier", default="", help="a network that reads forwards.  [default: gru_early]"
)
@click.option(
    "--options", default="{}", metavar="JSON", help="its options, such as '{\"max_epochs\": 10}'."
)
@click.option(
    "--split",
    default="",
    help="which of the survey's splits.  [default: its first]",
    shell_complete=words.complete_split,
)
@words.seed
@words.n_train
@words.n_test
@words.mirror
@words.results
@words.as_json
@words.workers
@words.verbose
def command(
    survey: str,
    options: str,
    mirror: str | None,
    results: str | None,
    as_json: bool,
    workers: int,
    verbose: bool,
    **chosen: Any,
) -> None:
    """Classify the light curves of SURVEY after each of their epochs, and draw probability against
    time.

    `astronn report SURVEY --classifier gru_folded --classifier gru_early` puts the drawing on the
    report's page.

    \b
    astronn early simulated_variables
    astronn early asas
    """
    with words.running_tasks(f"reading {survey}"):
        from pipelines.drawings import early
        from pipelines.engine import running, settings

        words.use_mirror(mirror)
        running.share_cores(workers)
        asked = {
            **chosen,
            "options": words.json_object(options),
            "results": results or settings.default_results(),
        }
        task = early.ClassifyEarly(survey=survey, **asked)
        running.check([task])
        succeeded = running.run([task], workers=workers, verbose=verbose, shown=True)
        if succeeded:
            _show(task, as_json)
    sys.exit(0 if succeeded else 1)


def _show(task: ClassifyEarly, as_json: bool) -> None:
    """Print the shares right, and where the drawing is."""
    if as_json:
        words.print_json(json.loads(task.path("early.json").read_text()))
        return
    click.echo(task.path("early.txt").read_text())
    click.echo(f"drawing: {task.drawing()}")
    words.print_repeat([task])
