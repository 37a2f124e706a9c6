"""``astronn check``: every fault of a survey.toml at once."""

from __future__ import annotations

import sys

import click

from pipelines.cli import words


@click.command()
@click.argument("toml", type=words.a_file)
@click.option(
    "--thorough",
    is_flag=True,
    help="read all images and light curves; without it a sample of more than 1000 images in a "
    "folder, and of light curves nothing where they are more than 200 MB.",
)
@words.as_json
def command(toml: str, thorough: bool, as_json: bool) -> None:
    """Report every fault of a survey.toml and of the data it names, and every input that leaks the
    label; then an account of what was read and what was left out. All that a report does before
    its first training is done.

    Exit code 0 if there is none, 1 otherwise.

    \b
    astronn check survey.toml
    astronn check survey.toml --json
    """
    with words.one_line_errors():
        words.say_later(f"checking {toml} and its data")
        from catalogs.survey_toml.check import examine

        found = examine(toml, thorough=thorough)
        faults = found.faults
    if as_json:
        words.print_json({"survey": toml, "faults": faults, "account": found.account})
        sys.exit(1 if faults else 0)
    for line in found.account:
        click.echo(f"  {line}")
    for fault in faults:
        click.echo(fault)
    click.echo(f"{toml}: {len(faults)} faults" if faults else f"{toml}: no fault found")
    sys.exit(1 if faults else 0)
