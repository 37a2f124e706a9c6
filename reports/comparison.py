"""Comparison: several classifiers on one test set, with everything a page must say of them.

`compare` makes one from predictions; `compare_published` from a table of the literature. A
Comparison is plain data: it goes to JSON and back without loss (`to_json`, `from_json`), and
`reports.render` writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from astronn.statistics import grouped, metrics
from reports import former, published, serial
from reports.confusion import ConfusionTable
from reports.errors import ReportError, refuse
from reports.measures import pairs, posteriors, reliability, statistics
from reports.measures.pairs import PairTest
from reports.measures.posteriors import PosteriorReport
from reports.measures.seeds import SeedSummary, summarise_seeds
from reports.measures.statistics import CALIBRATED, ObjectScores
from reports.predictions import Predictions, same_objects
from reports.results import ClassifierResult, Comparison

__all__ = [
    "ClassifierResult",
    "Comparison",
    "Predictions",
    "SeedSummary",
    "compare",
    "compare_published",
    "from_json",
    "summarise_seeds",
    "to_json",
    "with_seeds",
]


def compare(
    predictions: Sequence[Predictions],
    *,
    survey: str,
    split: str,
    ordered: bool,
    seed: int = 0,
    groups: ArrayLike | None = None,
    simulated: bool = False,
    n_train: int | None = None,
    published: Sequence[ConfusionTable] = (),
    sample: str = "",
    title: str = "",
    split_title: str = "",
    noun: str = "objects",
    notes: Sequence[str] = (),
    quotes: Sequence[str] = (),
    citation: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> Comparison:
    """The comparison of classifiers that saw the same test objects, and of published tables beside
    them.

    `groups` (N,), in the row order of the first predictions, says which rows belong to one object.
    A published table is tested against the others, by what its margins allow, only where `sample`
    is its sample: equal class totals alone do not make two tables one set of objects. `seed` starts
    the random draws. All faults of the input are reported at once.

    Parameters
    ----------
    predictions : sequence of Predictions
        What each classifier said of the same N test objects; rows in any order.
    survey, split : str
        Their names.
    ordered : bool
        Whether the classes stand in an order, as Hubble types do.
    seed : int
        Where the random draws start.
    groups : array_like (N,), optional
        The object of each row of the first predictions, where several rows may belong to one.
    simulated : bool
        Whether the data are; every table then says so.
    n_train : int, optional
        Objects trained on.
    published : sequence of ConfusionTable
        Tables to stand beside them.
    sample : str
        The name of the sample of the test objects, as published tables give it.
    title, split_title, noun : str
        Survey, split and objects in words.
    notes, quotes : sequence of str
        Sentences below the tables; what a source states and its numbers do not yield.
    citation : str
        Of the source.
    provenance : mapping, optional
        Whatever made them, for the end of the page.

    Returns
    -------
    Comparison
        Tables, statistics, paired tests, bounds.

    Raises
    ------
    ReportError
        With all faults at once: classes, objects or reference labels that differ, no test
        objects, groups of another length.
    """
    tables = tuple(published)
    aligned, grouping = _align(predictions, tables, groups)
    results = [_result(p, ordered, grouping, seed, sample) for p in aligned]
    results += [_published_result(table, ordered, seed) for table in tables]
    return Comparison(
        survey=survey,
        split=split,
        classes=results[0].table.classes,
        ordered=bool(ordered),
        simulated=bool(simulated),
        seed=int(seed),
        n_test=results[0].table.n,
        classifiers=tuple(results),
        pairs=_paired(aligned, grouping, int(seed), bool(ordered)),
        bounds=pairs.bound_pairs([result.table for result in results]),
        n_train=None if n_train is None else int(n_train),
        grouped=grouping is not None,
        n_groups=0 if grouping is None else len(np.unique(grouping)),
        effective_groups=0.0 if grouping is None else grouped.effective(grouping),
        title=title or survey,
        split_title=split_title or split,
        noun=noun,
        notes=tuple(notes),
        quotes=tuple(quotes),
        citation=citation,
        provenance=dict(provenance or {}),
    )


def compare_published(name: str) -> Comparison:
    """The comparison that a published table (`reports.published.names()`) allows, with what its
    source states marked.

    Parameters
    ----------
    name : str
        One of `reports.published.names()`.

    Returns
    -------
    Comparison
        Of its tables.

    Raises
    ------
    ReportError
        For an unknown name, or a file whose numbers disagree.
    """
    source = published.load(name)
    comparison = compare(
        (),
        survey=source.name,
        split="published",
        ordered=source.ordered,
        published=source.tables,
        title=source.title,
        split_title=source.split_title,
        noun=source.noun,
        n_train=source.n_train,
        notes=source.notes,
        quotes=source.quotes,
        citation=source.citation,
        provenance={"source": source.citation, "doi": source.doi, "file": source.file},
    )
    return replace(
        comparison, bounds=tuple(source.with_quoted_bounds(b) for b in comparison.bounds)
    )


def with_seeds(
    comparisons: Sequence[Comparison],
    said: Sequence[Sequence[Predictions]] = (),
    groups: Sequence[ArrayLike] = (),
) -> Comparison:
    """The first comparison, carrying the summary of all of them over their seeds.

    `said` holds the predictions that each comparison was made from; with them the summary has an
    interval of each mean difference.

    Parameters
    ----------
    comparisons : sequence of Comparison
        One for each seed.
    said : sequence of sequences of Predictions
        One for each comparison, or none.
    groups : sequence of array_like (N,)
        The groups of the objects of each comparison, as `compare` took them, or none.

    Returns
    -------
    Comparison
        The first, with `seeds`; as it was if it is the only one.

    Raises
    ------
    ReportError
        If they are not of one survey, split and set of classifiers, or a seed occurs twice.
    """
    return (
        replace(comparisons[0], seeds=summarise_seeds(comparisons, said, groups))
        if len(comparisons) > 1
        else comparisons[0]
    )


def to_json(comparison: Comparison) -> str:
    """The comparison as JSON: floats to the last digit, the same text for the same comparison.

    Parameters
    ----------
    comparison : Comparison
        What is written.

    Returns
    -------
    str
        JSON text.

    Raises
    ------
    ReportError
        For a number that is not finite, or data that are not plain.
    """
    return serial.dumps(comparison)


def from_json(text: str) -> Comparison:
    """The comparison that `to_json` wrote, here or in 0.1.0.

    Raises
    ------
    ReportError
        For a text of another format, or one with missing or unknown fields.
    """
    return serial.loads(text, Comparison, {1: former.of_format_1})


def _align(
    predictions: Sequence[Predictions],
    tables: Sequence[ConfusionTable],
    groups: ArrayLike | None,
) -> tuple[list[Predictions], np.ndarray | None]:
    """Predictions with their rows in the order of object_id, and groups to match; refused when they
    do not fit together.
    """
    if not predictions and not tables:
        raise ReportError("nothing to compare; give predictions or published tables")
    faults = same_objects(predictions) if predictions else []
    classes = predictions[0].classes if predictions else tables[0].classes
    faults += [
        f"published table {t.name} has the classes {', '.join(t.classes)}, the others have"
        f" {', '.join(classes)}"
        for t in tables
        if t.classes != classes
    ]
    if predictions and not len(predictions[0]):
        faults.append("there are no test objects; check the split")
    if groups is not None and (not predictions or np.shape(groups) != (len(predictions[0]),)):
        faults.append(
            f"groups must have one entry per test object, got the shape {np.shape(groups)}"
        )
    refuse("comparison", faults)
    if not predictions:
        return [], None
    order = np.argsort(predictions[0].object_id)
    ids = predictions[0].object_id[order]
    given = predictions[0].object_id
    aligned = [
        p.at(order) if np.array_equal(p.object_id, given) else p.in_order(ids) for p in predictions
    ]
    return aligned, _grouping(groups, order)


def _paired(
    aligned: Sequence[Predictions], groups: np.ndarray | None, seed: int, ordered: bool
) -> tuple[PairTest, ...]:
    """Every two classifiers tested on their objects, which are in one order."""
    if not aligned:
        return ()
    classes = aligned[0].classes
    answers = {p.name: metrics.encode(p.predicted, classes) for p in aligned}
    codes = metrics.encode(aligned[0].reference, classes)
    return pairs.paired_tests(codes, answers, len(classes), groups, seed, ordered=ordered)


def _grouping(groups: ArrayLike | None, order: np.ndarray) -> np.ndarray | None:
    """The groups in row order, or None when every row is its own group: then objects are what is
    drawn.
    """
    if groups is None or len(np.unique(np.asarray(groups))) == len(order):
        return None
    return np.asarray(groups)[order]


def _result(
    p: Predictions, ordered: bool, groups: np.ndarray | None, seed: int, sample: str
) -> ClassifierResult:
    """The result of one classifier whose predictions are known object by object."""
    codes = metrics.encode(p.reference, p.classes), metrics.encode(p.predicted, p.classes)
    counts = metrics.confusion_matrix_from_codes(*codes, len(p.classes))
    table = ConfusionTable.from_counts(p.name, p.title, p.kind, p.classes, counts, sample=sample)
    bins = (
        ()
        if p.posteriors is None
        else reliability.reliability(p.reference, p.posteriors, p.classes)
    )
    worth = posteriors.report_on(p, groups)
    stream = (seed, *f"table {p.name}".encode())
    found = statistics.of_table(
        table, ordered=ordered, scores=_scores(p, worth), codes=codes, groups=groups, seed=stream
    )
    return ClassifierResult(
        table, found.values, found.completeness, found.purity, p.inputs, p.note, bins, worth
    )


def _scores(p: Predictions, worth: PosteriorReport | None) -> ObjectScores:
    """What the predictions of single objects score."""
    stage_error = posteriors.stage_error(p)
    numbers = {} if np.isnan(stage_error) else {"stage_error": stage_error}
    if p.posteriors is None:
        return ObjectScores(None, {key: (value, np.nan, np.nan) for key, value in numbers.items()})
    numbers |= posteriors.quality(p, p.posteriors)
    if p.calibrated is not None:
        numbers |= {
            f"{key}{CALIBRATED}": value
            for key, value in posteriors.quality(p, p.calibrated).items()
        }
    found = {key: (value, np.nan, np.nan) for key, value in numbers.items()}
    found |= _calibration_errors(p)
    for held in () if worth is None else worth.sets:
        found[f"coverage_{held.kind}"] = (held.coverage, held.low, held.high)
        found[f"set_size_{held.kind}"] = (held.mean_size, np.nan, np.nan)
    return ObjectScores(
        metrics.top_k_right(p.reference, p.posteriors, p.classes, k=min(2, len(p.classes))), found
    )


def _calibration_errors(p: Predictions) -> dict[str, tuple[float, float, float]]:
    """The expected calibration error with its interval, before and after calibration."""
    found = {}
    for end, posterior in (("", p.posteriors), (CALIBRATED, p.calibrated)):
        if posterior is not None:
            bins = reliability.reliability(p.reference, posterior, p.classes)
            ends = reliability.calibration_error_interval(bins)
            found[f"calibration_error{end}"] = (reliability.calibration_error(bins), *ends)
    return found


def _published_result(table: ConfusionTable, ordered: bool, seed: int) -> ClassifierResult:
    found = statistics.of_table(
        table, ordered=ordered, seed=(seed, *f"table {table.name}".encode())
    )
    return ClassifierResult(table, found.values, found.completeness, found.purity)
