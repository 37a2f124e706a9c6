"""What a reader must not miss of the posteriors, in sentences: classes that prediction sets leave
out, and calibration that made things worse."""

from __future__ import annotations

from astronn.statistics import metrics
from reports.comparison import ClassifierResult, Comparison
from reports.measures.posteriors import SetCoverage
from reports.measures.statistics import CALIBRATED
from reports.pages import numbers

FAR = 0.05  # below the level that was asked for, beyond the noise of the class's objects
SURE = 0.99  # of the interval that says so, one class of several being looked at
SETS = {"adaptive": "one threshold", "by_class": "one threshold per class"}
QUALITIES = ("calibration_error", "log_loss", "brier")


def sentences(comparison: Comparison, left: ClassifierResult) -> list[str]:
    """Of the leading classifier; nothing where its sets hold what they promise and calibration
    helped."""
    return [s for s in (_uncovered(comparison, left), _worse(left)) if s]


def _uncovered(comparison: Comparison, left: ClassifierResult) -> str:
    sets = left.posteriors.sets if left.posteriors is not None else ()
    parts = []
    for held in sets:
        missed = _missed(held, left)
        if missed:
            kind = SETS.get(held.kind, held.kind)
            parts.append(f"with {kind} they hold {', '.join(missed)}")
    if not parts:
        return ""
    level = f"{100 * sets[0].level:g}%"
    return (
        f"Prediction sets of {left.title} were made to hold the class of {level} of the"
        f" {comparison.noun}, but {'; '.join(parts)}."
    )


def _missed(held: SetCoverage, result: ClassifierResult) -> list[str]:
    """ "48% of class Irr (N = 31)" for every class whose coverage is far too low."""
    found = []
    for label, share, n in zip(result.table.classes, held.by_class, result.table.totals):
        if share is None or share > held.level - FAR:
            continue
        _, high = metrics.wilson_interval(round(share * n), n, SURE)
        if high < held.level:
            found.append(f"{100 * share:.0f}% of class {label} (N = {n:,})")
    return found


def _worse(left: ClassifierResult) -> str:
    """Where temperature scaling made the posteriors worse, to the digits that are printed."""
    parts = []
    for key in QUALITIES:
        before, after = left.statistics[key], left.statistics[key + CALIBRATED]
        if before.known and after.known and round(after.number, 3) > round(before.number, 3):
            name = numbers.definition(key).title
            parts.append(f"{name} from {numbers.value(before)} to {numbers.value(after)}")
    if not parts:
        return ""
    return f"Temperature scaling made the posteriors of {left.title} worse: {', '.join(parts)}."
