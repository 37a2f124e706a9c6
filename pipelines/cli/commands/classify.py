"""``astronn classify``: every object of some files, by a saved model, into a folder of Parquet."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli import words

if TYPE_CHECKING:
    from pipelines.tasks.classify_files import ClassifyFiles


@click.command()
@click.argument("model", type=words.a_folder)
@click.argument("inputs", type=words.anything, nargs=-1)
@click.argument("output", type=click.Path(file_okay=False, allow_dash=True))
@click.option(
    "--id",
    "identifier",
    default="",
    metavar="COLUMN",
    help="the column that names an object.  [as the model's recipe says, else object_id]",
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="NAME",
    help="a column, in the model's order.  [its own names]",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    help="a column of the input to carry along; may be repeated.",
)
@words.table_format
@click.option(
    "--calibration",
    default="",
    metavar="PARQUET",
    type=click.Path(),
    callback=words.file_if_given,
    help="predictions.parquet of a report: adds sets of classes.",
)
@click.option(
    "--alpha",
    default=0.1,
    show_default=True,
    type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
    help="how often such a set may miss the true class.",
)
@click.option(
    "--rows-per-part",
    default=2**20,
    show_default=True,
    type=click.IntRange(min=1),
    help="objects of one file.",
)
@click.option(
    "--threads", default=0, type=click.IntRange(min=0), help="of this process.  [one a core]"
)
@click.option(
    "--dask", "scheduler", default="", metavar="local|ADDRESS", help="do it on a Dask cluster."
)
@click.option(
    "--workers",
    default=0,
    type=click.IntRange(min=0),
    help="processes of --dask local.  [one a core]",
)
@click.option("--device", default="auto", show_default=True, help="for networks that see images.")
@words.as_json
@words.verbose
def command(
    model: str,
    inputs: tuple[str, ...],
    output: str,
    as_json: bool,
    verbose: bool,
    **chosen: Any,
) -> None:
    """Classify every object of INPUT... (tables in any format that is read, image stacks, HATS, or
    folders of them) into the folder OUTPUT.

    MODEL is a folder written by save() or by `astronn report`. The model of a survey.toml keeps how
    its inputs are made (`astronn show MODEL` tells); the same is done here. Memory does not grow
    with the number of objects; interrupted and run again, it goes on with the parts that are
    missing, to the same bytes.

    \b
    astronn classify my-model survey/*.parquet classified
    astronn classify my-model survey.fits classified --id SOURCE_ID --feature B --feature R
    astronn classify my-model big-survey classified --dask tcp://scheduler:8786
    astronn classify my-model - < objects.jsonl

    With - in place of INPUT... and OUTPUT objects are read from standard input (a JSON object a
    line, or Avro packets, as --format says or as they begin) and answered line by line on standard
    output, {"error": ...} for one that cannot be classified.
    """
    if not inputs and output == "-":
        sys.exit(_stream(model, chosen))
    if not inputs:
        raise click.UsageError(f"no INPUT... before OUTPUT {output!r}; give both, or - alone")
    with words.running_tasks(f"looking through {', '.join(inputs[:3])}"):
        from pipelines.engine import running
        from pipelines.tasks.classify_files import SUCCESS, ClassifyFiles

        asked = words.format_options(chosen, asked_by_luigi=True)
        asked |= chosen
        asked |= {name: list(chosen[name]) for name in ("features", "keep")}
        paths = {
            "model": str(Path(model).resolve()),
            "sources": [str(Path(path).resolve()) for path in inputs],
        }
        if chosen["calibration"]:
            asked["calibration"] = str(Path(chosen["calibration"]).resolve())
        task = ClassifyFiles(**paths, **{"results": str(Path(output).resolve())}, **asked)
        task.key()  # finds what is missing before anything is written
        succeeded = running.run([task], verbose=verbose)
        if succeeded:
            summary = json.loads((Path(output) / SUCCESS).read_text())
            if as_json:
                words.print_json(summary)
            else:
                _show(summary, output, task)
    sys.exit(0 if succeeded else 1)


def _stream(model: str, chosen: dict[str, Any]) -> int:
    """Answer standard input; 1 where an object could not be classified."""
    with words.running_tasks("loading the model"):
        from pipelines.bulk import stream
        from pipelines.bulk.job import Job

        told = ("identifier", "features", "keep", "format", "calibration", "alpha")
        counts = stream.answer(
            Job(model, (), "-", **{name: chosen[name] for name in told}),
            sys.stdin.buffer,
            sys.stdout,
        )
    click.echo(f"astronn: {counts.answered} objects, {counts.failed} of them errors", err=True)
    return 1 if counts.failed else 0


def _show(summary: dict[str, Any], output: str, task: ClassifyFiles) -> None:
    classes = ", ".join(summary["classes"])
    click.echo(
        f"{summary['n_objects']} objects in {summary['n_parts']} files of {output}, classes:"
        f" {classes}"
    )
    words.print_repeat([task])
