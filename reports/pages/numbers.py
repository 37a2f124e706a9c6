"""How a number is printed, the same in every sentence and table."""

from __future__ import annotations

from reports.comparison import ClassifierResult, Comparison
from reports.measures.pairs import Gain
from reports.measures.statistics import DEFINITIONS, QUOTED, UNKNOWN, Definition, Statistic

FEW_MARK = "*"  # after an interval that rests on too few objects


def definition(key: str) -> Definition:
    """The definition of one statistic."""
    return next(d for d in DEFINITIONS if d.key == key)


def value(found: Statistic, digits: int = 3) -> str:
    """ "0.543"; "0.578 (quoted)"; or why there is none."""
    if found.origin == QUOTED:
        return f"{found.number:.{found.digits}f} (quoted)"
    if not found.known:
        return found.why or UNKNOWN
    return f"{found.number:.{digits}f}"


def interval(found: Statistic, digits: int = 3) -> str:
    """ "[0.526, 0.560]", with FEW_MARK where it may be too short, or "" for a number without
    one."""
    if found.low is None or found.high is None:
        return ""
    return f"[{found.low:.{digits}f}, {found.high:.{digits}f}]{FEW_MARK if found.few else ''}"


def over_seeds(comparison: Comparison, result: ClassifierResult, key: str) -> float | None:
    """A statistic: its mean over seeds where there are several, else the value; None if
    unknown."""
    over = {} if comparison.seeds is None else comparison.seeds.statistics.get(result.name, {})
    return over[key].mean if key in over else result.statistics[key].value


def p_value(p: float) -> str:
    """ "p = 0.012", "p = 3e-06" or "p < 1e-16": more digits than that mean nothing."""
    if p < 1e-16:
        return "p < 1e-16"
    return f"p = {p:.3f}" if p >= 0.001 else f"p = {p:.0e}"


def points(difference: float) -> str:
    """ "+2.3": a difference of fractions in points, never "-0.0"."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}"


def gain(found: Gain | None) -> str:
    """ "+2.3 [+0.8,+3.8]": a difference in points with its interval; "-" where there is none."""
    if found is None:
        return "-"
    ends = f"[{points(found.low)},{points(found.high)}]"
    return f"{points(found.difference)} {ends}{FEW_MARK if found.few else ''}"
