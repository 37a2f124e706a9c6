"""What the commands share: options, errors of one line, JSON for scripts, values written in
words.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from astronn.errors import AstronnError
from catalogs import shipped
from catalogs.errors import CatalogueError
from catalogs.names import shown
from pipelines.engine import configuration, faults
from pipelines.engine.repeat import luigi_line
from pipelines.errors import PipelineError
from reports.errors import ReportError

if TYPE_CHECKING:
    import luigi

PATIENCE_S = 0.8  # with what the command itself takes to start, under two seconds
as_json = click.option(
    "--json", "as_json", is_flag=True, help="print for scripts: JSON alone on standard output."
)
a_file = click.Path(exists=True, dir_okay=False, readable=True)
a_folder = click.Path(exists=True, file_okay=False, readable=True)
anything = click.Path(exists=True, readable=True)
to_write = click.Path(file_okay=False)  # a folder, which need not be there


def _mirror(ctx: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    """A folder that is there, or the address of one elsewhere."""
    if given and "://" not in given:
        a_folder.convert(given, parameter, ctx)
    return given


def file_if_given(ctx: click.Context, parameter: click.Parameter, given: str) -> str:
    """A file that is there, or none."""
    return str(a_file.convert(given, parameter, ctx)) if given else given


def _number(ctx: click.Context, parameter: click.Parameter, given: float | None) -> float:
    """0 stands for what is not given."""
    if given is not None and not math.isfinite(given):
        raise click.BadParameter(f"{given} is no number to work with", ctx, parameter)
    return given or 0


def objects(name: str, what: str) -> Any:
    """The option of how many objects are for ``what``."""
    said = f"objects to {what} on.  [default: as the split says]"
    return click.option(name, type=click.IntRange(min=1), callback=_number, help=said)


results = click.option(
    "--results",
    default=None,
    metavar="DIR",
    type=to_write,
    help="output folder.  [default: results]",
)
mirror = click.option(
    "--mirror",
    metavar="DIR|URL",
    callback=_mirror,
    help="copies of the survey files (or set ASTRONN_MIRROR).",
)
seed = click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="the one number all random choices derive from.",
)
n_train = objects("--n-train", "train")
n_test = objects("--n-test", "test")
separation = click.option(
    "--min-separation",
    "min_separation_arcsec",
    type=click.FloatRange(min=0.0),
    callback=_number,
    metavar="ARCSEC",
    help="objects closer than that stay in one part of the split.  [default: as the split says]",
)
workers = click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="tasks that run at the same time.",
)
verbose = click.option("--verbose", is_flag=True, help="show Luigi's log.")


def table_format(command: Any) -> Any:
    """The options that say in which format a table is, and which table of its file."""
    for option in (
        click.option("--table", default="", metavar="N|NAME", help="which table of a VOTable, ..."),
        click.option("--hdu", default="", metavar="N|NAME", help="which extension of a FITS file."),
        click.option("--format", default="", help="the table's format.  [told from its content]"),
    ):
        command = option(command)
    return command


def format_options(chosen: dict[str, Any], asked_by_luigi: bool = False) -> dict[str, Any]:
    """The options of `table_format` that were given, taken out of ``chosen``: as arguments of a
    reader, or as the two parameters of a Luigi task.
    """
    found = {key: chosen.pop(key) for key in ("hdu", "table")}
    given = {k: int(v) if v.lstrip("-").isdigit() else v for k, v in found.items() if v != ""}
    form = chosen.pop("format")
    if asked_by_luigi:
        return {"format": form, "format_options": given}
    return {"format": form or None, **given}


@contextlib.contextmanager
def running_tasks(doing: str) -> Iterator[None]:
    """For a command that imports tasks: Luigi reads no configuration of the folder, errors are one
    line, and what takes long to begin says that it is ``doing`` something.
    """
    with one_line_errors():
        say_later(doing)
        configuration.read_no_files()
        yield


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn a mistake of the user's, or a fault of the machine, into one line on standard error and
    exit code 1; let the others show their traceback.
    """
    try:
        yield
    except (AstronnError, CatalogueError, PipelineError, ReportError) as error:
        click.echo(f"astronn: error: {shown(error)}", err=True)
        sys.exit(1)
    except (OSError, MemoryError) as error:
        fault = faults.in_words(error)
        if fault is None:
            raise
        click.echo(f"astronn: error: {shown(fault)}", err=True)
        sys.exit(1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # nothing is said later


def say_later(doing: str) -> None:
    """Say ``doing`` on standard error after a while, unless the command ends before, so that nobody
    sits before a terminal that is silent. By a signal, not a thread.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # no signals there

    def say(number: int, frame: FrameType | None) -> None:
        os.write(2, f"astronn: {shown(doing)} ...\n".encode(errors="backslashreplace"))

    signal.signal(signal.SIGALRM, say)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)


def print_json(content: object) -> None:
    """Print ``content`` as JSON on standard output."""
    click.echo(json.dumps(content, indent=1))


def print_repeat(tasks: Sequence[luigi.Task]) -> None:
    """Print the `luigi` line that repeats each task."""
    for task in tasks:
        click.echo(f"to repeat:   {luigi_line(task)}")


def use_mirror(address: str | None) -> None:
    """Look for survey files at ``address`` first (None: where ASTRONN_MIRROR says); forked tasks do
    the same.
    """
    if address:
        os.environ["ASTRONN_MIRROR"] = address


def json_object(text: str, option: str = "--options") -> dict:
    """The JSON object that an option holds; click.UsageError says how to write one."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(
            f'{option} is not JSON ({error}); write it like {{"hidden_layers": [20]}}'
        ) from error
    if not isinstance(value, dict):
        raise click.UsageError(
            f'{option} must be a JSON object like {{"hidden_layers": [20]}}, not {text}'
        )
    return value


def pairs(texts: tuple[str, ...]) -> dict[str, str]:
    """{FILE: absolute path} of options written FILE=PATH."""
    found = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or not name or not path:
            raise click.UsageError(
                f"--input {text!r}: write FILE=PATH, such as NGC.csv=/data/NGC.csv"
            )
        found[name] = str(Path(path).resolve())
    return found


def complete_survey(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list:
    """For shell completion: the names of surveys, else paths (of a survey.toml)."""
    from click.shell_completion import CompletionItem

    found = [CompletionItem(name) for name in shipped.names() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def complete_split(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """For shell completion: the splits of the survey that was typed, those of all folds among
    them.
    """
    from catalogs import surveys

    typed = os.environ.get("COMP_WORDS", "").split()[2:]
    name = ctx.params.get("survey") or next((w for w in typed if w in surveys.names()), "")
    try:
        survey = surveys.load(name or "simulated_catalogue")
    except CatalogueError:
        return []
    pools = {name.rpartition("_")[0] for name in survey.splits}
    known = [*survey.splits, *sorted(pool for pool in pools if survey.pooled(pool))]
    return [name for name in known if name.startswith(incomplete)]


def complete_names(room: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """For shell completion: the names that a module of astronn (``presets``, ``baselines``)
    finds.
    """

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in import_module(room).names() if name.startswith(incomplete)]

    return complete
