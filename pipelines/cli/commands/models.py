"""``astronn models``: the networks."""

from __future__ import annotations

import click

from pipelines.cli import words


@click.command()
@words.as_json
def command(as_json: bool) -> None:
    """List the networks that `astronn report --classifier` knows.

    \b
    astronn models
    astronn report openngc --classifier storrie_lombardi_1992
    """
    with words.one_line_errors():
        from astronn import presets

        titles = {name: presets.load(name).title for name in presets.names()}
    if as_json:
        words.print_json({name: {"title": title} for name, title in titles.items()})
        return
    for name, title in titles.items():
        click.echo(f"{name:24} {title}")
