"""What a comparison shows, in sentences: the same words on the terminal, in Markdown, in LaTeX and
on the page.

The verbs whose subject is a classifier are in the past tense and none of them is "was": a title may
be one network's or "9 networks 13:13:5", and such a verb agrees with both."""

from __future__ import annotations

import math

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import BY_GROUPS, MarginBounds, PairTest
from reports.measures.statistics import Statistic
from reports.pages import beaten, confusions, sharing, trust
from reports.pages.numbers import p_value, points

SIMULATED = "SIMULATED"


def leading_pair(comparison: Comparison) -> tuple[ClassifierResult, ClassifierResult | None]:
    """The network, and the automatic scheme (or the people) with the highest accuracy that does not
    always answer one class.

    Without a network the first classifier leads; without an automatic scheme the next one of
    another kind, then any."""
    left = next(
        (c for c in comparison.classifiers if c.kind == "network"), comparison.classifiers[0]
    )
    others = [c for c in comparison.classifiers if c.name != left.name]
    automatic = [c for c in others if c.kind in ("automatic", "human")]
    schemes = [c for c in automatic if not c.table.constant] or automatic
    if schemes:
        return left, max(schemes, key=_accuracy)
    return left, next((c for c in others if c.kind != left.kind), others[0] if others else None)


def _accuracy(result: ClassifierResult) -> float:
    """The accuracy; less than any where it is not known."""
    found = result.statistics["accuracy"]
    return found.number if found.known else -1.0


def headline(comparison: Comparison) -> str:
    """The result in a sentence or two: first whoever did better than the leading classifier in
    some measure, then who is right how often, by how much, and whether every class shares it.
    """
    left, right = leading_pair(comparison)
    prefix = f"{SIMULATED} data: " if comparison.simulated else ""
    better = beaten.sentence(comparison, left, right.name if right else "")
    prefix += f"{better} " if better else ""
    score = _percent_within(left.statistics["accuracy"])
    if (
        right is None
        or not right.statistics["accuracy"].known
        or not left.statistics["accuracy"].known
    ):
        return f"{prefix}{left.title} put {score} of {_count(comparison)} in their class."
    gain = left.statistics["accuracy"].number - right.statistics["accuracy"].number
    versus = f"{right.title} ({_percent_within(right.statistics['accuracy'], ', ')})"
    how = f"{abs(100 * gain):.1f} points {'more' if gain > 0 else 'fewer'} than {versus}"
    what = how if abs(gain) >= 0.0005 else f"as many as {versus}"
    twist = _twist(left, right, comparison)
    return (
        f"{prefix}{left.title} put {score} of {_count(comparison)} in their class, {what}{twist}."
    )


def findings(comparison: Comparison) -> list[str]:
    """What else a reader must know, a sentence or two each: significance, who gains, what
    one constant answer would reach, the other learners, seeds.
    """
    left, right = leading_pair(comparison)
    between = []
    if right is not None:
        between = [_significance(comparison, left, right), sharing.sentence(left, right)]
        between += [_shown_classes(comparison, left, right)]
    between += [confusions.sentence([(c.title, c.table) for c in _confusing(left, right)])]
    quotes = [f"Quoted, not derived here: {quote}" for quote in comparison.quotes]
    found = [_simulated(comparison), *between, *quotes, _one_answer(comparison, left)]
    return [
        sentence
        for sentence in [
            *found,
            *trust.sentences(comparison, left),
            _learners(comparison, left),
            _seeds(comparison, left),
        ]
        if sentence
    ]


def _confusing(left: ClassifierResult, right: ClassifierResult | None) -> list[ClassifierResult]:
    """Those of the leading pair that give more than one class."""
    return [left] if right is None or right.table.constant else [left, right]


def bounds_sentence(comparison: Comparison, found: MarginBounds) -> str:
    """What the margins of a published table decide, in words, and what a source states beyond
    them.
    """
    a, b = comparison.classifier(found.a).title, comparison.classifier(found.b).title
    span = f"McNemar's chi-square can only lie in [{found.chi2_low:.1f}, {found.chi2_high:.1f}]"
    decided = {
        "significant": (
            "all above 3.841: the difference is significant at 5 per cent, whichever"
            f" {comparison.noun} each had right"
        ),
        "not significant": (
            "none above 3.841: the difference is not significant at 5 per cent, whichever"
            f" {comparison.noun} each had right"
        ),
        "undecidable": (
            "on both sides of 3.841: whether the difference is significant at 5 per cent is"
            " undecidable"
        ),
    }[found.verdict]
    text = f"{a} against {b}, from the {found.margins} alone: {span}, {decided}."
    if found.quoted_low:
        quoted = f"[{found.quoted_low}, {found.quoted_high}]"
        text += (
            f" From the numbers right per class, which are not available here, {quoted} is quoted."
        )
    return text


def paired_sentence(comparison: Comparison, test: PairTest) -> str:
    """What one paired test shows, in words and numbers."""
    a, b = comparison.classifier(test.a).title, comparison.classifier(test.b).title
    found = test.accuracy
    gain = (
        f"{points(found.difference)} points (95% interval {points(found.low)} to"
        f" {points(found.high)})"
    )
    verdict = "no difference that this test set can show"
    if test.better:
        verdict = f"{comparison.classifier(test.better).title} did better in accuracy"
    return (
        f"{a} against {b} on the same {comparison.noun}: {gain}; {test.only_a} that only the first"
        f" got right, {test.only_b} only the second ({_method(test)}, {p_value(test.p_holm)} after"
        f" Holm): {verdict}."
    )


def _method(test: PairTest) -> str:
    """ "McNemar chi-square 12.3", "t = 2.1 of 17 groups"."""
    if test.method == BY_GROUPS:
        t = math.copysign(math.sqrt(test.chi2), test.accuracy.difference)
        return f"t = {t:.2f} of {test.n_groups} groups"
    return (
        f"McNemar {'exact binomial' if test.method == 'exact' else f'chi-square {test.chi2:.1f}'}"
    )


def _simulated(comparison: Comparison) -> str:
    if not comparison.simulated:
        return ""
    return (
        f"These {comparison.noun} are {SIMULATED}: the numbers show that the tools work, and say"
        " nothing about the sky."
    )


def _significance(comparison: Comparison, left: ClassifierResult, right: ClassifierResult) -> str:
    names = {left.name, right.name}
    test = comparison.pair(left, right)
    paired = [paired_sentence(comparison, test)] if test else []
    return " ".join(
        paired + [bounds_sentence(comparison, b) for b in comparison.bounds if {b.a, b.b} == names]
    )


def _shown_classes(comparison: Comparison, left: ClassifierResult, right: ClassifierResult) -> str:
    """In which classes the difference in completeness is more than the noise of their test objects;
    "" where not known.
    """
    test = comparison.pair(left, right)
    if test is None or not any(test.classes):
        return ""
    sign = 1 if test.a == left.name else -1
    steps = [
        (sign * d.difference, label)
        for d, label in zip(test.classes, comparison.classes)
        if d and d.low * d.high > 0
    ]
    if not steps:
        return "In no class is the difference in completeness beyond its 95% interval."
    shown = ", ".join(f"{label} ({points(step)})" for step, label in sorted(steps, reverse=True))
    return (
        f"In points of completeness for {left.title}, the classes whose difference is beyond its"
        f" own 95% interval are {shown}; no other is."
    )


def _twist(left: ClassifierResult, right: ClassifierResult, comparison: Comparison) -> str:
    """What a headline may not hide: no shown difference, or a gain that balanced accuracy does not
    share.
    """
    test = comparison.pair(left, right)
    bounds = [b for b in comparison.bounds if {b.a, b.b} == {left.name, right.name}]
    if (test and not test.better) or any(b.verdict == "not significant" for b in bounds):
        return ", a difference that this test set cannot tell from none"
    if any(b.verdict == "undecidable" for b in bounds):
        return ", a difference whose significance is undecidable from the published margins"
    return (
        ", but the gain is not shared by all classes"
        if sharing.plainly_unshared(left, right)
        else ""
    )


def _one_answer(comparison: Comparison, left: ClassifierResult) -> str:
    rate = left.statistics["no_information_rate"]
    if not rate.known:
        return ""
    largest = [
        c for n, c in zip(left.table.totals, left.table.classes) if n == max(left.table.totals)
    ]
    answer = f"{largest[0]}, the largest class," if len(largest) == 1 else "one class"
    sentence = f"Always answering {answer} would be right for {_percent(rate)}"
    worse = [
        c.title
        for c in comparison.classifiers
        if c.table.totals == left.table.totals and _below(c, rate)
    ]
    return f"{sentence}; {', '.join(worse)} did worse than that." if worse else f"{sentence}."


def _below(result: ClassifierResult, rate: Statistic) -> bool:
    accuracy = result.statistics["accuracy"]
    return accuracy.known and accuracy.number < rate.number


def _learners(comparison: Comparison, left: ClassifierResult) -> str:
    """How the leading classifier stands to the other learners."""
    others = {
        c.name: c
        for c in comparison.classifiers
        if c.kind in ("learned", "network") and c.name != left.name
    }
    parts = []
    for test in comparison.pairs:
        other = others.get(test.b if test.a == left.name else test.a if test.b == left.name else "")
        if other is not None:
            accuracy = test.accuracy.difference
            gain = accuracy if test.a == left.name else -accuracy
            parts.append(
                f"{other.title} {_percent(other.statistics['accuracy'])}"
                f" ({_versus(gain, test, left)})"
            )
    return f"Other learners on the same {comparison.noun}: {'; '.join(parts)}." if parts else ""


def _versus(gain: float, test: PairTest, left: ClassifierResult) -> str:
    if not test.better:
        return f"no difference shown, {points(gain)} points for {left.title}"
    return f"{points(gain)} points for {left.title}, {p_value(test.p_holm)}"


def _seeds(comparison: Comparison, left: ClassifierResult) -> str:
    summary = comparison.seeds
    if summary is None or left.name not in summary.statistics:
        return ""
    accuracy = summary.statistics[left.name]["accuracy"]
    return (
        f"Over {summary.n} seeds {left.title} had a mean accuracy of {accuracy.mean:.3f} (standard"
        f" deviation {accuracy.sd:.3f}; {min(accuracy.values):.3f} to {max(accuracy.values):.3f})."
    )


def _count(comparison: Comparison) -> str:
    return f"{comparison.n_test:,} {comparison.noun}"


def _percent_within(value: Statistic, between: str = " (") -> str:
    """ "64.1% (62.5 to 65.7)" with the 95% interval, if there is one; "64.1%, 62.5 to 65.7" where
    the whole is in brackets.
    """
    if not value.known or value.low is None or value.high is None:
        return _percent(value)
    return (
        f"{_percent(value)}{between}{100 * value.low:.1f} to"
        f" {100 * value.high:.1f}{')' if '(' in between else ''}"
    )


def _percent(value: Statistic) -> str:
    return f"{100 * value.number:.1f}%" if value.known else "an unknown share"
