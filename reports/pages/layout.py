"""What every rendering shares: which tables stand side by side, and how a number is printed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest

from astronn.statistics import grouped
from reports.comparison import ClassifierResult, Comparison
from reports.measures import table_intervals
from reports.measures.pairs import BY_GROUPS, PairTest
from reports.measures.seeds import PairedSpread, Spread
from reports.measures.statistics import DEFINITIONS, QUOTED, UNKNOWN, Definition, Statistic
from reports.pages import wording
from reports.pages.numbers import FEW_MARK, definition, gain, p_value, points, value
from reports.pages.numbers import interval as interval  # for the renderings

HOW_TO_READ = "Rows: reference class. Columns: prediction."
SECTIONS = ("", "calibrated", "sets")
SEED_MEASURES = ("accuracy", "balanced_accuracy", "macro_f1")
MANY_INPUTS = 32  # more feature names than this are cut short
UNKNOWN_CELL = "?"
UNKNOWN_LEGEND = (
    f"{UNKNOWN_CELL} = not available here; not derivable = it neither follows from the margins nor"
    " is quoted."
)
QUOTED_LEGEND = "quoted = stated by the source and not computed here."
INTERVALS = (
    "Intervals are 95%: Wilson for accuracy, top-2, within one class, completeness and purity; for"
    " the rest the posterior of the table (Dirichlet, a prior of one object right and one wrong)."
)
FEW = (
    f"{FEW_MARK} a class has fewer than {table_intervals.FEW} tested {{noun}}, too few for this"
    " interval to be sure of its 95%."
)
TESTS = (
    "McNemar: exact binomial under 25 discordant objects, else chi-square without continuity"
    " correction."
)
DIFFERENCES = (
    "Holm adjusts for all pairs listed, measure by measure. Differences are A less B in points with"
    " 95% intervals of single pairs, not adjusted: {how}."
)
BY_OBJECTS = (
    "score intervals (Tango 1998) of accuracy and within one class, of the posterior of the table"
    " for balanced accuracy and macro-F1"
)


@dataclass(frozen=True)
class Side:
    """Two tables side by side, the second None when it stands alone."""

    left: ClassifierResult
    right: ClassifierResult | None


def sides(comparison: Comparison) -> list[Side]:
    """The network beside the best automatic scheme first, then all other tables two by two, in
    their order.
    """
    left, right = wording.leading_pair(comparison)
    rest = [
        c for c in comparison.classifiers if c.name not in (left.name, right.name if right else "")
    ]
    return [
        Side(left, right),
        *(Side(*two) for two in zip_longest(rest[::2], rest[1::2])),
    ]


def caption(comparison: Comparison) -> str:
    """What a table of this comparison is of: SIMULATED where it is, survey, split, objects, how to
    read it.
    """
    mark = f"{wording.SIMULATED}: " if comparison.simulated else ""
    return (
        f"{mark}{comparison.title}, {comparison.split_title}: {comparison.n_test:,}"
        f" {comparison.noun}. {HOW_TO_READ}"
    )


def shown(comparison: Comparison, section: str = "") -> list[Definition]:
    """The statistics of one section that at least one classifier of the comparison has."""
    own = [d for d in DEFINITIONS if d.section == section]
    return [d for d in own if any(c.statistics[d.key].known for c in comparison.classifiers)]


def blank_everywhere(comparison: Comparison) -> str:
    """The statistics that no classifier of the comparison has, and why, in words; "" when there is
    none.
    """
    reasons: dict[str, list[str]] = {}
    for d in DEFINITIONS:
        if not d.section and d not in shown(comparison):
            reasons.setdefault(value(comparison.classifiers[0].statistics[d.key]), []).append(
                d.title
            )
    return "; ".join(f"{', '.join(titles)} ({why})" for why, titles in reasons.items())


def short(found: Statistic) -> str:
    """ ".543", "1.00" or "-": three characters after the point at most, for the margins of a
    table.
    """
    if not found.known:
        return UNKNOWN_CELL if found.origin == UNKNOWN else "-"
    return f"{found.value:.3f}".removeprefix("0") if found.number < 0.9995 else "1.00"


def table_title(result: ClassifierResult) -> str:
    """ "ESO AUTO: 1981 of 3517 right"."""
    table = result.table
    return (
        result.title
        if table.n_right is None
        else f"{result.title}: {table.n_right} of {table.n} right"
    )


def cell(count: int | None) -> str:
    """A count, or the sign for a cell that is not known."""
    return UNKNOWN_CELL if count is None else str(count)


def has_unknown_cells(comparison: Comparison) -> bool:
    """Whether a published table lacks some of its cells."""
    return not all(c.table.complete for c in comparison.classifiers)


def intervals(comparison: Comparison) -> str:
    """What the intervals of this comparison are."""
    if not comparison.grouped:
        return INTERVALS
    n, effective = comparison.n_groups, comparison.effective_groups
    said = (
        f"Intervals are 95%, of Student's t with the jackknife over {n or 'the'} groups, for"
        f" {comparison.noun} of one group are not independent; proportions are Wilson's for as many"
        " objects as have that error."
    )
    if n and effective < grouped.FEW:
        said += (
            f" {n} groups of these sizes count as {effective:.0f} equal ones: with fewer than"
            f" {grouped.FEW}, intervals may be too short."
        )
    return said


def tests(comparison: Comparison) -> str:
    """What the paired tests of this comparison are."""
    if not comparison.grouped:
        return f"{TESTS} {DIFFERENCES.format(how=BY_OBJECTS)}"
    n = comparison.n_groups
    return (
        f"t: the difference over its error by the jackknife over {n or 'the'} groups"
        f"{f', {n - 1} degrees of freedom' if n else ''}, so that {comparison.noun} of one group do"
        f" not count as independent. {DIFFERENCES.format(how='the same t')}"
    )


def test_name(comparison: Comparison) -> str:
    """The head of the column of test statistics."""
    return "t of groups" if comparison.grouped else "McNemar"


def _has_few(comparison: Comparison) -> bool:
    return any(found.few for c in comparison.classifiers for found in c.statistics.values()) or any(
        found.few for test in comparison.pairs for found in test.gains.values()
    )


def reading_notes(comparison: Comparison) -> list[str]:
    """How the numbers of this comparison are to be read, a sentence or two each."""
    notes = [intervals(comparison)]
    if comparison.pairs:
        notes.append(tests(comparison))
    if _has_few(comparison):
        notes.append(FEW.format(noun=comparison.noun))
    if has_unknown_cells(comparison):
        notes.append(UNKNOWN_LEGEND)
    if any(
        c.statistics[d.key].origin == QUOTED for c in comparison.classifiers for d in DEFINITIONS
    ):
        notes.append(QUOTED_LEGEND)
    blank = blank_everywhere(comparison)
    return [*notes, f"Left out of the tables: {blank}."] if blank else notes


def notes(comparison: Comparison) -> list[str]:
    """Everything that stands under the tables: how to read them, the survey's own notes, sizes and
    seed, the source.
    """
    sizes = f"Tested on {comparison.n_test:,} {comparison.noun}"
    if comparison.n_train is not None:
        sizes += f", trained on {comparison.n_train:,}"
    source = [f"Source: {comparison.citation}."] if comparison.citation else []
    seed = f"; seed {comparison.seed}" if comparison.pairs else ""
    return [*reading_notes(comparison), *comparison.notes, f"{sizes}{seed}.", *source]


def marked(comparison: Comparison, title: str) -> str:
    """The title of a table, with SIMULATED before it where the survey is."""
    return f"{wording.SIMULATED}: {title}" if comparison.simulated else title


def chi2(test: PairTest) -> str:
    """ "12.34"; "exact" where the binomial test was used; "t = -2.10" of groups."""
    if test.method == BY_GROUPS:
        return f"t = {math.copysign(math.sqrt(test.chi2), test.accuracy.difference):.2f}"
    return "exact" if test.method == "exact" else f"{test.chi2:.2f}"


def p_number(p: float) -> str:
    """ "0.012", "3e-06" or "< 1e-16"."""
    return p_value(p).removeprefix("p = ").removeprefix("p ")


def difference(test: PairTest) -> str:
    """ "+2.3 [+0.8,+3.8]": accuracy(A) - accuracy(B) in points, with its interval."""
    return gain(test.accuracy)


def f1_difference(test: PairTest) -> str:
    """ "+1.4 [-0.3,+3.1]": macro-F1(A) - macro-F1(B) in points, with its interval."""
    return gain(test.gains.get("macro_f1"))


BOUNDS_HEADER = ("A against B", "margins used", "chi-square", "at 5 per cent", "quoted")


def bounds_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """One row per pair of tables that only margins can compare, under BOUNDS_HEADER."""
    return [
        (
            f"{comparison.classifier(b.a).title} against {comparison.classifier(b.b).title}",
            b.margins,
            f"[{b.chi2_low:.1f}, {b.chi2_high:.1f}]",
            b.verdict,
            f"[{b.quoted_low}, {b.quoted_high}]" if b.quoted_low else "-",
        )
        for b in comparison.bounds
    ]


def spread(found: Spread, factor: float = 1) -> str:
    """ "0.543 (0.008)": mean and standard deviation over seeds; in signed points when factor is
    100.
    """
    mean = points(found.mean) if factor == 100 else f"{found.mean:.3f}"
    return mean + (
        "" if found.sd is None else f" ({factor * found.sd:{'.1f' if factor == 100 else '.3f'}})"
    )


def seed_rows(comparison: Comparison) -> list[list[str]]:
    """A header and one row per classifier: mean and standard deviation over seeds of every
    statistic that any of them has; the header alone without seeds.
    """
    found = {} if comparison.seeds is None else comparison.seeds.statistics
    every = [d for section in SECTIONS for d in shown(comparison, section)]
    keys = [
        d
        for d in every
        if d.key != "no_information_rate" and any(d.key in own for own in found.values())
    ]
    results = [result for result in comparison.classifiers if result.name in found]
    rows = [
        [
            result.title,
            *(
                spread(found[result.name][d.key]) if d.key in found[result.name] else "-"
                for d in keys
            ),
        ]
        for result in results
    ]
    return [["classifier", *(d.title for d in keys)], *rows]


def seed_pair_rows(comparison: Comparison) -> list[list[str]]:
    """A header and one row per pair of the leading classifier, or of another network, and a later
    one: differences over seeds; the header alone without seeds.
    """
    left, _ = wording.leading_pair(comparison)
    first = {left.name, *(c.name for c in comparison.classifiers if c.kind == "network")}
    seeds = comparison.seeds
    pairs = () if seeds is None else tuple(p for p in seeds.pairs if p.a in first)
    keys = [key for key in SEED_MEASURES if any(key in p.spreads for p in pairs)]
    head = ["A less B"]
    for key in keys:
        head += [f"{definition(key).title.lower()} [points] (sd) [95%]", "seeds ahead"]
    rows = [
        [
            f"{comparison.classifier(p.a).title} less {comparison.classifier(p.b).title}",
            *(cell for key in keys for cell in _seed_cells(p, key)),
        ]
        for p in pairs
    ]
    return [head, *rows]


def _seed_cells(pair: PairedSpread, key: str) -> tuple[str, str]:
    """The mean difference over seeds with its standard deviation and interval, and in how many
    seeds A was ahead."""
    found, mean = pair.spreads.get(key), pair.gains.get(key)
    if found is None:
        return "-", "-"
    ends = "" if mean is None else " " + gain(mean).partition(" ")[2]
    return spread(found, 100) + ends, f"{found.positive} of {len(found.values)}"


def inputs(comparison: Comparison) -> list[str]:
    """One sentence per classifier: the features that it saw, and what it is."""
    return [
        f"{c.title}: {seen_by(c)}." + (f" {c.note}" if c.note else "")
        for c in comparison.classifiers
    ]


def seen_by(result: ClassifierResult) -> str:
    """The features that a classifier saw, in words."""
    if result.kind == "published":
        return "published table; no predictions of single objects"
    n, names = len(result.inputs), list(result.inputs)
    if n and all(" " in name for name in names):
        return ", ".join(names)  # words for what is no list of features, such as images
    if n > MANY_INPUTS:
        names = [*names[:3], "...", names[-1]]
    return f"{n} feature{'s' if n > 1 else ''}: {', '.join(names)}" if n else "no features"
