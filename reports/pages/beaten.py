"""Who does better than the leading classifier, and in which measure: accuracy alone would choose
the measure that flatters it."""

from __future__ import annotations

from dataclasses import dataclass

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import Gain
from reports.pages import numbers

MEASURES = ("accuracy", "balanced_accuracy", "macro_f1", "within_one")
WORDS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "within_one": "share within one class",
}


@dataclass(frozen=True)
class Beaten:
    """`by` is shown to be better than the leading classifier in the measure `key`; by none of those
    that are is the value higher."""

    key: str
    by: ClassifierResult
    value: float
    own: float


def gain_over(
    comparison: Comparison, left: ClassifierResult, other: ClassifierResult, key: str
) -> Gain | None:
    """The gain in a measure of `left` over `other`: the mean over seeds where there are several;
    None where their objects were not compared."""
    if comparison.seeds is not None:
        names = {left.name, other.name}
        both = next((p for p in comparison.seeds.pairs if {p.a, p.b} == names), None)
        if both is not None and key in both.gains:
            return both.over(left.name, key)
    test = comparison.pair(left, other)
    return None if test is None else test.over(left.name, key)


def beaten(comparison: Comparison, left: ClassifierResult) -> list[Beaten]:
    """One entry a measure in which any other classifier is shown to be better (Holm over all pairs
    of that measure, 5 per cent), in the order of MEASURES."""
    found = []
    for key in MEASURES:
        better = [
            other
            for other in comparison.classifiers
            if other.name != left.name and _is_better(comparison, left, other, key)
        ]
        if better:
            best = max(better, key=lambda c: _value(comparison, c, key))
            values = (_value(comparison, c, key) for c in (best, left))
            found.append(Beaten(key, best, *values))
    return found


def sentence(comparison: Comparison, left: ClassifierResult, but: str = "") -> str:
    """ "Tree did better than Network in balanced accuracy (0.613 against 0.560) and macro-F1 (...)"
    for every measure in which someone did; "" where nobody did.

    `but` names a classifier whose accuracy the headline tells anyway."""
    found = [b for b in beaten(comparison, left) if not (b.key == "accuracy" and b.by.name == but)]
    if not found:
        return ""
    names = list(dict.fromkeys(b.by.title for b in found))
    parts: list[str] = []
    for name in names:
        own = [_words(b) for b in found if b.by.title == name]
        against = f" than {left.title}" if not parts else ""
        parts.append(f"{name} did better{against} in {listed(own)}")
    return "; ".join(parts) + "."


def listed(words: list[str]) -> str:
    """ "a, b and c"."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _words(found: Beaten) -> str:
    return f"{WORDS[found.key]} ({found.value:.3f} against {found.own:.3f})"


def _is_better(
    comparison: Comparison, left: ClassifierResult, other: ClassifierResult, key: str
) -> bool:
    gain = gain_over(comparison, left, other, key)
    return gain is not None and gain.shown < 0


def _value(comparison: Comparison, result: ClassifierResult, key: str) -> float:
    """The mean over seeds where there are several, else the value."""
    return numbers.over_seeds(comparison, result, key) or 0.0
