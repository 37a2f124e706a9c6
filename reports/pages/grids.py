"""The tables that every rendering shows alike: methods in one summary, calibration, prediction
sets, outputs, class mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.comparison import ClassifierResult, Comparison
from reports.measures import reliability
from reports.measures.output_sums import LEVELS, OutputCheck
from reports.measures.pairs import Gain
from reports.measures.posteriors import ClassMix
from reports.measures.statistics import CALIBRATED
from reports.pages import beaten, confusions, layout, trust, wording
from reports.pages import numbers as numbers_page

ABSENT = "-"
QUALITIES = ("calibration_error", "classwise_ece", "brier", "log_loss")


@dataclass(frozen=True)
class Grid:
    """A table as texts: the first row is the header, the first cell of a row its name."""

    key: str
    title: str
    caption: str
    rows: tuple[tuple[str, ...], ...]


def grids(comparison: Comparison) -> list[Grid]:
    """Every grid that the comparison has something for, after the summary."""
    first = (measures(comparison), by_class(comparison), confused(comparison))
    then = (calibration(comparison), sets(comparison), outputs(comparison))
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
        caption.append("ECE: expected calibration error, before > after temperature scaling.")
    if p_values:
        seed = f", seed {comparison.seed}" if seeds else ""
        caption.append(
            f"p: {layout.test_name(comparison)} against {left.title}{seed}, after Holm over all"
            f" {len(comparison.pairs)} pairs."
        )
    grid = tuple(tuple(row[j] for j in kept) for row in (head, *rows))
    return Grid("summary", "all methods", " ".join(caption), grid)


def against(comparison: Comparison, leader: str) -> dict[str, float]:
    """The p value of each classifier's test against the leading one, by name, as in the table of
    pairs: adjusted by Holm over all of them."""
    tests = [test for test in comparison.pairs if leader in (test.a, test.b)]
    return {(test.b if test.a == leader else test.a): test.p_holm for test in tests}


def _summary_row(
    comparison: Comparison, result: ClassifierResult, p_values: dict[str, float]
) -> tuple[str, ...]:
    half_width = result.statistics["accuracy"].half_width
    half = f" ± {half_width:.3f}" if half_width is not None else ""
    spread = () if comparison.seeds is None else (_sd(comparison, result.name),)
    inputs = ABSENT if result.kind == "published" else str(len(result.inputs))
    shown = ("balanced_accuracy", "macro_f1", "kappa", "top_2", "stage_error")
    ece = [_number(comparison, result, f"calibration_error{end}") for end in ("", CALIBRATED)]
    numbers = [_number(comparison, result, key) for key in shown]
    numbers.append(" > ".join(each for each in ece if each != ABSENT) or ABSENT)
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


def measures(comparison: Comparison) -> Grid | None:
    """The leading classifier against each other one in every measure, and who is shown to be
    better; None without tests."""
    left, _ = wording.leading_pair(comparison)
    others = [c for c in comparison.classifiers if c.name != left.name]
    gains = {
        c.name: {key: beaten.gain_over(comparison, left, c, key) for key in beaten.MEASURES}
        for c in others
    }
    keys = [key for key in beaten.MEASURES if any(own[key] for own in gains.values())]
    rows = [
        (c.title, *(_gain_cell(gains[c.name][key]) for key in keys))
        for c in others
        if any(gains[c.name].values())
    ]
    if not rows:
        return None
    seeds = "" if comparison.seeds is None else f" Means over {comparison.seeds.n} seeds."
    caption = (
        f"{left.title} (A) less each other classifier (B) in points with its 95% interval; A or B:"
        f" which is shown to be better in that measure, after Holm over all pairs.{seeds}"
    )
    head = ("A less B", *(beaten.WORDS[key] for key in keys))
    return Grid("measures", f"{left.title} in every measure", caption, (head, *rows))


def _gain_cell(found: Gain | None) -> str:
    """ "+2.3 [+0.8,+3.8] A"."""
    shown = "" if found is None else {1: " A", -1: " B", 0: ""}[found.shown]
    return numbers_page.gain(found) + shown


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
        f" ({'t of the groups' if comparison.grouped else 'score interval, Tango 1998'}), which"
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
    head += ("ECE by noise alone",)
    rows = [
        (
            r.title,
            f"{worth.temperature:.2f}",
            *(_before_after(r, key) for key in QUALITIES),
            f"{reliability.noise_alone(worth.calibrated or r.reliability):.3f}",
        )
        for r, worth in results
    ]
    n, how = results[0][1].n_calibration, results[0][1].how
    caption = (
        f"Before > after division of log posteriors by a temperature T, learned from {n:,} {how};"
        f" never from tested {comparison.noun}. T above 1: they were too sure. Smaller is better in"
        f" the columns between. ECE by noise alone: of as many {comparison.noun}, what a classifier"
        " without any fault would have on average after calibration."
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
            f"{r.title}, {trust.SETS.get(held.kind, held.kind)}",
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
        f"Shares of the classes in training, among the tested {comparison.noun}, and as found from"
        " their posteriors alone, without a label; these take errors of the posteriors for"
        " differences of the mix, so that no p value is given. Shifted to the mix that they make"
        " most likely (Saerens et al. 2002),"
        f" log loss goes from {mix.log_loss:.3f} to {mix.log_loss_shifted:.3f} and accuracy"
        f" from {mix.accuracy:.3f} to {mix.accuracy_shifted:.3f}; no other table uses the shift."
    )
    return Grid(
        f"mix_{result.name}",
        f"class mix: {result.title}",
        caption,
        (("shares", *comparison.classes), *rows),
    )
