"""``astronn models``: the networks."""

from __future__ import annotations

import click

from pipelines.cli import words


@click.command()
@words.as_json
def command(as_json: bool) -> None:
    """List the networks that `astronn report --classifier` knows, and what each sees of an object.

    \b
    astronn models
    astronn report openngc --classifier storrie_lombardi_1992
    """
    with words.one_line_errors():
        from astronn import presets

        found = {name: presets.load(name) for name in presets.names()}
    if as_json:
        words.print_json(
            {
                name: {"title": preset.title, "input_kind": preset.input_kind}
                for name, preset in found.items()
            }
        )
        return
    for name, preset in found.items():
        click.echo(f"{name:24} {preset.input_kind.replace('_', ' '):12} {preset.title}")
