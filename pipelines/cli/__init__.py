"""The ``astronn`` command: the same Luigi tasks, with words around them.

Each command is a module of ``pipelines.cli.commands`` that holds a click command named ``command``;
a new one is one new file, found by its name (``new_survey.py`` is ``astronn new-survey``). What all
of them share is in ``pipelines.cli.words``. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import contextlib
import pkgutil
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn

import click

from catalogs.errors import did_you_mean
from catalogs.names import shown
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


class Misread(click.ClickException):
    """What was typed cannot be read as a command: one line, and where help is."""

    exit_code = 2

    def __init__(self, error: click.UsageError) -> None:
        said = " ".join(shown(error.format_message()).split()).removesuffix(".")
        path = error.ctx.command_path if error.ctx else "astronn"
        super().__init__(f"{said}; see {path} --help")

    def show(self, file: Any = None) -> None:
        """Print it on standard error, as all errors of astronn."""
        click.echo(f"astronn: error: {self.message}", file=file, err=file is None)


@contextlib.contextmanager
def _in_one_line() -> Iterator[None]:
    """Turn click's errors of several lines into one; a command without a word shows its help."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise Misread(error) from error


class FoundCommands(click.Group):
    """A group whose commands are the modules of ``pipelines.cli.commands``."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The words before the command."""
        with _in_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name; the nearest one is offered in place of an unknown one."""
        if args and args[0] not in names() and not ctx.resilient_parsing:
            hint = did_you_mean(args[0], names()) or f"; choose one of: {', '.join(names())}"
            if not args[0].startswith("-"):
                ctx.fail(f"No such command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; asked to end, say so in one line, with the exit code that a shell
        expects.
        """
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")  # no text ends a run, in any locale
        try:
            _hear_signals()
            with _in_one_line():
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

    Exit codes: 0 done; 1 what was asked for cannot be done, or a check found a fault; 2 the command
    line cannot be read (an unknown command or option, a value out of range, a path that is not
    there); 128 + N ended by signal N. Each error is one line on standard error.
    """
