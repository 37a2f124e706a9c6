"""``astronn new-survey``: a draft of a survey.toml from a table."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli import words
from pipelines.errors import PipelineError


@click.command(name="new-survey")
@click.argument("table", type=click.Path())
@click.option(
    "--output",
    default="survey.toml",
    show_default=True,
    help="the draft to write; - for standard output.",
)
def command(table: str, output: str) -> None:
    """Look into a table (FITS, VOTable, ECSV, CSV, Parquet, CDS) and write a commented draft of its
    survey.toml.

    \b
    astronn new-survey galaxies.fits
    astronn check survey.toml
    astronn report survey.toml
    """
    with words.one_line_errors():
        words.say_later(f"reading {table}")
        from catalogs.survey_toml.draft import draft_survey

        draft = draft_survey(table)
        if output == "-":
            click.echo(draft)
            return
        if Path(output).exists():
            raise PipelineError(
                f"--output {output!r}: a file is there already and is not overwritten; give another"
                " name"
            )
        Path(output).write_text(draft, encoding="utf-8")
    click.echo(
        f"{output}: a draft to correct; then `astronn check {output}` and `astronn report {output}`"
    )
