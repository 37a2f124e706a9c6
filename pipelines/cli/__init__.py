"""The ``astronn`` command: the same Luigi tasks, with words around them.

Each command is a module of ``pipelines.cli.commands`` that holds a click command named ``command``;
a new one is one new file, found by its name (``new_survey.py`` is ``astronn new-survey``). What all
of them share is in ``pipelines.cli.words``. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click

from pipelines.cli import commands
from pipelines.engine.repeat import luigi_line

__all__ = ["luigi_line", "main", "names"]


def names() -> list[str]:
    """The names of all commands, in alphabetical order."""
    return sorted(
        module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__)
    )


class FoundCommands(click.Group):
    """A group whose commands are the modules of ``pipelines.cli.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return names()

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in names():
            return None
        return import_module(f"pipelines.cli.commands.{name.replace('-', '_')}").command


@click.group(
    cls=FoundCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="astronn-pipelines", prog_name="astronn")
def main() -> None:
    """Classify the objects of a survey with a neural network, and set the result beside the
    survey's automatic scheme.

    \b
    astronn report                 the 1992 table, a simulated catalogue, digits: all carried along
    astronn report openngc         a real catalogue (fetched, or taken from ASTRONN_MIRROR)
    astronn report my/survey.toml  your own catalogue, described without code (see new-survey)
    astronn surveys                what can be classified
    astronn textbook               the lecture: eight systems, each as figures, tables, numbers
    astronn show                   what has been made so far
    """
