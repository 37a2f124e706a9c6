"""``astronn surveys``: what can be classified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipelines.cli import words

if TYPE_CHECKING:
    from catalogs.survey import Survey


@click.command()
@words.as_json
def command(as_json: bool) -> None:
    """List the surveys: what kind of data, how much is fetched, splits, where they come from.

    \b
    astronn surveys
    astronn surveys --json
    """
    with words.one_line_errors():
        from catalogs import surveys as known

        found = {name: known.load(name) for name in known.names()}
    if as_json:
        words.print_json({name: _about(survey) for name, survey in found.items()})
        return
    for name, survey in found.items():
        about = _about(survey)
        megabytes = (
            f"{about['fetched_bytes'] / 1e6:.1f} MB" if about["fetched_bytes"] else "a query"
        )
        size = f"{megabytes} to fetch" if about["network"] else "carried along, no network"
        size = "simulated, no network" if survey.simulated else size
        click.echo(f"{name:24} {survey.title}")
        click.echo(f"{'':24} {about['kind']}, {len(about['classes'])} classes; {size}")
        click.echo(f"{'':24} splits: {', '.join(survey.splits)}; {survey.citation}")


def _about(survey: Survey) -> dict[str, Any]:
    """What is known of a survey before it is read."""
    kind = "images" if survey.images else "light curves" if survey.light_curves else "table"
    return {
        "title": survey.title,
        "kind": kind,
        "classes": list(survey.class_scheme().classes),
        "splits": list(survey.splits),
        "simulated": survey.simulated,
        "fetched_bytes": sum(file.bytes for file in survey.files),
        "network": bool(survey.files),
    }
