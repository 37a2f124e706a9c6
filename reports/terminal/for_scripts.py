"""What ``--json`` says of a report: the summary, with every interval, the paired tests, and the
quality of the posteriors.
"""

from __future__ import annotations

from typing import Any

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import PairTest
from reports.measures.statistics import CALIBRATED, Statistic

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "kappa", "top_2")
POSTERIORS = ("log_loss", "brier", "calibration_error")
NAMES = {"calibration_error": "ece"}


def for_scripts(comparison: Comparison, page: str) -> dict[str, Any]:
    """The summary of a comparison with more of its numbers.

    Parameters
    ----------
    comparison : Comparison
        What was compared.
    page : str
        Path of its page.

    Returns
    -------
    dict
        `Comparison.summary`, and: ``path``; of each classifier ``title``, ``kind``, ``intervals``
        ([low, high] of 95% by measure, None where there is none), ``log_loss``, ``brier``, ``ece``
        and the same of calibrated posteriors (None without posteriors); ``pairs``, the paired tests
        with ``p`` and ``p_holm``.
    """
    found = comparison.summary()
    for result in comparison.classifiers:
        found["classifiers"][result.name] |= _more(result)
    return {**found, "pairs": [_pair(test) for test in comparison.pairs], "path": page}


def _more(result: ClassifierResult) -> dict[str, Any]:
    statistics = result.statistics
    quality = {
        f"{NAMES.get(key, key)}{end}": statistics[f"{key}{end}"].value
        for end in ("", CALIBRATED)
        for key in POSTERIORS
        if f"{key}{end}" in statistics
    }
    intervals = {key: _ends(statistics[key]) for key in MEASURES}
    return {"title": result.title, "kind": result.kind, "intervals": intervals, **quality}


def _ends(found: Statistic) -> list[float] | None:
    return None if found.low is None or found.high is None else [found.low, found.high]


def _pair(test: PairTest) -> dict[str, Any]:
    """One test: who is set against whom, its p values, and how far apart they are in accuracy."""
    gap = test.accuracy
    return {
        "a": test.a,
        "b": test.b,
        "only_a": test.only_a,
        "only_b": test.only_b,
        "p": test.p_value,
        "p_holm": test.p_holm,
        "accuracy_difference": gap.difference,
        "interval": [gap.low, gap.high],
    }
