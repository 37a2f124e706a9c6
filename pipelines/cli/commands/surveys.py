"""``astronn surveys``: what can be classified."""

from __future__ import annotations

import click

from pipelines.cli import words


@click.command()
@words.as_json
def command(as_json: bool) -> None:
    """List the surveys, with their splits and where they come from.

    \b
    astronn surveys
    astronn surveys --json
    """
    with words.one_line_errors():
        from catalogs import surveys as known

        found = {name: known.load(name) for name in known.names()}
    if as_json:
        about = {
            name: {"title": s.title, "splits": list(s.splits), "simulated": s.simulated}
            for name, s in found.items()
        }
        words.print_json(about)
        return
    for name, survey in found.items():
        click.echo(f"{name:24} {survey.title}")
        click.echo(f"{'':24} splits: {', '.join(survey.splits)}; {survey.citation}")
