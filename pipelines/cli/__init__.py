"""The ``astronn`` command: the same Luigi tasks, with words around them.

Each command is a module of ``pipelines.cli.commands`` that holds a click command named ``command``;
a new one is one new file, found by its name (``new_survey.py`` is ``astronn new-survey``). What all
of them share is in ``pipelines.cli.words``. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import pkgutil
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import click

from pipelines.cli import commands
from pipelines.engine.repeat import luigi_line

__all__ = ["luigi_line", "main", "names"]


def names() -> list[str]:
    """The names of all commands, in alphabetical order."""
    return sorted(
        module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__)
    )


class Stopped(KeyboardInterrupt):
    """The command was asked to end: Ctrl-C, SIGTERM, or its terminal is gone."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class FoundCommands(click.Group):
    """A group whose commands are the modules of ``pipelines.cli.commands``."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; asked to end, say so in one line, with the exit code that a shell
        expects.
        """
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")  # no text ends a run, in any locale
        try:
            _hear_signals()
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            click.echo("astronn: stopped; run the same command again to go on", err=True)
            sys.exit(128 + getattr(stop, "number", signal.SIGINT))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return names()

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in names():
            return None
        return import_module(f"pipelines.cli.commands.{name.replace('-', '_')}").command


def _hear_signals() -> None:
    """Let SIGTERM and SIGHUP end the command as Ctrl-C does, with all that it has started; a
    second one changes nothing. nohup's choice to hear no SIGHUP stays.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, stop)
    except ValueError:
        return  # not the main thread: whoever called us hears signals


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
