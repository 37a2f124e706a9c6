"""The tables that every rendering shows alike: methods in one summary, calibration, prediction
sets, outputs, class mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from astronn.statistics import significance
from reports.comparison import ClassifierResult, Comparison
from reports.measures.output_sums import LEVELS, OutputCheck
from reports.measures.posteriors import ClassMix
from reports.measures.statistics import CALIBRATED
from reports.pages import confusions, layout, wording

ABSENT = "-"
QUALITIES = ("calibration_error", "classwise_ece", "brier", "log_loss")
SETS = {"adaptive": "one threshold", "by_class": "one per class"}


@dataclass(frozen=True)
class Grid:
    """A table as texts: the first row is the header, the first cell of a row its name."""

    key: str
    title: str
    caption: str
    rows: tuple[tuple[str, ...], ...]


def grids(comparison: Comparison) -> list[Grid]:
    """Every grid that the comparison has something for, after the summary."""
    first = (by_class(comparison), confused(comparison), calibration(comparison))
    then = (sets(comparison), outputs(comparison))
    made = (*first, *then, *agreements(comparison), *mixes(comparison))
    return [grid for grid in made if grid is not None]


def summary(comparison: Comparison) -> Grid:
    """All methods in one table; means over seeds where there are several, and then their spread in
    a column of its own.
    """
    left, _ = wording.leading_pair(comparison)
    p_values = against(comparison, left.name)
    seeds = comparison.seeds
    head = (
        "method",
        "inputs",
        "N",
        "accuracy",
        *(("sd over seeds",) if seeds else ()),
        "balanced",
        "macro-F1",
        "kappa",
    )
    head += ("top-2", "T rms", "ECE", "p (Holm)")
    rows = [_summary_row(comparison, result, p_values) for result in comparison.classifiers]
    kept = [j for j in range(len(head)) if any(row[j] != ABSENT for row in rows)]
    caption = ["Accuracy with half its 95% interval, which is sampling error alone."]
    if seeds:
        caption.append(
            f"Numbers are means over {seeds.n} seeds; their spread is no sampling error."
        )
    if head.index("ECE") in kept:
        caption.append("ECE: calibration error, after temperature scaling where it was done.")
    if p_values:
        seed = f", seed {comparison.seed}" if seeds else ""
        caption.append(
            f"p: McNemar against {left.title}{seed}, Holm over these {len(p_values)} tests."
        )
    grid = tuple(tuple(row[j] for j in kept) for row in (head, *rows))
    return Grid("summary", "all methods", " ".join(caption), grid)


def against(comparison: Comparison, leader: str) -> dict[str, float]:
    """The p value of each classifier's test against the leading one, by name, adjusted by Holm over
    these alone.
    """
    tests = [test for test in comparison.pairs if leader in (test.a, test.b)]
    names = [test.b if test.a == leader else test.a for test in tests]
    return (
        dict(zip(names, map(float, significance.holm([test.p_value for test in tests]))))
        if tests
        else {}
    )


def _summary_row(
    comparison: Comparison, result: ClassifierResult, p_values: dict[str, float]
) -> tuple[str, ...]:
    half_width = result.statistics["accuracy"].half_width
    half = f" ± {half_width:.3f}" if half_width is not None else ""
    spread = () if comparison.seeds is None else (_sd(comparison, result.name),)
    ece = "calibration_error" + (
        CALIBRATED if result.statistics["calibration_error" + CALIBRATED].known else ""
    )
    inputs = ABSENT if result.kind == "published" else str(len(result.inputs))
    shown = ("balanced_accuracy", "macro_f1", "kappa", "top_2", "stage_error", ece)
    numbers = (_number(comparison, result, key) for key in shown)
    p = layout.p_number(p_values[result.name]) if result.name in p_values else ABSENT
    first = (
        result.title,
        inputs,
        str(result.table.n),
        _number(comparison, result, "accuracy") + half,
    )
    return (*first, *spread, *numbers, p)


def _number(comparison: Comparison, result: ClassifierResult, key: str) -> str:
    """A statistic to three places: the mean over seeds where there are several; quoted numbers are
    marked.
    """
    over = {} if comparison.seeds is None else comparison.seeds.statistics.get(result.name, {})
    if key in over:
        return f"{over[key].mean:.3f}"
    found = result.statistics[key]
    return layout.value(found) if found.known else ABSENT


def _sd(comparison: Comparison, name: str) -> str:
    seeds = comparison.seeds
    found = None if seeds is None else seeds.statistics.get(name, {}).get("accuracy")
    return ABSENT if found is None or found.sd is None else f"{found.sd:.3f}"


def by_class(comparison: Comparison) -> Grid | None:
    """The leading pair class by class: on how many objects they differ, and by how much in
    completeness, with an interval.
    """
    left, right = wording.leading_pair(comparison)
    test = comparison.pair(left, right) if right else None
    if test is None or not any(test.classes):
        return None
    first, second = (comparison.classifier(name) for name in (test.a, test.b))
    rows = []
    for i, (label, found) in enumerate(zip(comparison.classes, test.classes, strict=True)):
        if found is not None:
            share = [layout.value(result.completeness[i]) for result in (first, second)]
            interval = (
                f"{wording.points(found.difference)}"
                f" [{wording.points(found.low)},{wording.points(found.high)}]"
            )
            rows.append(
                (label, str(found.n), *share, str(found.only_a), str(found.only_b), interval)
            )
    caption = (
        f"A: {first.title}. B: {second.title}. On the test {comparison.noun} of each reference"
        " class; A - B in points with its 95% interval"
        f" ({'bootstrap over groups' if comparison.grouped else 'Newcombe 1998, method 10'}), which"
        " is of a single class, not adjusted."
    )
    head = (
        "class",
        "N",
        "compl. A",
        "compl. B",
        "only A right",
        "only B right",
        "A - B, points [95%]",
    )
    return Grid("by_class", "completeness class by class, A less B", caption, (head, *rows))


def confused(comparison: Comparison) -> Grid | None:
    """Both directions of every confusion of the leading pair; None where cells are unknown or there
    are two classes, whose table says it.
    """
    left, right = wording.leading_pair(comparison)
    if right is not None and right.table.constant:
        right = None  # it confuses all classes with one
    rows = confusions.rows(left.table, None if right is None else right.table)
    if not rows:
        return None
    ways = ("1 as 2", "2 as 1")
    heads = [f"A: {way}" for way in ways] + [f"B: {way}" for way in ways if right is not None]
    shown = f"A: {left.title}." + ("" if right is None else f" B: {right.title}.")
    cut = " The commonest are shown." if len(rows) == confusions.ROWS else ""
    caption = (
        f"{shown} How many {comparison.noun} of one class were given the other, of all of that"
        f" class: a fault that runs one way is a bias, one that runs both ways an overlap.{cut}"
    )
    return Grid(
        "confusions", "confusions in both directions", caption, (("classes 1, 2", *heads), *rows)
    )


def calibration(comparison: Comparison) -> Grid | None:
    """The quality of posteriors before and after temperature scaling, one row per classifier that
    was calibrated.
    """
    results = [
        (r, r.posteriors)
        for r in comparison.classifiers
        if r.posteriors is not None and r.posteriors.temperature is not None
    ]
    if not results:
        return None
    head = ("posteriors", "T", *(layout.definition(key).title for key in QUALITIES))
    rows = [
        (r.title, f"{worth.temperature:.2f}", *(_before_after(r, key) for key in QUALITIES))
        for r, worth in results
    ]
    n, how = results[0][1].n_calibration, results[0][1].how
    caption = (
        f"Before > after division of log posteriors by a temperature T, learned from {n:,} {how};"
        f" never from tested {comparison.noun}. T above 1: they were too sure. Smaller is better in"
        " every other column."
    )
    return Grid("calibration", "calibration", caption, (head, *rows))


def _before_after(result: ClassifierResult, key: str) -> str:
    """ "0.045 > 0.021"."""
    both = (result.statistics[key], result.statistics[key + CALIBRATED])
    return " > ".join(f"{found.value:.3f}" if found.known else ABSENT for found in both)


def sets(comparison: Comparison) -> Grid | None:
    """Coverage and size of prediction sets, one row per classifier and kind of threshold."""
    rows = [
        (
            f"{r.title}, {SETS.get(held.kind, held.kind)}",
            f"{held.coverage:.3f} [{held.low:.3f}, {held.high:.3f}]",
            f"{held.mean_size:.2f}",
            f"{held.single:.2f}",
            f"{held.empty:.2f}",
            *(ABSENT if share is None else f"{share:.2f}" for share in held.by_class),
        )
        for r in comparison.classifiers
        if r.posteriors is not None
        for held in r.posteriors.sets
    ]
    if not rows:
        return None
    level = next(
        held.level for r in comparison.classifiers if r.posteriors for held in r.posteriors.sets
    )
    head = ("sets", "coverage", "mean size", "one class", "empty", *comparison.classes)
    caption = (
        f"Conformal sets of classes, made to hold the reference class of {100 * level:g}% of the"
        f" {comparison.noun} (adaptive scores), with one threshold for all or one per class; under"
        " the class names the coverage of each class."
    )
    return Grid("sets", "prediction sets", caption, (head, *rows))


def outputs(comparison: Comparison) -> Grid | None:
    """Whether logistic outputs, which nothing forces to, sum to 1 and mean what they say, beside
    posteriors that do.
    """
    networks = [
        (r.title, r.posteriors)
        for r in comparison.classifiers
        if r.kind == "network" and r.posteriors is not None
    ]
    if not any(worth.outputs for _, worth in networks):
        return None
    head = (
        "outputs",
        "N",
        "mean sum",
        "sd",
        *(f"{100 * level:g}%" for level in LEVELS if level in (0.01, 0.5, 0.99)),
    )
    head += (*(f"error {label}" for label in comparison.classes), "mean error")
    rows = []
    for title, worth in networks:
        checks = [
            (worth.outputs, "logistic outputs as they are"),
            (worth.normalised, "posteriors"),
        ]
        rows += [
            _output_row(f"{title}: {what}", check) for check, what in checks if check is not None
        ]
    caption = (
        "Sums of the outputs of each object, and the calibration error of each output taken as the"
        " posterior of its class. Logistic outputs fitted to 1-of-K targets are not made to sum to"
        " 1 (Storrie-Lombardi et al. 1992)."
    )
    return Grid("outputs", "do the outputs behave as posteriors?", caption, (head, *rows))


def _output_row(name: str, check: OutputCheck) -> tuple[str, ...]:
    quantiles = [q for level, q in zip(LEVELS, check.sums.quantiles) if level in (0.01, 0.5, 0.99)]
    numbers = (
        check.sums.mean,
        check.sums.deviation,
        *quantiles,
        *check.errors,
        check.classwise_ece,
    )
    return (name, str(check.sums.n), *(f"{number:.3f}" for number in numbers))


def agreements(comparison: Comparison) -> list[Grid]:
    """Accuracy by how far an ensemble differs, one grid per ensemble."""
    head = ("mutual information, nats", comparison.noun, "mean", "fraction right")
    return [
        Grid(
            f"agreement_{r.name}",
            f"where the networks of the ensemble differ: {r.title}",
            "Mutual information of class and network: entropy of the mean posterior less the mean"
            " entropy of the networks' (Houlsby et al. 2011).",
            (
                head,
                *(
                    (
                        f"{part.low:.4f} to {part.high:.4f}",
                        str(part.n),
                        f"{part.mean:.4f}",
                        f"{part.fraction_right:.3f}",
                    )
                    for part in r.posteriors.agreement
                ),
            ),
        )
        for r in comparison.classifiers
        if r.posteriors is not None and r.posteriors.agreement
    ]


def mixes(comparison: Comparison) -> list[Grid]:
    """The mix of classes where the test part may have another one than training; one grid per
    classifier.
    """
    return [
        _mix(comparison, r, r.posteriors.mix)
        for r in comparison.classifiers
        if r.posteriors is not None and r.posteriors.mix is not None
    ]


def _mix(comparison: Comparison, result: ClassifierResult, mix: ClassMix) -> Grid:
    def row(name: str, shares: Sequence[float]) -> tuple[str, ...]:
        return (name, *(f"{share:.3f}" for share in shares))

    rows = [
        row("training", mix.training),
        row("found from posteriors alone", mix.found),
        row("test", mix.test),
    ]
    caption = (
        f"That the tested {comparison.noun} have the class mix of the training part has"
        f" {wording.p_value(mix.p_value)}, by the posteriors alone. Shifted to the mix that they"
        " make most likely (Saerens et al. 2002), which takes their errors for differences of the"
        f" mix, log loss goes from {mix.log_loss:.3f} to {mix.log_loss_shifted:.3f} and accuracy"
        f" from {mix.accuracy:.3f} to {mix.accuracy_shifted:.3f}; no other table uses the shift."
    )
    return Grid(
        f"mix_{result.name}",
        f"class mix: {result.title}",
        caption,
        (("shares", *comparison.classes), *rows),
    )
