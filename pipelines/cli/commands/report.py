"""``astronn report``: train, classify, compare, and write the pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pipelines.cli import telling, words

DEFAULT_PUBLISHED = "storrie_lombardi_1992_table2"
DEFAULT_SURVEYS = ("simulated_catalogue", "digits")
CLASSIFIER_HELP = "a network (see `astronn models`); may be repeated.  [what suits the survey]"
BASELINE_HELP = "a scheme to compare with; may be repeated. NAME@all shows it every parameter."
NETWORKS, SCHEMES = (
    words.complete_names("astronn.presets"),
    words.complete_names("astronn.baselines"),
)


@click.command()
@click.argument("survey", required=False, shell_complete=words.complete_survey)
@click.option(
    "--split",
    default="",
    help="which of the survey's splits.  [default: its first]",
    shell_complete=words.complete_split,
)
@words.seed
@click.option(
    "--seeds",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="repeat with so many seeds.",
)
@words.n_train
@words.n_test
@words.separation
@click.option(
    "--classifier",
    "classifiers",
    multiple=True,
    metavar="NAME",
    help=CLASSIFIER_HELP,
    shell_complete=NETWORKS,
)
@click.option(
    "--options",
    default="{}",
    metavar="JSON",
    help="the first one's options: '{\"hidden_layers\": [20, 20]}'.",
)
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    metavar="NAME",
    help=BASELINE_HELP,
    shell_complete=SCHEMES,
)
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="NAME",
    help="an input to use; may be repeated.  [all]",
)
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="FILE=PATH",
    help="your own file in place of the pinned FILE.",
)
@click.option(
    "--no-calibration",
    is_flag=True,
    help="leave posteriors as they are: five trainings less a classifier.",
)
@click.option(
    "--figures", is_flag=True, help="also vector figures (PDF) at the widths of journal columns."
)
@click.option("--full", is_flag=True, help="print every table, not the short account.")
@click.option("--open", "show_page", is_flag=True, help="show the page in the browser.")
@words.mirror
@words.results
@words.as_json
@words.workers
@words.verbose
def command(
    survey: str | None,
    classifiers: tuple[str, ...],
    baselines: tuple[str, ...],
    features: tuple[str, ...],
    options: str,
    inputs: tuple[str, ...],
    no_calibration: bool,
    figures: bool,
    full: bool,
    show_page: bool,
    mirror: str | None,
    results: str | None,
    as_json: bool,
    workers: int,
    verbose: bool,
    **chosen: Any,
) -> None:
    """Train, classify, compare and write the report of SURVEY, a name or the path of a survey.toml.

    Without SURVEY: what the package carries, which needs no network and no data files.

    \b
    astronn report
    astronn report openngc --seeds 10
    astronn report openngc --split eso_region --json
    astronn report openngc --full           every table, not the short account
    astronn report openngc --open           and show the page in the browser
    astronn report openngc --figures
    astronn report rc3 --split fold         all five folds, pooled: every galaxy is tested once
    astronn report openngc --classifier ensemble --classifier storrie_lombardi_1992
    astronn report openngc --baseline nearest_class_mean --baseline logistic_regression
    """
    with words.running_tasks(f"reading {survey or ', '.join(DEFAULT_SURVEYS)}"):
        from pipelines.engine import running, settings
        from pipelines.tasks import compare, paper_figures

        words.use_mirror(mirror)
        running.share_cores(workers)
        results = results or settings.default_results()
        asked = {
            **chosen,
            **(
                {"classifier": classifiers[0], "further": list(classifiers[1:])}
                if classifiers
                else {}
            ),
            "options": words.json_object(options),
            "calibrate": not no_calibration,
            "baselines": list(baselines),
            "features": list(features),
            "inputs_from": words.pairs(inputs),
            "results": results,
        }
        names = [survey] if survey else list(DEFAULT_SURVEYS)
        reports = [compare.CompareClassifiers(**asked, survey=name) for name in names]
        tasks: list[compare.Report] = [*reports]
        if not survey:
            tasks = [compare.PublishedReport(table=DEFAULT_PUBLISHED, results=results), *tasks]
        running.check(tasks)
        drawings = (
            [paper_figures.PaperFigures(**asked, survey=name) for name in names] if figures else []
        )
        succeeded = running.run([*tasks, *drawings], workers=workers, verbose=verbose, shown=True)
        if succeeded:
            telling.tell(tasks, as_json=as_json, full=full)
            index = Path(tasks[0].results) / "index.html"
            if not as_json:
                for drawing in drawings:
                    click.echo(f"figures: {drawing.folder() / 'figures'}")
                click.echo(f"all reports: {index}")
                words.print_repeat([*tasks, *drawings] if full or survey else [])
            if show_page:
                telling.open_page(tasks[0].path("report.html") if survey else index)
    sys.exit(0 if succeeded else 1)
