"""Whether a network behaves as a Bayesian classifier: do its outputs, which nothing forces to, sum
to 1 and mean what they say?

Storrie-Lombardi et al. 1992, MNRAS 259, 8P, read the five logistic outputs of a network fitted to
1-of-K targets as posterior probabilities. Least squares makes them so in the limit of many objects
and of a free enough network (Richard & Lippmann 1991, Neural Computation 3, 461); in practice it is
a claim that can be measured, beside a softmax that sums to 1 by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reports.errors import ReportError
from reports.measures.reliability import ReliabilityBin, calibration_error, classwise_reliability

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class OutputSums:
    """The sums of the outputs of N objects: their mean, standard deviation (divided by N) and
    quantiles at LEVELS.
    """

    n: int
    mean: float
    deviation: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class OutputCheck:
    """One network's outputs as posteriors: their sums and, class by class, their reliability."""

    name: str
    classes: tuple[str, ...]
    sums: OutputSums
    tables: tuple[tuple[ReliabilityBin, ...], ...]  # one per class
    errors: tuple[float, ...]  # calibration error of each class

    @property
    def classwise_ece(self) -> float:
        """The mean of ``errors``."""
        return float(np.mean(self.errors))


def output_sums(outputs: ArrayLike) -> OutputSums:
    """The OutputSums of outputs (N, K) before any normalisation; NaN throughout where there are no
    objects.

    Raises
    ------
    ReportError
        For outputs of another shape, or with NaN in them.
    """
    z = np.asarray(outputs, float)
    if z.ndim != 2 or not np.isfinite(z).all():
        raise ReportError(
            f"outputs must be finite numbers (objects, classes), got the shape {z.shape} or NaN"
            " in it"
        )
    sums = z.sum(1)
    if not len(sums):
        return OutputSums(0, np.nan, np.nan, (np.nan,) * len(LEVELS))
    quantiles = tuple(float(q) for q in np.quantile(sums, LEVELS))
    return OutputSums(len(sums), float(sums.mean()), float(sums.std()), quantiles)


def check_outputs(
    name: str, reference: ArrayLike, outputs: ArrayLike, classes: Sequence
) -> OutputCheck:
    """The OutputCheck of the outputs (N, K) of the network called ``name`` on objects of reference
    classes (N,).
    """
    tables = classwise_reliability(reference, outputs, classes)
    errors = tuple(calibration_error(table) for table in tables)
    return OutputCheck(name, tuple(map(str, classes)), output_sums(outputs), tables, errors)


def side_by_side(checks: Sequence[OutputCheck]) -> str:
    """A Markdown table: sums of the outputs and calibration error of each class, one row per
    network.

    Raises
    ------
    ReportError
        If the networks do not share their classes, in one order.
    """
    if len({check.classes for check in checks}) != 1:
        raise ReportError(
            "the networks must share their classes, in one order, to be laid side by side"
        )
    head = [
        "outputs",
        "N",
        "mean sum",
        "sd",
        "1%",
        "50%",
        "99%",
        *(f"error {c}" for c in checks[0].classes),
        "mean error",
    ]
    rows = [[c.name, str(c.sums.n), *(f"{value:.3f}" for value in _numbers(c))] for c in checks]
    return (
        "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)) + "\n"
    )


def _numbers(check: OutputCheck) -> list[float]:
    low, middle, high = (check.sums.quantiles[LEVELS.index(level)] for level in (0.01, 0.5, 0.99))
    return [
        check.sums.mean,
        check.sums.deviation,
        low,
        middle,
        high,
        *check.errors,
        check.classwise_ece,
    ]
