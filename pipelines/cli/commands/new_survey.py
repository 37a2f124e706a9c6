"""``astronn new-survey``: a draft of a survey.toml from a table."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.cli import words
from pipelines.errors import PipelineError


@click.command(name="new-survey")
@click.argument("source", metavar="TABLE", type=words.anything)
@click.option(
    "--output",
    default="survey.toml",
    show_default=True,
    help="the draft to write; - for standard output.",
)
@words.table_format
def command(source: str, output: str, **chosen: str) -> None:
    """Look into a table of any format and write a commented draft of its survey.toml. The draft
    says of every column that is left out why it is; of a file of several tables the one with most
    rows is taken.

    \b
    astronn new-survey galaxies.fits
    astronn check survey.toml
    astronn report survey.toml
    """
    with words.one_line_errors():
        words.say_later(f"reading {source}")
        from catalogs.survey_toml.draft import draft_survey

        draft = draft_survey(source, **words.format_options(chosen))
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
