"""``astronn baselines``: what a network is compared with."""

from __future__ import annotations

import click

from pipelines.cli import words


@click.command()
@words.as_json
def command(as_json: bool) -> None:
    """List the automatic schemes and learned baselines that `astronn report --baseline` knows.

    \b
    astronn baselines
    astronn report openngc --baseline linear_index --baseline hist_gradient_boosting
    """
    with words.one_line_errors():
        from astronn import baselines as known

        found = {name: known.describe(name) for name in known.names()}
    if as_json:
        words.print_json(
            {
                name: {"kind": info.kind, "title": info.title, "note": info.note}
                for name, info in found.items()
            }
        )
        return
    for name, info in found.items():
        click.echo(f"{name:24} {info.kind:10} {info.title}")
