"""Whether every class shares a difference in accuracy: from the classes where they are known, from
margins where not.

Let A have d more objects right than B, of classes no larger than m, among K classes. If no class
loses, the balanced accuracy of A exceeds that of B by at least d / (K m), for d more right in one
class of n_i objects are d / n_i of completeness and n_i is at most m. A smaller excess therefore
means that some class loses, whatever the cells are."""

from __future__ import annotations

from reports.comparison import ClassifierResult
from reports.measures.statistics import QUOTED, Statistic

EXACT = 1e-12  # rounding error of a sum of a few fractions
SAME = 0.005  # balanced accuracies closer than this are called about equal


def sentence(left: ClassifierResult, right: ClassifierResult) -> str:
    """Who gains and who loses, in words; "" where neither the classes nor balanced accuracies
    say.
    """
    if left.table.totals != right.table.totals:
        return ""
    steps = _steps(left, right)
    if steps is not None:
        return _by_class(left, right, steps)
    return _by_margins(*_ordered(left, right)) if plainly_unshared(left, right) else ""


def plainly_unshared(left: ClassifierResult, right: ClassifierResult) -> bool:
    """Whether one is right more often by over a point while balanced accuracy is about equal or
    says the opposite.
    """
    more, less = _ordered(left, right)
    if left.table.totals != right.table.totals or not some_class_loses(more, less):
        return False
    gain, balanced = (_excess(more, less, key) for key in ("accuracy", "balanced_accuracy"))
    return gain > 2 * SAME and balanced < SAME


def some_class_loses(more: ClassifierResult, less: ClassifierResult) -> bool:
    """Whether balanced accuracies prove that `more`, right more often, is right less often in some
    class.

    Quoted numbers count as the worst that their digits allow. False where a number is not known.
    """
    balanced = [result.statistics["balanced_accuracy"] for result in (more, less)]
    right, fewer = more.table.n_right, less.table.n_right
    if right is None or fewer is None or not all(found.known for found in balanced):
        return False
    present = [n for n in more.table.totals if n]
    least = (right - fewer) / (len(present) * max(present))
    return _excess(more, less, "balanced_accuracy") + sum(map(_rounding, balanced)) < least - EXACT


def _steps(left: ClassifierResult, right: ClassifierResult) -> list[int] | None:
    """How many more objects of each class the left one has right; None where that is not known."""
    mine, other = left.table.diagonal, right.table.diagonal
    return None if mine is None or other is None else [a - b for a, b in zip(mine, other)]


def _by_class(left: ClassifierResult, right: ClassifierResult, steps: list[int]) -> str:
    """Which classes gain and which lose, by numbers right."""
    gains = _list([(step, label) for step, label in zip(steps, left.table.classes) if step > 0])
    losses = _list([(step, label) for step, label in zip(steps, left.table.classes) if step < 0])
    a, b = (_digits(result.statistics["balanced_accuracy"]) for result in (left, right))
    balanced = f"balanced accuracy {a} against {b}"
    if gains and losses:
        return (
            f"The difference is not shared by all classes: by numbers right {left.title} gained in"
            f" {gains} and lost in {losses} ({balanced})."
        )
    if not gains and not losses:
        return f"Both were right equally often in every class ({balanced})."
    who, where = (left, gains) if gains else (right, losses)
    return (
        f"{who.title} did at least as well in every class ({balanced}); by numbers right the gain"
        f" is in {where}."
    )


def _by_margins(more: ClassifierResult, less: ClassifierResult) -> str:
    """The same without the cells: what equal balanced accuracy beside a gain in accuracy means."""
    a, b = more.statistics["balanced_accuracy"], less.statistics["balanced_accuracy"]
    origin = "quoted; " if QUOTED in (a.origin, b.origin) else ""
    best = more if a.number > b.number else less
    return (
        f"{more.title} got more right, yet balanced accuracy, in which every class counts the same,"
        f" is about equal: {_digits(a)} for {more.title} against {_digits(b)} for {less.title}"
        f" ({origin}if anything {best.title} did better). A gain that all classes shared would have"
        " raised it: the accuracy gain is not shared by all classes, and at least one class must"
        " lose."
    )


def _list(moves: list[tuple[int, str]]) -> str:
    """ "Sa+Sb (+310) and Irr (+4)", the largest first."""
    words = [
        f"{label} ({step:+d})" for step, label in sorted(moves, key=lambda move: -abs(move[0]))
    ]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _ordered(
    left: ClassifierResult, right: ClassifierResult
) -> tuple[ClassifierResult, ClassifierResult]:
    """The two, the one that is right more often first."""
    return (left, right) if _excess(left, right, "accuracy") >= 0 else (right, left)


def _excess(a: ClassifierResult, b: ClassifierResult, key: str) -> float:
    first, second = a.statistics[key], b.statistics[key]
    return first.number - second.number if first.known and second.known else 0.0


def _rounding(found: Statistic) -> float:
    """The most by which a quoted number may differ from the true one: half a unit of its last
    digit.
    """
    return 0.5 * 10.0**-found.digits if found.digits is not None else 0.0


def _digits(found: Statistic) -> str:
    return (
        f"{found.value:.{3 if found.digits is None else found.digits}f}"
        if found.known
        else "unknown"
    )
