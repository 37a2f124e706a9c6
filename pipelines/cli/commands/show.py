"""``astronn show``: what has been made."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelines.cli import words


@click.command()
@click.argument("what", required=False, default="")
@click.option(
    "--verify",
    is_flag=True,
    help="compare every file with its checksum; exit code 1 if one differs.",
)
@words.results
@words.as_json
def command(what: str, verify: bool, results: str | None, as_json: bool) -> None:
    """Show a finished report, model, split or catalogue: WHAT is its path, its key, or part of its
    name.

    Without WHAT, or with a part that several names share: the list of them. A report is printed as
    text; of anything else the manifest is told in words, with the `luigi` line that makes it again;
    of a model also its recipe, how its inputs are made of the columns of a file.

    \b
    astronn show
    astronn show digits/stratified/report
    astronn show results/digits/stratified/model-feedforward-021ebf29f4cde359
    astronn show --verify
    """
    with words.running_tasks(f"reading what lies in {results or 'the results folder'}"):
        from pipelines.engine import settings
        from pipelines.store import finished

        if what and (Path(what) / "model.json").is_file() and not (verify or as_json):
            click.echo(finished.model_in_words(Path(what)))
            return
        folder = Path(results or settings.default_results())
        found = finished.find(folder, what)
        damaged = {f.place: f.damaged() for f in found} if verify else {}
    damaged = {place: names for place, names in damaged.items() if names}
    if as_json:
        records = [{"folder": f.place, **f.record} for f in found]
        words.print_json(
            {"damaged": damaged} if verify else records[0] if len(records) == 1 else records
        )
    elif verify:
        for place, names in damaged.items():
            click.echo(
                f"{place}: missing or damaged: {', '.join(names)}; remedy: remove the folder and"
                " repeat"
            )
        click.echo(f"{len(found) - len(damaged)} of {len(found)} finished folders are whole")
    elif len(found) == 1:
        click.echo(finished.in_words(found[0]))
    else:
        for f in found:
            click.echo(
                f"{f.record['started'][:19]}  {f.record['duration_s']:8.1f} s "
                f" {f.record['task']:20} {f.place}"
            )
    sys.exit(1 if damaged else 0)
