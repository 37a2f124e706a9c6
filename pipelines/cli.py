"""The ``astronn`` command: the same Luigi tasks, with words around them."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
from pathlib import Path

import click

from astronn.errors import AstronnError
from catalogs.errors import CatalogueError
from pipelines.errors import PipelineError
from reports.errors import ReportError

DEFAULT_PUBLISHED = "storrie_lombardi_1992_table2"
DEFAULT_SURVEYS = ("simulated_catalogue", "digits")
CLASSIFIER_HELP = "a network (see `astronn models`); may be repeated.  [default: feedforward]"
BASELINE_HELP = "a scheme to compare with; may be repeated. NAME@all shows it every parameter."


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="astronn-pipelines", prog_name="astronn")
def main() -> None:
    """Classify the objects of a survey with a neural network, and set the result beside the survey's automatic scheme.

    \b
    astronn report                     what the package carries: the 1992 table, a simulated catalogue, digits
    astronn report openngc             a real catalogue (fetched, or taken from ASTRONN_MIRROR)
    astronn report my/survey.toml      your own catalogue, described without code (astronn new-survey drafts one)
    astronn surveys                    what can be classified
    """


@main.command()
@click.argument("survey", required=False)
@click.option("--split", default="", help="which of the survey's splits.  [default: its first]")
@click.option("--seed", default=0, show_default=True, help="the one number all random choices derive from.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(min=1), help="repeat with so many seeds.")
@click.option("--n-train", default=0, help="objects to train on.  [default: as the split says]")
@click.option("--n-test", default=0, help="objects to test on.  [default: as the split says]")
@click.option("--classifier", "classifiers", multiple=True, metavar="NAME", help=CLASSIFIER_HELP)
@click.option("--options", default="{}", metavar="JSON", help='the first one\'s options: \'{"hidden_layers": [20, 20]}\'.')
@click.option("--baseline", "baselines", multiple=True, metavar="NAME", help=BASELINE_HELP)
@click.option("--feature", "features", multiple=True, metavar="NAME", help="an input to use; may be repeated.  [all]")
@click.option("--input", "inputs", multiple=True, metavar="FILE=PATH", help="your own file in place of the pinned FILE.")
@click.option("--mirror", metavar="DIR|URL", help="copies of the survey files (or set ASTRONN_MIRROR).")
@click.option("--results", default=None, metavar="DIR", help="output folder.  [default: results]")
@click.option("--json", "as_json", is_flag=True, help="print a summary for scripts on standard output.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(min=1), help="tasks that run at the same time.")
@click.option("--verbose", is_flag=True, help="show Luigi's log.")
def report(survey, classifiers, baselines, features, options, inputs, mirror, results, as_json, workers, verbose, **chosen):
    """Train, classify, compare and write the report of SURVEY, a name or the path of a survey.toml.

    Without SURVEY: what the package carries, which needs no network and no data files.

    \b
    astronn report
    astronn report openngc --seeds 10
    astronn report openngc --split eso_region --json
    astronn report openngc --classifier committee --classifier storrie_lombardi_1992
    astronn report openngc --baseline nearest_class_mean --baseline logistic_regression
    """
    with _one_line_errors():
        from pipelines import compare, running, settings

        _use_mirror(mirror)
        running.share_cores(workers)
        results = results or settings.default_results()
        asked = {
            **chosen,
            **({"classifier": classifiers[0], "further": list(classifiers[1:])} if classifiers else {}),
            "options": _json_object(options),
            "baselines": list(baselines),
            "features": list(features),
            "inputs_from": _pairs(inputs),
            "results": results,
        }
        names = [survey] if survey else list(DEFAULT_SURVEYS)
        tasks = [compare.CompareClassifiers(**asked, survey=name) for name in names]
        if not survey:
            tasks.insert(0, compare.PublishedReport(table=DEFAULT_PUBLISHED, results=results))
        for task in tasks:
            if not task.complete():
                task.check()
        succeeded = running.run(tasks, workers=workers, verbose=verbose)
        if succeeded:
            _show(tasks, as_json)
    sys.exit(0 if succeeded else 1)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="for scripts.")
def surveys(as_json: bool) -> None:
    """List the surveys, with their splits and where they come from."""
    with _one_line_errors():
        from catalogs import surveys as known

        found = {name: known.load(name) for name in known.names()}
        if as_json:
            about = {name: {"title": s.title, "splits": list(s.splits), "simulated": s.simulated} for name, s in found.items()}
            _print_json(about)
            return
        for name, survey in found.items():
            click.echo(f"{name:24} {survey.title}")
            click.echo(f"{'':24} splits: {', '.join(survey.splits)}; {survey.citation}")


@main.command()
def models() -> None:
    """List the networks that `astronn report --classifier` knows."""
    from astronn import presets

    for name in presets.names():
        click.echo(f"{name:24} {presets.load(name).title}")


@main.command(name="baselines")
def list_baselines() -> None:
    """List the automatic schemes and rival classifiers that `astronn report --baseline` knows."""
    from astronn import baselines

    for name in baselines.names():
        info = baselines.describe(name)
        click.echo(f"{name:24} {info.kind:10} {info.title}")


@main.command()
@click.argument("toml", type=click.Path())
def check(toml: str) -> None:
    """Report every fault of a survey.toml and of the data it names, and every input that leaks the label."""
    with _one_line_errors():
        from catalogs.check import check as faults_of

        faults = faults_of(toml)
    for fault in faults:
        click.echo(fault)
    click.echo(f"{toml}: {len(faults)} faults" if faults else f"{toml}: no fault found")
    sys.exit(1 if faults else 0)


@main.command(name="new-survey")
@click.argument("table", type=click.Path())
@click.option("--output", default="survey.toml", show_default=True, help="the draft to write; - for standard output.")
def new_survey(table: str, output: str) -> None:
    """Look into a table (FITS, VOTable, ECSV, CSV, Parquet, CDS) and write a commented draft of its survey.toml.

    \b
    astronn new-survey galaxies.fits
    astronn check survey.toml
    astronn report survey.toml
    """
    with _one_line_errors():
        from catalogs.draft import draft_survey

        draft = draft_survey(table)
        if output == "-":
            click.echo(draft)
            return
        if Path(output).exists():
            raise PipelineError(f"--output {output!r}: a file is there already and is not overwritten; give another name")
        Path(output).write_text(draft, encoding="utf-8")
    click.echo(f"{output}: a draft to correct; then `astronn check {output}` and `astronn report {output}`")


def _show(tasks: list, as_json: bool) -> None:
    """Print what was made: a JSON summary, or the text report and where the pages are."""
    if as_json:
        summaries = [json.loads(task.path("summary.json").read_text()) for task in tasks]
        _print_json(summaries[0] if len(summaries) == 1 else summaries)
        return
    for task in tasks:
        click.echo(task.path("report.txt").read_text())
    for task in tasks:
        click.echo(f"report: {task.path('report.html')}")
    click.echo(f"all reports: {Path(tasks[0].results) / 'index.html'}")
    for task in tasks:
        click.echo(f"to repeat:   {luigi_line(task)}")


def luigi_line(task) -> str:
    """The `luigi` command that runs the same task: its class and every parameter that differs from the default."""
    words = ["luigi", "--module", "pipelines", task.task_family, "--local-scheduler"]
    for name, parameter in task.get_params():
        value = getattr(task, name)
        if not parameter.has_task_value(task.task_family, name) or value != parameter.task_value(task.task_family, name):
            words += [f"--{name.replace('_', '-')}", parameter.serialize(value)]
    return shlex.join(words)


def _print_json(content) -> None:
    click.echo(json.dumps(content, indent=1))


def _use_mirror(mirror: str | None) -> None:
    if mirror:
        os.environ["ASTRONN_MIRROR"] = mirror


def _json_object(text: str) -> dict:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"--options is not JSON ({error}); write it like {{\"hidden_layers\": [20]}}") from error
    if not isinstance(value, dict):
        raise click.UsageError(f'--options must be a JSON object like {{"hidden_layers": [20]}}, not {text}')
    return value


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, found, path = text.partition("=")
        if not found or not name or not path:
            raise click.UsageError(f"--input {text!r}: write FILE=PATH, such as NGC.csv=/data/NGC.csv")
        pairs[name] = str(Path(path).resolve())
    return pairs


@contextlib.contextmanager
def _one_line_errors():
    """Turn a mistake of the user's into one line on standard error and exit code 1; let the others show their traceback."""
    try:
        yield
    except (AstronnError, CatalogueError, PipelineError, ReportError) as error:
        click.echo(f"astronn: error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
