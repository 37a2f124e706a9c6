"""``astronn describe``: train a network that describes images token by token, and score what it
says and where it looks.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli import words

if TYPE_CHECKING:
    from pipelines.tasks.caption_report import ScoreCaptions

COMPLETE = words.complete_names("catalogs.captions")


@click.command()
@click.argument("captions", shell_complete=COMPLETE)
@click.option(
    "--table",
    default="",
    metavar="CSV",
    callback=words.file_if_given,
    help="captions of your own (object_id, caption); CAPTIONS is the survey.",
)
@click.option(
    "--attention",
    default="soft",
    show_default=True,
    type=click.Choice(["soft", "hard"]),
    help="kind of attention.",
)
@click.option(
    "--options",
    default="{}",
    metavar="JSON",
    help="of the classifier, such as '{\"max_epochs\": 10}'.",
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
    captions: str,
    options: str,
    mirror: str | None,
    results: str | None,
    as_json: bool,
    workers: int,
    verbose: bool,
    **chosen: Any,
) -> None:
    """Train a network that describes the images of CAPTIONS, and write scores and maps of where
    it looked.

    \b
    astronn describe digit_strings          3 to 5 real digits in one image, read left to right
    astronn describe simulated_galaxies     E3, SAB (r) b, S c edge-on: simulated
    astronn describe galaxy_zoo1            the path of decisions (fetched, or from ASTRONN_MIRROR)
    astronn describe galaxy10_decals --table votes.csv
    """
    with words.running_tasks(f"reading {captions}"):
        from pipelines.engine import running, settings
        from pipelines.tasks import caption_report

        words.use_mirror(mirror)
        running.share_cores(workers)
        task = caption_report.ScoreCaptions(
            captions=captions,
            options=words.json_object(options),
            results=results or settings.default_results(),
            **chosen,
        )
        running.check([task])
        succeeded = running.run([task], workers=workers, verbose=verbose, shown=True)
        if succeeded:
            _show(task, as_json)
    sys.exit(0 if succeeded else 1)


def _show(task: ScoreCaptions, as_json: bool) -> None:
    """Print the scores, and where the maps and pages are."""
    if as_json:
        words.print_json(json.loads(task.path("scores.json").read_text()))
        return
    click.echo(task.path("scores.txt").read_text())
    click.echo(f"maps: {task.path('maps.png')}")
    if "report.html" in task.files:
        click.echo(f"report: {task.path('report.html')}")
    words.print_repeat([task])
