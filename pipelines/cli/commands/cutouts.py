"""``astronn cutouts``: pictures of a survey.toml's objects, fetched from a service."""

from __future__ import annotations

import sys

import click

from catalogs.errors import listed
from pipelines.cli import words

SHOWN = 10  # objects named with each reason; --json names all


@click.command()
@click.argument("toml", type=words.a_file)
@click.option("--again", is_flag=True, help="ask anew for what the service did not have before.")
@words.as_json
def command(toml: str, again: bool, as_json: bool) -> None:
    """Fetch one picture of each object, by its ra and dec, from the service that [images] names
    into the folder that [images] names. What is there is not fetched again; a killed run goes on.

    Exit code 0 if every object has its picture, 1 otherwise.

    \b
    astronn cutouts survey.toml
    astronn cutouts survey.toml --again
    """
    with words.one_line_errors():
        words.say_later(f"fetching the pictures of {toml}")
        from catalogs.survey_toml.cutouts import fetch

        account = fetch(toml, again=again, progress=_told)
    absent = account.absent or {}
    if as_json:
        found = {"kept": account.kept, "fetched": account.fetched, "absent": absent}
        words.print_json({"survey": toml, **found})
    else:
        for reason in dict.fromkeys(absent.values()):
            names = [name for name, said in absent.items() if said == reason]
            click.echo(f"{len(names)} absent, {reason}: {listed(names, SHOWN)}")
        click.echo(
            f"{toml}: {account.fetched} fetched, {account.kept} there before, {len(absent)} absent"
        )
    sys.exit(1 if absent else 0)


def _told(done: int, total: int) -> None:
    if done % 100 == 0 or done == total:
        click.echo(f"{done} of {total} objects", err=True)
