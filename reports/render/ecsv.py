"""ECSV: one row per classifier and reference class, astropy reads it back; everything else is in
its header (`meta`).
"""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np

from reports.comparison import ClassifierResult, Comparison
from reports.measures.statistics import KEYS, Statistic
from reports.pages import grids, layout, wording

SUFFIX = ".ecsv"


def render(comparison: Comparison) -> str:
    """The comparison as ECSV: columns classifier, kind, reference, `n_<class>`, total,
    completeness, purity with intervals.

    A cell that is not known is masked. The header holds headline, statistics by classifier, tests,
    bounds and provenance.

    Parameters
    ----------
    comparison : Comparison
        What is written down.

    Returns
    -------
    str
        The text of a file.
    """
    from astropy.io import ascii as astropy_ascii  # slow to import, and only this format needs it

    text = io.StringIO()
    astropy_ascii.write(table(comparison), text, format="ecsv", delimiter=",")
    return text.getvalue()


def table(comparison: Comparison):
    """The same as an astropy Table."""
    from astropy.table import MaskedColumn, Table

    results, classes = comparison.classifiers, comparison.classes
    columns = {
        "classifier": MaskedColumn(
            [r.name for r in results for _ in classes], description="name of the classifier"
        ),
        "kind": MaskedColumn([r.kind for r in results for _ in classes]),
        "reference": MaskedColumn(
            [c for _ in results for c in classes], description="reference class of the row"
        ),
    }
    for j, label in enumerate(classes):
        cells = [row[j] for r in results for row in r.table.counts]
        columns[f"n_{label}"] = _integers(
            cells, f"objects of the reference class that were given {label}"
        )
    columns["total"] = _integers(
        [n for r in results for n in r.table.totals], "objects of the reference class"
    )
    for name in ("completeness", "purity"):
        columns |= _with_interval(name, [found for r in results for found in getattr(r, name)])
    return Table(columns, meta=_meta(comparison))


def _integers(values: list[int | None], description: str):
    from astropy.table import MaskedColumn

    mask = [value is None for value in values]
    return MaskedColumn(
        np.array([value or 0 for value in values], np.int64), mask=mask, description=description
    )


def _with_interval(name: str, found: list[Statistic]) -> dict:
    """The columns of a statistic per class and of the ends of its 95 per cent interval."""
    from astropy.table import MaskedColumn

    columns = {}
    for suffix, part in (("", "value"), ("_low", "low"), ("_high", "high")):
        values = [getattr(f, part) for f in found]
        numbers = np.array([np.nan if value is None else value for value in values])
        columns[name + suffix] = MaskedColumn(numbers, mask=[value is None for value in values])
    return columns


def _meta(comparison: Comparison) -> dict:
    """What the columns do not hold, as values that ECSV's header can carry for every YAML reader:
    lists and no tuples.
    """
    simulated = {"warning": f"{wording.SIMULATED} objects"} if comparison.simulated else {}
    about = {
        key: getattr(comparison, key)
        for key in ("survey", "split", "title", "simulated", "ordered", "seed")
    }
    meta = {
        "caption": layout.caption(comparison),
        "headline": wording.headline(comparison),
        **simulated,
        **about,
        "n_train": comparison.n_train,
        "n_test": comparison.n_test,
        "classes": list(comparison.classes),
        "summary": [
            dict(zip(grids.summary(comparison).rows[0], row))
            for row in grids.summary(comparison).rows[1:]
        ],
        "classifiers": {r.name: _classifier(r) for r in comparison.classifiers},
        "pairs": [dataclasses.asdict(test) for test in comparison.pairs],
        "bounds": [{**dataclasses.asdict(b), "verdict": b.verdict} for b in comparison.bounds],
        "notes": layout.notes(comparison),
        "quotes": list(comparison.quotes),
        "provenance": dict(sorted(comparison.provenance.items())),
    }
    return json.loads(json.dumps(meta))


def _classifier(result: ClassifierResult) -> dict:
    known = {key: result.statistics[key] for key in KEYS if result.statistics[key].known}
    statistics = {
        key: [found.value, found.low, found.high, found.origin] for key, found in known.items()
    }
    head = {
        "title": result.title,
        "kind": result.kind,
        "n_right": result.table.n_right,
        "inputs": list(result.inputs),
    }
    worth = (
        {} if result.posteriors is None else {"posteriors": dataclasses.asdict(result.posteriors)}
    )
    return {**head, "statistics: value, low, high, origin": statistics, **worth}
